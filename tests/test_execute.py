"""Tests of tools/execute.py."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "tools" / "execute.py"
PLOT = """import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2])
plt.show()"""


def run(path):
    """Execute one notebook in place in a fresh process."""
    return subprocess.run([sys.executable, SCRIPT, path], capture_output=True, encoding="utf-8", timeout=120)


@pytest.fixture
def notebook(tmp_path):
    """Return the path of a notebook that prints, draws and could show progress."""
    path = tmp_path / "small.ipynb"
    progress = "from course_utils.training import watched\nprint('watched:', watched())"
    cells = [nbformat.v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate(["print(1)", PLOT, progress])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_twice_gives_the_same_bytes(notebook):
    result = run(notebook)
    assert result.returncode == 0, result.stderr
    assert "c1: import matplotlib.pyplot as plt" in result.stdout  # a line for each cell as it starts
    first = notebook.read_bytes()
    assert run(notebook).returncode == 0 and notebook.read_bytes() == first
    stored = nbformat.read(notebook, as_version=4)
    assert stored.cells[0].id == "setup" and stored.cells[0].outputs == []  # inserted where it was missing
    assert "image/png" in stored.cells[2].outputs[0].data
    assert stored.cells[3].outputs[0].text == "watched: False\n"
    assert all(set(cell.metadata) == set() for cell in stored.cells[1:])


def test_an_error_leaves_the_file_as_it_was(notebook):
    content = nbformat.read(notebook, as_version=4)
    content.cells[0].source = "1 / 0"
    nbformat.write(content, notebook)
    before = notebook.read_bytes()
    result = run(notebook)
    assert result.returncode != 0 and "ZeroDivisionError" in result.stderr
    assert notebook.read_bytes() == before


def test_a_notebook_that_is_not_there_gets_one_sentence(tmp_path):
    result = run(tmp_path / "none.ipynb")
    assert result.returncode == 1 and result.stderr == f"There is no notebook {tmp_path / 'none.ipynb'}.\n"


def test_outputs_of_the_stand_in_are_not_stored(notebook):
    content = nbformat.read(notebook, as_version=4)
    content.cells[0].source = "print('Stand-in digits: because.')"
    content.cells[0].metadata["tags"] = ["names-data-set"]
    nbformat.write(content, notebook)
    before = notebook.read_bytes()
    result = run(notebook)
    assert result.returncode != 0
    assert "small.ipynb keeps its outputs, which must come from the real data" in result.stderr
    assert notebook.read_bytes() == before
