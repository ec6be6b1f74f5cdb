"""What every notebook must keep to, and that nbval would notice if its outputs were false."""

import ast
import html
import json
import os
import re
import subprocess
import sys

import contents
import nbformat
import pytest
from contents import ROOT, code_cells

NOTEBOOKS = contents.notebooks()
TIMING = re.compile(r"\d\s?(s|ms|µs|seconds?|minutes?)\b")
CHAPTERS = [page.path for page in contents.chapters()]
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=contents.key)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=contents.key)


def texts(cell):
    """Return all text that a cell has stored."""
    outputs = [output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "".join(outputs)


def asserts(cell):
    """Say whether a cell asserts something that is not written as a constant."""
    statements = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Assert)]
    return any(not isinstance(statement.test, ast.Constant) for statement in statements)


def sliders(cell):
    """Return the HTML of each slider that a cell has stored."""
    pages = [output.get("data", {}).get("text/html", "") for output in cell.outputs]
    return [page for page in pages if "data-frames" in page]


def slider_faults(page):
    """Return what is wrong with a slider, in words."""
    frames = json.loads(html.unescape(re.search('data-frames="([^"]*)"', page)[1]))
    alts = [alt for _, alt, _ in frames]
    if len(page) > 400_000:
        yield "weighs more than 400 KB"
    if any(len(alt.split()) < 8 for alt in alts) or len(set(alts)) < len(alts) / 2:
        yield "has frames without alt text that says what they show"
    if not re.search('caption-text"[^>]*>[^<]', page):
        yield "has no caption"


def faults(cells, of):
    """Return what is wrong with code cells, by one set of rules, in words that name each cell by its id."""
    found = []
    for number, (cell, following) in enumerate(zip(cells, [*cells[1:], None], strict=True), 1):
        name = f"cell {cell.id} ({cell.source.splitlines()[0][:60]})"
        checked = asserts(cell) or following is not None and is_check(following)
        found += [f"{name} {fault}" for fault in of(cell, number, checked)]
    return found


def is_check(cell):
    """Say whether a cell is a folded one that asserts what the cell before it claims."""
    folded = "hide-cell" in cell.metadata.get("tags", [])
    return folded and cell.source.startswith("# @title Check:") and asserts(cell)


def of_stored_state(cell, number, checked):
    """Yield what keeps nbval from proving the code cell in this place, from 1."""
    tags = cell.metadata.get("tags", [])
    if cell.execution_count != number:
        yield "was not executed in order, so nbval may compare nothing in it"
    if set(tags) & {"nbval-skip", "skip-execution"} or "NBVAL_" in cell.source:
        yield "is skipped"
    if any(output.output_type == "error" for output in cell.outputs) and "raises-exception" not in tags:
        yield "stores an error"
    if any(output.get("name") == "stderr" for output in cell.outputs):
        yield "stores a warning or a progress bar"
    if TIMING.search(texts(cell)):
        yield "stores a time, which is another one elsewhere"


def of_style(cell, number, checked):
    """Yield what this course asks of a code cell beyond that; `checked` says whether its claim is asserted."""
    draws = any("image/png" in output.get("data", {}) for output in cell.outputs)
    look = cell.metadata.get("mystnb", {})
    if "nbval-ignore-output" in cell.metadata.get("tags", []) and not checked:
        yield "is exempt from comparison and asserts nothing"
    for page in sliders(cell):
        yield from (f"has a slider that {fault}" for fault in slider_faults(page))
    if sliders(cell) and not checked:
        yield "shows a slider, and asserts nothing about it"
    if draws and not checked:
        yield "draws, and asserts nothing about what it drew"
    if draws and len(look.get("image", {}).get("alt", "").split()) < 8:
        yield "draws a figure without alt text that says what it shows"
    if draws and not look.get("figure", {}).get("caption"):
        yield "draws a figure without a caption"


@each_notebook
def test_stored_state(path):
    assert faults(code_cells(path), of_stored_state) == []


@pytest.mark.style
@each_notebook
def test_what_cells_assert_and_say_of_their_figures(path):
    assert faults(code_cells(path), of_style) == []


@pytest.mark.style
@each_notebook
def test_metadata_is_the_same_on_every_machine(path):
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    allowed = {"tags", "mystnb", "jupyter", "cellView"}
    assert all(set(cell.metadata) <= allowed for cell in notebook.cells)


@pytest.mark.style
@each_notebook
def test_the_device_is_chosen_in_one_visible_line(path):
    lines = [line for cell in code_cells(path) for line in cell.source.splitlines()]
    choices = [line for line in lines if re.search(r"cuda|\bmps\b|accelerator", line)]
    uses = [line for line in lines if re.search(r"\.to\(device\)|device=device", line)]
    assert len(choices) == bool(uses)
    assert all(line.startswith("device = ") for line in choices)


@pytest.mark.style
@each_notebook
def test_most_cells_with_text_are_compared(path):
    printing = [cell for cell in code_cells(path) if texts(cell)]
    compared = [cell for cell in printing if "nbval-ignore-output" not in cell.metadata.get("tags", [])]
    assert compared, "nbval would compare nothing in this notebook"


def calls_of_checks(cell):
    """Return the calls of `checks` in a cell, as text."""
    return re.findall(r"checks\.\w+\(\w+\)", cell.source)


