"""What every test run needs, from whichever folder and by whichever command it starts."""

import os
from pathlib import Path

import pytest


def pytest_configure(config):
    """Give the notebooks' kernels, which inherit this environment, the same one everywhere."""
    # Two notebooks run at once: a thread for each. An empty variable counts as unset.
    if not os.environ.get("OMP_NUM_THREADS"):
        os.environ["OMP_NUM_THREADS"] = "1"
    # A kernel runs in its notebook's folder, where a relative path would mean another place.
    if os.environ.get("COURSE_DATA"):
        os.environ["COURSE_DATA"] = str(
            Path(config.invocation_params.dir, os.environ["COURSE_DATA"]).expanduser().resolve()
        )
    # MPLBACKEND=Agg would suppress the figures that the notebooks have stored.
    os.environ.pop("MPLBACKEND", None)
    # nbval would look for this file from the current folder.
    sanitizers = Path(__file__).with_name("tests") / "nbval_sanitize.cfg"
    if sanitizers.exists() and not getattr(config.option, "nbval_sanitize_with", True):
        config.option.nbval_sanitize_with = str(sanitizers)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Carry what a notebook says of its data set to the end of the run."""
    report = yield
    cell = getattr(item, "cell", None)
    if cell is not None and report.when == "call" and "names-data-set" in cell.metadata.get("tags", []):
        texts = [output.text.strip() for output in item.test_outputs or [] if output.get("name") == "stdout"]
        report.user_properties.append(("data set", f"{item.path.name}: {' '.join(texts)}"))
    return report


def pytest_terminal_summary(terminalreporter):
    """Say which data sets were used, and under CI that nothing may be skipped."""
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
