"""Each program of the book runs alone in an empty folder and beats the strongest simple baseline, named here."""

import os
import re
import subprocess
import sys

import contents
import nbformat
import programs
import pytest

PROGRAMS = {program.name: program for program in programs.programs()}
HEADER = '"""forecast.py: what it does.\n\nExpect: 1.\nTime: 2.\nChange: 3.\n"""\n\nx = 1'


def run(program, folder):
    """Run a program in an empty folder and return what it printed."""
    (folder / program.name).write_text(program.text, encoding="utf-8")
    environment = os.environ | {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, program.name]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def sin_to_cos(printed):
    # A function of the current value alone is at 0.5, the mean of cos²: sin t does not tell the sign of cos t.
    # With two values a linear function is exact, and no network beats that; the box below the program says so.
    assert float(re.search(r"error after the first window: ([\d.]+)", printed)[1]) < 0.5 / 50


RESULTS = {"sin_to_cos.py": sin_to_cos}


def test_each_program_runs_alone_and_beats_its_baseline(tmp_path):
    for name, program in PROGRAMS.items():
        assert name in RESULTS, f"say in tests/test_programs.py what {name} has to reach, and which baseline it beats"
        folder = tmp_path / name
        folder.mkdir()
        RESULTS[name](run(program, folder))


def test_programs_need_nothing_of_the_course():
    for program in PROGRAMS.values():
        assert "course_utils" not in program.text
        assert not re.search(r"cuda:\d|get_ipython|^\s*[%!]", program.text, re.MULTILINE)


def test_names_of_programs_differ():
    assert len(PROGRAMS) == len(programs.programs())


@pytest.fixture
def page(tmp_path):
    """Return a function that writes a page with program cells of the given sources."""

    def write(*sources):
        cells = [nbformat.v4.new_code_cell(source, metadata={"tags": ["program"]}) for source in sources]
        cells.insert(1, nbformat.v4.new_code_cell("not_in_it"))
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "page.ipynb")
        return contents.Page("page", root=tmp_path)

    return write


def test_the_tagged_cells_are_the_program(page):
    found = programs.program(page(HEADER, "y = 2\n"))
    assert found.name == "forecast.py" and found.text == f"{HEADER}\n\n\ny = 2\n"


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (HEADER.replace("Expect:", "It"), "Missing: Expect:"),
        (HEADER.replace("forecast.py", "Forecast"), "Missing: the name"),
        ("x = 1", "Missing: Expect:, Time:, Change:"),
    ],
)
def test_a_program_without_its_header_is_refused(page, header, missing):
    with pytest.raises(ValueError, match=missing):
        programs.program(page(header))