@each_chapter
def test_each_exercise_has_a_stub_and_a_folded_solution_with_the_same_check(path):
    cells = code_cells(path)
    stubs, solutions = list(filter(contents.is_stub, cells)), list(filter(contents.is_solution, cells))
    assert [calls_of_checks(cell) for cell in stubs] == [calls_of_checks(cell) for cell in solutions]
    for stub, solution in zip(stubs, solutions, strict=True):
        assert cells.index(solution) == cells.index(stub) + 1
        assert "not yet: it is not finished" in texts(stub)
        assert asserts(solution) and "assert checks." in solution.source
        # Folded on the site, in JupyterLab and in Colab.
        assert "hide-cell" in solution.metadata.tags
        assert solution.metadata.jupyter.source_hidden and solution.metadata.cellView == "form"


@pytest.mark.style
@each_chapter
def test_each_chapter_has_one_to_four_exercises(path):
    assert 1 <= len(list(filter(contents.is_stub, code_cells(path)))) <= 4


def test_every_notebook_is_in_the_table_of_contents():
    listed = contents.pages()
    assert {path for path in NOTEBOOKS} <= {page.path for page in listed}
    assert [page.name for page in listed if not page.path.exists()] == []


@pytest.mark.style
def test_files_of_chapters_are_named_in_their_order():
    stems = [page.stem for page in contents.chapters()]
    assert stems == sorted(stems) and all(re.match(r"\d\d-", stem) for stem in stems)


def test_evidence_pages_lie_in_their_folder_and_belong_to_a_chapter():
    pages = contents.evidence()
    assert {page.chapter for page in pages} <= {page.name for page in contents.chapters()}
    assert {page.path for page in pages} == set((ROOT / "book" / "evidence").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda cell: cell.outputs.append(slider(alt="a line")), "without alt text"),
        (lambda cell: cell.outputs.append(slider(caption="")), "no caption"),
        (lambda cell: cell.outputs.append(slider(caption="x" * 400_000)), "weighs"),
        (lambda cell: cell.outputs.append(slider()), "asserts nothing"),
        (lambda cell: cell.update(execution_count=None), "not executed"),
        (lambda cell: cell.metadata.update(tags=["nbval-ignore-output"]), "asserts nothing"),
        (lambda cell: cell.update(source="assert True", metadata={"tags": ["nbval-ignore-output"]}), "asserts nothing"),
        (lambda cell: cell.metadata.update(tags=["nbval-skip"]), "skipped"),
        (lambda cell: cell.outputs[0].update(text="took 3.2 s"), "a time"),
        (lambda cell: cell.outputs[0].update(name="stderr"), "progress bar"),
        (lambda cell: cell.outputs.append(nbformat.v4.new_output("display_data", {"image/png": ""})), "alt text"),
    ],
)
def test_the_rules_notice_each_fault(change, fault):
    cell = small_notebook().cells[0]
    assert faults([cell], of_stored_state) == faults([cell], of_style) == []
    change(cell)
    assert any(fault in line for rules in (of_stored_state, of_style) for line in faults([cell], rules))


def slider(alt="a line that rises from left to right", caption="A line."):
    """Return a stored slider of one frame."""
    frames = html.escape(json.dumps([["iVBORw0KGgo=", alt, "w = 1"]]))
    page = f'<figure data-frames="{frames}"><span class="caption-text">{caption}</span></figure>'
    return nbformat.v4.new_output("display_data", {"text/html": page})


def small_notebook():
    """Return a notebook of one executed cell that prints a number."""
    output = nbformat.v4.new_output("stream", name="stdout", text="12345\n")
    cell = nbformat.v4.new_code_cell("print(12345)", execution_count=1, outputs=[output])
    return nbformat.v4.new_notebook(cells=[cell])


def nbval_passes(notebook, folder):
    """Run a notebook through nbval with this project's settings."""
    path = folder / "small.ipynb"
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "--nbval", "-c", ROOT / "pyproject.toml", "-n", "0", path]
    command += ["-p", "conftest"]  # this project's, which lies elsewhere
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert "1 passed" in result.stdout or "1 failed" in result.stdout, result.stdout + result.stderr
    return result.returncode == 0


def test_nbval_is_strict(tmp_path):
    notebook = small_notebook()
    assert nbval_passes(notebook, tmp_path)
    notebook.cells[0].outputs[0].text = "12346\n"
    assert not nbval_passes(notebook, tmp_path), "a changed digit went unnoticed"
    notebook.cells[0].outputs = []
    assert not nbval_passes(notebook, tmp_path), "a missing output went unnoticed"


def test_nbval_leaves_out_the_pictures_of_a_slider_and_nothing_else(tmp_path):
    notebook = small_notebook()
    notebook.cells[0].source = """from IPython.display import HTML
display(HTML('<img src="data:image/png;base64,iVBORw0KGgoAAA+/=" alt="a line">'), metadata={})"""
    stored = '<img src="data:image/png;base64,iVBORw0KGgoBBB" alt="a line">'
    output = nbformat.v4.new_output(
        "display_data", {"text/html": stored, "text/plain": "<IPython.core.display.HTML object>"}
    )
    notebook.cells[0].outputs = [output]
    assert nbval_passes(notebook, tmp_path)
    output.data["text/html"] = stored.replace("a line", "a dot")
    assert not nbval_passes(notebook, tmp_path), "another alternative text went unnoticed"


def test_nbval_compares_nothing_in_a_cell_that_was_never_run(tmp_path):
    # Which is why test_stored_state asks for execution counts.
    notebook = small_notebook()
    notebook.cells[0].outputs[0].text = "54321\n"
    notebook.cells[0].execution_count = None
    notebook.cells[0].outputs = []
    assert nbval_passes(notebook, tmp_path)
