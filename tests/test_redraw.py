"""Tests of tools/redraw.py, and that what it knows to fail is there."""

import ast
import re
import subprocess
import sys

import budgets
import contents
import nbformat
import pytest
import redraw

# One of each kind of seed that notebooks and package may use.
SEEDS = {
    "torch": "torch.manual_seed(0)\nprint(torch.rand(1).item())",
    "torch-random": "torch.random.manual_seed(0)\nprint(torch.rand(1).item())",
    "tensor": "torch.manual_seed(torch.tensor(0))\nprint(torch.rand(1).item())",
    "generator": "print(torch.rand(1, generator=torch.Generator().manual_seed(0)).item())",
    "package": "from course_utils.sequences import adding\nprint(adding(1, 2, seed=0)[1].item())",
    "default_rng": "print(np.random.default_rng(0).random())",
    "named": "print(np.random.default_rng(seed=0).random())",
    "numpy": "np.random.seed(0)\nprint(np.random.rand())",
    "state": "print(np.random.RandomState(0).rand())",
    "sequence": "print(np.random.default_rng(np.random.SeedSequence(0)).random())",
    "pcg64": "print(np.random.Generator(np.random.PCG64(0)).random())",
    "listed": "print(np.random.default_rng([0, 1]).random())",
    "python": "random.seed(0)\nprint(random.random())",
    "python-named": "random.seed(a=0)\nprint(random.random())",
    "python-text": "random.seed('a')\nprint(random.random())",
    "python-object": "print(random.Random(0).random())",
    "sklearn": "from sklearn.utils import check_random_state\nprint(check_random_state(0).rand())",
    "scipy": "from scipy.stats import norm\nprint(norm.rvs(random_state=0))",
}
COVERED = {"manual_seed", "manual_seed_all", "default_rng", "seed", "RandomState", "SeedSequence", "PCG64", "Random"}
RANDOM = {*COVERED, "Generator", "MT19937", "Philox", "SFC64", "set_state", "setstate", "set_rng_state"}


def notebook_of(path, cells):
    """Write a notebook of code cells with the given ids."""
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in cells.items()]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def run(*arguments):
    """Run the tool and return the finished process."""
    command = [sys.executable, contents.ROOT / "tools" / "redraw.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600, cwd=contents.ROOT)


def test_every_kind_of_seed_is_shifted(tmp_path):
    path = tmp_path / "seeds.ipynb"
    imports = {"imports": "import random\n\nimport numpy as np\nimport torch"}
    asserting = {
        name: f"{source.replace('print(', 'value = (')}\nassert value == before[{name!r}]"
        for name, source in SEEDS.items()
    }
    values = {}
    namespace = {}
    exec(imports["imports"], namespace)
    for name, source in SEEDS.items():
        exec(source.replace("print(", "value = ("), namespace)
        values[name] = float(namespace["value"])
    notebook_of(path, imports | {"before": f"before = {values}"} | asserting)
    assert redraw.run(path, 0) == []
    failed = {finding.cell for finding in redraw.run(path, 1000) if finding.fails}
    assert failed == set(SEEDS)


def test_the_book_uses_no_kind_of_seed_that_is_not_shifted():
    sources = [cell.source for path in contents.notebooks() for cell in contents.code_cells(path)]
    sources += [path.read_text(encoding="utf-8") for path in contents.ROOT.glob("course_utils/**/*.py")]
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                assert name not in RANDOM - COVERED - {"Generator"}, ast.unparse(node)
            if isinstance(node, ast.Attribute):
                assert node.attr != "default_generator", ast.unparse(node)
            # An imported name would keep the function as it was before the shift.
            if isinstance(node, ast.ImportFrom):
                assert not RANDOM & {alias.name for alias in node.names}, ast.unparse(node)


def test_a_failure_is_named_by_page_cell_and_assertion(tmp_path):
    path = tmp_path / "small.ipynb"
    cells = {
        "draw": "import torch\n\ntorch.manual_seed(0)\nx = torch.rand(1).item()",
        "lucky": "y = 1\nassert (\n    round(x, 4) == 0.4963\n)",
        "broken": "missing",
        "claim": "from course_utils.claims import at_least\n\n\ndef positive(x):\n    return at_least(x, 0)\n\n\n"
        "assert positive(x)\nassert not positive(-x - 1)",
    }
    notebook_of(path, cells)
    result = run("--shifts", "5,6", path)
    assert result.returncode == 1 and 'redraw.py", line' not in result.stderr
    for shift in (5, 6):
        start = f"small  shift {shift}  cell "
        assert f"FAILS  {start}lucky  assert ( round(x, 4) == 0.4963 )\n" in result.stdout
        assert f"FAILS  {start}broken  NameError: name 'missing' is not defined\n" in result.stdout
        assert result.stdout.count(f"claim  {start}claim  positive: value ") == 2
    assert "1 notebooks, 2 redraws each: 2 cells fail, 2 not known to." in result.stdout


def test_a_cell_that_is_meant_to_fail_is_no_failure(tmp_path):
    path = tmp_path / "small.ipynb"
    notebook_of(path, {"meant": "assert False"})
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    assert redraw.run(path, 1000) == []
    notebook.cells[0].source = "assert True"
    nbformat.write(notebook, path)
    assert ["did not" in str(finding) for finding in redraw.run(path, 1000)] == [True]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.ipynb"], "there is no notebook none.ipynb"),
        (["--shifts", "a"], "--shifts takes whole numbers"),
        (["--shifts", "5", "--keep"], "the record is of the default shifts"),
    ],
)
def test_a_wrong_call_gets_one_sentence(arguments, sentence):
    result = run(*arguments)
    assert result.returncode == 2 and sentence in result.stderr and "Traceback" not in result.stderr


def test_what_is_known_to_fail_is_there():
    pages = {page.key: page for page in contents.pages()}
    for name, cell in redraw.known():
        assert name in pages, f"tests/records/redraw.json names {name}, which is no page"
        assert cell in {code.id for code in contents.code_cells(pages[name].path)}, (
            f"{name} has no cell {cell} any more: run `make test-redraw BOOK=book/{name}.ipynb KEEP=1`"
        )


def test_no_evidence_page_is_known_to_fail():
    assert not [name for name, _ in redraw.known() if name.startswith("evidence/")]


def test_the_record_is_dated_and_of_the_default_shifts():
    # A new page has no entry until it was redrawn.
    record = budgets.record("redraw")
    assert record and set(record) <= set(map(contents.key, contents.notebooks()))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"]) for entry in record.values())
    assert all(entry["shifts"] == list(redraw.SHIFTS) for entry in record.values())
