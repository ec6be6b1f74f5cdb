"""Every notebook runs in an environment like Colab's, alone in an empty folder."""

import ast
import asyncio
import contextlib
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path
from queue import Empty

import budgets
import contents
import nbformat
import pytest

from tests.test_errors import sections, unknown

from .conftest import HERE, ROOT, SET, lead, repository, run, share, state
from .run_notebook import look_every_second

# Of those with a live control, which Colab's old widgets must show, the fastest one, and an evidence page.
LIVE = [path for path in contents.notebooks() if "frames.explore(" in path.read_text(encoding="utf-8")]
SHORT = sorted(LIVE, key=lambda path: budgets.record("seconds")[contents.key(path)]["total"])[:1]
NOTEBOOKS = contents.notebooks() if SET else [*SHORT, *(page.path for page in contents.evidence()[:1])]

# The one exception: a section of one chapter uses these where they are, and says so where they are not.
OPTIONAL = ("onnx", "onnxruntime", "onnxscript")
EXPORTING = contents.ROOT / "book" / "15-in-production.ipynb"

VIEW = "application/vnd.jupyter.widget-view+json"


def settings(python, folder):
    """Return how a notebook is run: from its folder, without git, with no way to find the course but the network."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {"cwd": folder, "env": kept | {"PATH": str(python.parent)}}


def outputs(cell, kind):
    """Return the outputs of a cell that are of one kind."""
    return [output for output in cell.get("outputs", []) if kind in (output.output_type, output.get("name"))]


@pytest.mark.timeout(7200 if SET else 600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=contents.key)
def test_runs_to_the_end(colab, network, path, tmp_path, record_property):
    name = path.stem
    before = state(colab)
    shutil.copy(path, tmp_path)
    lead(tmp_path / path.name, network)
    run(colab, HERE / "run_notebook.py", f"{name}.ipynb", **settings(colab, tmp_path))
    after = state(colab)
    assert after.pop("course_utils") and after == before, "the setup cell installed more than course_utils"
    program = "\n".join(c.source for c in contents.code_cells(path) if "program" in c.metadata.get("tags", []))
    left = {file.name for file in tmp_path.iterdir()} - {f"{name}.ipynb"}
    assert {file for file in left if f'"{file}"' not in program} == set(), "only a program writes, what it names"
    notebook = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
    setup, *others = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert setup.outputs == []
    for cell in others:
        # torchvision draws the progress of its download there.
        quiet = "names-data-set" in cell.metadata.get("tags", []) or not outputs(cell, "stderr")
        assert quiet, f"a reader would see a warning in cell {cell.id}:\n{cell.source}\n{cell.outputs}"
        assert not outputs(cell, "error") or "raises-exception" in cell.metadata.tags, f"cell {cell.id} fails"
    if path == EXPORTING:
        said = {cell.id: outputs(cell, "stdout") for cell in others}
        assert "next cells do nothing" in said["ready"][0].text and not said["tie"]
    if name == "common-errors":  # a release may word a message differently: its words must be on the page, too
        printed = "\n".join(output.text for cell in others for output in outputs(cell, "stdout"))
        assert unknown(printed, "\n".join(sections(path))) == []
    views = [output for cell in others for output in cell.outputs if VIEW in output.get("data", {})]
    assert views or not any("frames.explore" in cell.source for cell in others)
    times = setup.metadata.execution
    installing = seconds_of(times["shell.execute_reply"]) - seconds_of(times["iopub.status.busy"])
    versions = ", ".join(f"{package} {after[package][0]}" for package in ("torch", "numpy", "ipython", "ipywidgets"))
    record_property("setup", f"{contents.key(path)}: course_utils in {installing:.1f} s; before and after {versions}")


@pytest.fixture
def optional(environment):
    """Put the optional packages into Colab's environment, and take them out again."""
    site = Path(run(environment, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    added = share(site, OPTIONAL)
    yield
    for link in added:
        link.unlink()


@pytest.mark.timeout(600)
def test_a_section_that_needs_more_says_so_or_runs(colab, network, optional, tmp_path):
    shutil.copy(EXPORTING, tmp_path)
    lead(tmp_path / EXPORTING.name, network)
    run(colab, HERE / "run_notebook.py", EXPORTING.name, **settings(colab, tmp_path))
    cells = {cell.id: cell for cell in nbformat.read(tmp_path / EXPORTING.name, as_version=4).cells}
    assert not any(outputs(cell, "error") or outputs(cell, "stderr") for cell in cells.values())
    assert cells["ready"].outputs == [] and cells["tie"].outputs


def seconds_of(stamp):
    """Return a time of day in seconds, from a time stamp of nbclient."""
    hours, minutes, seconds = stamp.split("T")[1].rstrip("Z").split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def run_setup(python, folder, address, branch=None):
    """Run a notebook that is a setup cell alone, and return the cell with its outputs."""
    url, own = repository.read()
    path = folder / "setup.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[repository.setup_cell(url, branch or own)]), path)
    lead(path, address)
    with contextlib.suppress(AssertionError):
        run(python, HERE / "run_notebook.py", path.name, **settings(python, folder))
    return nbformat.read(path, as_version=4).cells[0]


@pytest.mark.parametrize("reason", ["no network", "no such branch"])
def test_a_setup_that_cannot_install_says_what_is_missing(colab, network, reason, tmp_path):
    if reason == "no network":
        cell = run_setup(colab, tmp_path, "http://127.0.0.1:9")
        wanted = (
            r"There is no course_utils: .+ cannot be reached \(.+\): check the network\. Then run this cell again\."
        )
    else:
        cell = run_setup(colab, tmp_path, network, "no-such-branch")
        wanted = r"There is no course_utils: .+no-such-branch.zip answers 404: it is not there or not public\. Then .+"
    (above,), (error,) = outputs(cell, "stdout"), outputs(cell, "error")
    assert "ERROR" in above.text and re.fullmatch(wanted, error.evalue)


def test_an_older_package_is_replaced(colab, network, tmp_path):
    older = Path(run(colab, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()) / "course_utils"
    older.mkdir()
    (older / "__init__.py").touch()  # the first edition had no version
    cell = run_setup(colab, tmp_path, "http://127.0.0.1:9")
    (said,) = outputs(cell, "stdout")
    assert re.search(r"is older than this notebook, and was not replaced: .+ cannot be reached", said.text)
    assert not outputs(cell, "error")  # it may do
    cell = run_setup(colab, tmp_path, network)
    assert not outputs(cell, "stdout") and state(colab)["course_utils"][0] == repository.version()


def test_a_copy_of_the_course_needs_no_network_and_no_installation(colab, tmp_path):
    for folder in ("course_utils", "experiments/results", "book/evidence"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    page = contents.evidence()[0].path.name
    before = state(colab)
    run(colab, HERE / "run_notebook.py", page, **settings(colab, tmp_path / "book" / "evidence"))
    assert state(colab) == before
    setup = nbformat.read(tmp_path / "book" / "evidence" / page, as_version=4).cells[1]
    assert setup.id == "setup" and not setup.outputs


def imported(source):
    """Return the names of the packages that a piece of code imports."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def versions(name):
    """Return the lines of a file of versions."""
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def test_nothing_is_imported_that_colab_lacks():
    lines = [
        line
        for name in ("shell.txt", "torch-2.11.txt")
        for line in (HERE / name).read_text(encoding="utf-8").splitlines()
    ]
    packages = {re.split("[=;]", line)[0] for line in lines}
    modules = {"PIL": "pillow", "sklearn": "scikit-learn", "IPython": "ipython", "cycler": "matplotlib"}
    notebooks = [nbformat.read(path, as_version=4) for path in contents.notebooks()]
    sources = [cell.source for notebook in notebooks for cell in notebook.cells if cell.cell_type == "code"]
    sources += [path.read_text(encoding="utf-8") for path in ROOT.glob("course_utils/**/*.py")]
    needed = set.union(*map(imported, sources)) - set(sys.stdlib_module_names) - {"course_utils"}
    assert {modules.get(name, name) for name in needed} - set(OPTIONAL) <= packages and "torch" in needed


def test_the_oldest_versions_are_those_that_pyproject_admits():
    admitted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    tested = [
        line
        for name in ("shell.txt", "torch-2.4.txt")
        for line in (HERE / name).read_text(encoding="utf-8").splitlines()
    ]
    assert {line.replace(">=", "==") for line in admitted} <= set(tested)


def test_a_reply_whose_signal_was_lost_is_found(tmp_path):
    class Channel:
        """A channel that holds a reply and has lost the signal: it is seen by the next look only."""

        looks = 0

        async def get_msg(self, timeout=None):
            self.looks += 1
            if self.looks == 1:
                assert timeout <= 1  # the wait without a signal
                raise Empty
            return "reply"

    channel = Channel()
    look_every_second(channel)
    assert asyncio.run(channel.get_msg(timeout=300)) == "reply" and channel.looks == 2
    assert asyncio.run(channel.get_msg()) == "reply"


def test_a_reply_that_never_comes_ends_the_wait():
    class Channel:
        async def get_msg(self, timeout=None):
            raise Empty

    channel = Channel()
    look_every_second(channel)
    with pytest.raises(Empty):
        asyncio.run(channel.get_msg(timeout=0))
