"""What every test run needs, from whichever folder and by whichever command it starts."""

import atexit
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).with_name("tools")))
# An answer is marked in a process that is forked, which Windows cannot do.
collect_ignore = [] if hasattr(os, "fork") else ["tests/test_grade.py"]
PARTS = {"tests/site/": "the site", "tests/colab/": "as in Colab", "tests/": "unit tests", "book/": "notebooks"}

# MPLBACKEND=Agg would suppress the stored figures, PYTHONOPTIMIZE the assertions, PYTHONWARNINGS adds outputs;
# the others change what the programs print that tests start.
SETTINGS = ("MPLBACKEND", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONIOENCODING", "PYTEST_ADDOPTS")
SETTINGS += ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "COLUMNS")


def pytest_addoption(parser):
    """Add the option of `make quick`."""
    parser.addoption(
        "--changed",
        action="store_true",
        help="leave out the notebooks and pages that have not changed since the default branch, and Colab",
    )


def pytest_configure(config):
    """Give the notebooks' kernels, which inherit this environment, the same one everywhere."""
    if config.pluginmanager.hasplugin("nbval"):
        name_cells()
    if not hasattr(config, "workerinput"):  # the workers inherit it
        same_everywhere(config.invocation_params.dir)
    # nbval would look for this file from the current folder.
    sanitizers = Path(__file__).with_name("tests") / "nbval_sanitize.cfg"
    if sanitizers.exists() and not getattr(config.option, "nbval_sanitize_with", True):
        config.option.nbval_sanitize_with = str(sanitizers)


def same_everywhere(folder):
    """Leave out of this run, and of the kernels that inherit its environment, what one user's machine has set."""
    # Two notebooks run at once: a thread for each. An empty variable counts as unset.
    if not os.environ.get("OMP_NUM_THREADS"):
        os.environ["OMP_NUM_THREADS"] = "1"
    # A kernel runs in its notebook's folder, where a relative path would mean another place.
    if os.environ.get("COURSE_DATA"):
        os.environ["COURSE_DATA"] = str(Path(folder, os.environ["COURSE_DATA"]).expanduser().resolve())
    for name in SETTINGS:
        os.environ.pop(name, None)
    os.environ["PYTHONUTF8"] = "1"  # kernels and tools write what the tests read
    # A proxy does not reach the servers that tests start on this machine.
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost"]))
    # IPython's start-up files may print, and its folder may not be writable.
    os.environ["IPYTHONDIR"] = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, os.environ["IPYTHONDIR"], ignore_errors=True)
    prepare_matplotlib()


def prepare_matplotlib():
    """Let Matplotlib scan the fonts, where they never were, before a cell does: what it says of that is not stored.

    Where its folder cannot be written it takes another one, names it in MPLCONFIGDIR and says so,
    here and not in each notebook. A user's own settings are left out.
    """
    if importlib.util.find_spec("matplotlib"):
        import matplotlib
        import matplotlib.font_manager  # noqa: F401  (scans)

        os.environ["MATPLOTLIBRC"] = str(Path(matplotlib.get_data_path(), "matplotlibrc"))


def part(nodeid):
    """Return the part of the tests to which one belongs, in words."""
    return next((name for start, name in PARTS.items() if nodeid.startswith(start)), "other")


def pytest_collection_modifyitems(config, items):
    """Start with what takes longest; leave out what has not changed, where that is asked for."""
    import budgets

    seconds = {f"book/{name}": entry["total"] for name, entry in budgets.record("seconds").items()}
    items.sort(key=lambda item: -seconds.get(group(item.nodeid), 0 if part(item.nodeid) == "unit tests" else 1))
    if config.getoption("--changed"):
        _leave_out_unchanged(config, items)


def group(nodeid):
    """Return the name of what a test shares with others: its notebook, the page that it has open, or its file."""
    file, _, test = nodeid.partition("::")
    if file.endswith(".ipynb"):
        return file.removesuffix(".ipynb")
    page = re.search(r"\[(book/.*)\]$", test) if file.endswith("site/test_pages.py") else None
    return f"site:{page[1]}" if page else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give to one worker what shares a kernel or a page."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)

    return ByGroup(config, log)


def name_cells():
    """Let nbval name a cell by its id, and wait longer for an output on a busy machine than its five seconds."""
    from nbval.plugin import IPyNbCell

    by_number = IPyNbCell.from_parent.__func__

    def from_parent(cls, parent, *, name, cell, **settings):
        item = by_number(cls, parent, name=cell.get("id", name), cell=cell, **settings)
        item.output_timeout = 60
        return item

    IPyNbCell.from_parent = classmethod(from_parent)
    IPyNbCell.reportinfo = lambda self: (self.path, 0, f"{self.parent.name}::{self.name}")


def _leave_out_unchanged(config, items):
    """Deselect cells and pages that have not changed; what a page test shares with others goes by its page."""
    import changed

    pages = changed.pages()
    kept = [
        item for item in items if part(item.nodeid) == "unit tests" or group(item.nodeid).removeprefix("site:") in pages
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Carry what a notebook says of its data set to the end of the run; call a cell by its id."""
    report = yield
    cell = getattr(item, "cell", None)
    if cell is not None and report.failed:
        report.longrepr = str(report.longrepr).replace(f"Cell {item.cell_num}:", f"cell {cell.get('id')}:")
    if cell is not None and report.when == "call" and "names-data-set" in cell.metadata.get("tags", []):
        texts = [output.text.strip() for output in item.test_outputs or [] if output.get("name") == "stdout"]
        report.user_properties.append(("data set", f"{item.path.name}: {' '.join(texts)}"))
    return report


def pytest_terminal_summary(terminalreporter):
    """Say which data sets were used, how long each part took, and under CI that nothing may be skipped."""
    spent, count = defaultdict(float), defaultdict(int)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                spent[part(report.nodeid)] += report.duration
                count[part(report.nodeid)] += report.when == "call"
    for name, seconds in spent.items():
        terminalreporter.write_line(f"{seconds:6.0f} s of a worker's time for {count[name]} tests: {name}")
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    for name, text in sorted({pair for report in reports for pair in report.user_properties}):
        terminalreporter.write_line(f"{name} of {text}")
    if _forbidden_skips(terminalreporter):
        terminalreporter.write_line("FAILED: with CI=true no test may be skipped.", red=True)


def pytest_sessionfinish(session):
    """Fail a CI run in which a test was skipped."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter and _forbidden_skips(reporter) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _forbidden_skips(terminalreporter):
    return os.environ.get("CI") == "true" and terminalreporter.getreports("skipped")
