"""What every notebook must keep to, and that nbval would notice if its outputs were false."""

import ast
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
TIMING = re.compile(r"\d\s?(s|ms|µs|seconds?|minutes?)\b")
CHAPTERS = [path for path in NOTEBOOKS if path.stem[0].isdigit()]
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def code_cells(path):
    """Return the code cells of a notebook with something in them."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


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


def faults(cells):
    """Return what is wrong with the stored state of code cells, in words."""
    found = []
    for number, cell in enumerate(cells, 1):
        tags = cell.metadata.get("tags", [])
        draws = any("image/png" in output.get("data", {}) for output in cell.outputs)
        look = cell.metadata.get("mystnb", {})
        if cell.execution_count != number:
            found.append(f"cell {number} was not executed in order, so nbval may compare nothing in it")
        if "nbval-ignore-output" in tags and not asserts(cell):
            found.append(f"cell {number} is exempt from comparison and asserts nothing")
        if set(tags) & {"nbval-skip", "skip-execution"} or "NBVAL_" in cell.source:
            found.append(f"cell {number} is skipped")
        if any(output.output_type == "error" for output in cell.outputs) and "raises-exception" not in tags:
            found.append(f"cell {number} stores an error")
        if any(output.get("name") == "stderr" for output in cell.outputs):
            found.append(f"cell {number} stores a warning or a progress bar")
        if TIMING.search(texts(cell)):
            found.append(f"cell {number} stores a time, which is another one elsewhere")
        found += [f"the slider of cell {number} {fault}" for page in sliders(cell) for fault in slider_faults(page)]
        if sliders(cell) and not asserts(cell):
            found.append(f"cell {number} shows a slider, and asserts nothing about it")
        if len(cell.source.splitlines()) > (30 if "class " in cell.source else 20):
            found.append(f"cell {number} is too long")
        if draws and not asserts(cell):
            found.append(f"cell {number} draws, and asserts nothing about what it drew")
        if draws and len(look.get("image", {}).get("alt", "").split()) < 8:
            found.append(f"cell {number} draws a figure without alt text that says what it shows")
        if draws and not look.get("figure", {}).get("caption"):
            found.append(f"cell {number} draws a figure without a caption")
    return found


@each_notebook
def test_stored_state(path):
    assert faults(code_cells(path)) == []


@each_notebook
def test_metadata_is_the_same_on_every_machine(path):
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    allowed = {"tags", "mystnb", "jupyter", "cellView"}
    assert all(set(cell.metadata) <= allowed for cell in notebook.cells)


@each_notebook
def test_the_device_is_chosen_in_one_visible_line(path):
    lines = [line for cell in code_cells(path) for line in cell.source.splitlines()]
    choices = [line for line in lines if re.search(r"cuda|\bmps\b|accelerator", line)]
    uses = [line for line in lines if re.search(r"\.to\(device\)|device=device", line)]
    assert len(choices) == bool(uses)
    assert all(line.startswith("device = ") for line in choices)


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
    stubs = [cell for cell in cells if "raise NotImplementedError" in cell.source]
    solutions = [cell for cell in cells if cell.source.startswith("# @title Solution")]
    assert 2 <= len(stubs) <= 4
    assert [calls_of_checks(cell) for cell in stubs] == [calls_of_checks(cell) for cell in solutions]
    for stub, solution in zip(stubs, solutions, strict=True):
        assert cells.index(solution) == cells.index(stub) + 1
        assert "not yet: it is not finished" in texts(stub)
        assert asserts(solution) and "assert checks." in solution.source
        # Folded on the site, in JupyterLab and in Colab.
        assert "hide-cell" in solution.metadata.tags
        assert solution.metadata.jupyter.source_hidden and solution.metadata.cellView == "form"


def test_every_notebook_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    assert {f"book/{path.stem}" for path in NOTEBOOKS} <= set(listed)
    for name in [toc["root"], *listed]:
        assert [suffix for suffix in (".md", ".ipynb") if (ROOT / (name + suffix)).exists()], name


# A time in prose has no cell to print it: what a chapter says, and the line of the result that says it.
TIMES = {
    ("06-lstm-mnist", "mnist"): [
        ("reading all images once took {} seconds that way", r"DataLoader with ToTensor: ([\d.]+)", 1),
        ("and {} from tensors", r"tensors in memory: ([\d.]+)", 2),
        ("training on them for one pass took {}.", r"LSTM on one thread: 1 \(([\d.]+) s", 0),
        ("GRU takes {} times", r"GRU with about as many parameters: ([\d.]+)", 1),
        ("plain RNN {} times as long", r"RNN with about as many parameters: ([\d.]+)", 1),
        ("the LSTM takes {} times as long as with them", r"routines: LSTM ([\d.]+)", 1),
        ("a pass then takes {} of the time", r"two rows a step: ([\d.]+)", 2),
    ],
    ("07-sin-to-cos", "sin_to_cos"): [
        ("its backward pass takes {} times", r"loop ([\d.]+) of one call", 1),
        ("recipe takes {} of the source's time", r"the chapter: .* ([\d.]+) of the source", 2),
        ("with 25 points a window {} of it", r"25 points: .* ([\d.]+) of the source", 2),
    ],
    ("04-nn-rnn", "rnn_loop"): [
        ("100 steps the loop over cells takes {} times", r"units 20, steps 100, with.* 1.00 +([\d.]+)", 1),
        ("The plain loop takes {} times", r"units 20, steps 100, with.* 1.00 +[\d.]+ +([\d.]+)", 1),
        ("inputs ahead takes {} times", r"units 20, steps 100, with.* ([\d.]+) +[\d.]+\n", 2),
        ("the fused loop {}:", r"units 20, steps 100, with.* ([\d.]+)\n", 2),
        ("there the loop over cells takes {} times", r"no gradients.* 1.00 +([\d.]+)", 1),
        ("one call, the plain loop {} and", r"no gradients.* 1.00 +[\d.]+ +([\d.]+)", 1),
        ("the loop with the inputs ahead {}.", r"no gradients.* ([\d.]+) +[\d.]+\n", 2),
    ],
    ("05-lstm-and-gru", "cells"): [
        ("relative to the RNN | 1 | {} |", r"units 64, batch 64, oneDNN on: +GRU ([\d.]+)", 1),
        ("relative to the RNN | 1 | 2.5 | {} |", r"units 64, batch 64, oneDNN on: .*LSTM ([\d.]+) of the RNN", 1),
        ("without oneDNN | 1 | {} |", r"units 64, batch 64, oneDNN off: +GRU ([\d.]+)", 1),
        ("without oneDNN | 1 | 2.5 | {} |", r"units 64, batch 64, oneDNN off: .*LSTM ([\d.]+) of the RNN", 1),
        ("Without it the LSTM takes {} times as long", r"units 64, batch 64, oneDNN off: .* ([\d.]+) of the GRU", 2),
    ],
}


@pytest.mark.parametrize(
    ("chapter", "benchmark", "sentence", "line", "digits"),
    [(*where, *what) for where, several in TIMES.items() for what in several],
)
def test_times_in_a_chapter_are_those_of_its_benchmark(chapter, benchmark, sentence, line, digits):
    cells = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4).cells
    prose = " ".join(" ".join(cell.source for cell in cells if cell.cell_type == "markdown").split())
    before, after = map(re.escape, sentence.split("{}"))
    said = float(re.search(before + r"([\d]+(?:\.\d+)?)" + after, prose)[1])
    measured = float(re.search(line, (ROOT / "benchmarks" / f"{benchmark}.txt").read_text())[1])
    # Half a unit of the last digit said, and a little for the measurement's own rounding.
    assert abs(said - measured) <= 0.501 * 10**-digits


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
        (lambda cell: cell.update(source="x = 1\n" * 21), "too long"),
        (lambda cell: cell.outputs.append(nbformat.v4.new_output("display_data", {"image/png": ""})), "alt text"),
    ],
)
def test_the_rules_notice_each_fault(change, fault):
    cell = small_notebook().cells[0]
    assert faults([cell]) == []
    change(cell)
    assert any(fault in line for line in faults([cell]))


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
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
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
