"""The copies to hand out have every exercise and no solution, and run with the stubs in place."""

import ast
import subprocess
import sys

import contents
import exercises
import nbformat
import pytest
from contents import ROOT
from nbclient import NotebookClient

SCRIPT = ROOT / "tools" / "exercises.py"
CHAPTERS = contents.chapters()
each_chapter = pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.key)


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Return the folder of the copies."""
    folder = tmp_path_factory.mktemp("copies")
    result = subprocess.run([sys.executable, SCRIPT, folder], check=True, capture_output=True, encoding="utf-8")
    assert result.stdout.count(" solutions left out") == len(CHAPTERS)
    return folder


def cells_of(path):
    """Return the cells of a notebook."""
    return nbformat.read(path, as_version=4).cells


@each_chapter
def test_a_copy_lacks_solutions_and_what_needs_them_and_outputs(page, copies):
    before, after = cells_of(page.path), cells_of(copies / page.path.name)
    gone = [cell for cell in before if cell.id not in {cell.id for cell in after}]
    solutions = [cell for cell in gone if cell.source.startswith("# @title Solution")]
    assert len(solutions) == sum(map(contents.is_stub, after)) >= 1
    assert all("needs-answer" in cell.metadata.tags for cell in gone if cell not in solutions)
    assert all(cell.outputs == [] for cell in after if cell.cell_type == "code")
    assert not any("solution is folded" in cell.source for cell in after)


def names(cell, context):
    """Return the names that a cell reads (`ast.Load`) or writes (`ast.Store`)."""
    tree = ast.parse(cell.source)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    return found | {node.name for node in tree.body if context is ast.Store and isinstance(node, ast.FunctionDef)}


@each_chapter
def test_no_later_cell_reads_what_an_exercise_has_written(page):
    """Otherwise it would need the answer, or get something else than the chapter meant."""
    written = set()
    for cell in contents.code_cells(page.path):
        if contents.is_stub(cell) or contents.is_solution(cell):
            written |= names(cell, ast.Store) - {"checks"}
        elif "needs-answer" not in cell.metadata.get("tags", []):
            written -= names(cell, ast.Store)
            assert not written & names(cell, ast.Load), f"cell {cell.id}: tag it needs-answer, or choose other names"


def test_the_cells_of_all_exercises_run_alone_and_in_any_order(capsys):
    stubs = [cell for page in CHAPTERS for cell in contents.code_cells(page.path) if contents.is_stub(cell)]
    together = {}
    for cell in reversed(stubs):
        exec(cell.source, together)
    assert capsys.readouterr().out.count("not yet: it is not finished") == len(stubs)


def test_the_notebook_of_a_part_runs_and_has_all_its_exercises(copies):
    count = 0
    for path in sorted(copies.glob("part-*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells) and not list(
            filter(contents.is_solution, notebook.cells)
        )
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT / "book")}}).execute()
        count += sum("not yet: it is not finished" in str(cell.get("outputs")) for cell in notebook.cells)
    assert count == sum(contents.is_stub(cell) for page in CHAPTERS for cell in contents.code_cells(page.path))


def test_outputs_are_kept_where_that_is_asked_for(tmp_path):
    subprocess.run([sys.executable, SCRIPT, tmp_path, "--outputs"], check=True, capture_output=True)
    assert any(cell.get("outputs") for cell in cells_of(tmp_path / CHAPTERS[0].path.name))


@pytest.mark.parametrize("title", ["#@title Solution", '# @title **Solution** { display-mode: "form" }'])
def test_a_solution_saved_by_colab_is_left_out(title, tmp_path):
    notebook = nbformat.read(CHAPTERS[0].path, as_version=4)
    solution = next(filter(contents.is_solution, notebook.cells))
    solution.source = solution.source.replace("# @title Solution", title)
    nbformat.write(notebook, tmp_path / "a.ipynb")
    copy, count = exercises.copy_of(tmp_path / "a.ipynb")
    assert count == 3 and solution.id not in [cell.id for cell in copy.cells]


@pytest.mark.parametrize("start", ["# My way\n", "# @title Check: mine\n"])
def test_a_solution_that_is_not_known_as_one_stops_everything(start, tmp_path):
    notebook = nbformat.read(CHAPTERS[0].path, as_version=4)
    solution = next(filter(contents.is_solution, notebook.cells))
    solution.source = solution.source.replace("# @title Solution\n", start)
    nbformat.write(notebook, tmp_path / "a.ipynb")
    with pytest.raises(SystemExit, match="3 exercises and 2 cells .* Nothing was written"):
        exercises.copy_of(tmp_path / "a.ipynb")


def test_the_chapters_are_not_replaced():
    result = subprocess.run([sys.executable, SCRIPT, ROOT / "book"], capture_output=True, encoding="utf-8")
    assert result.returncode == 1 and "name another folder" in result.stderr


def test_a_folder_that_cannot_be_written_gets_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    result = subprocess.run([sys.executable, SCRIPT, tmp_path / "file"], capture_output=True, encoding="utf-8")
    assert result.returncode == 1 and "Cannot write there" in result.stderr and "Traceback" not in result.stderr
