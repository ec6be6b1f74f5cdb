"""Tests of the hooks in conftest.py, in a scratch project that has a copy of them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = "import os\ndef test_it():\n    assert {}"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs pytest on files in a folder with this project's hooks."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "tools").mkdir()
    for name in ("budgets.py", "changed.py", "contents.py"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools")

    def run(source, **variables):
        (tmp_path / "test_it.py").write_text(source, encoding="utf-8")
        environment = {**os.environ, "CI": "", "MPLBACKEND": "agg", **variables}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            "--nbval-current-env",
            "-p",
            "no:xdist",
            "-p",
            "no:cacheprovider",
        ]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=300
        )

    return run


def test_a_skipped_test_fails_under_ci_only(run):
    skipped = "import pytest\ndef test_it():\n    pytest.skip('no browser')\ndef test_that():\n    pass\n"
    assert run(skipped).returncode == 0
    result = run(skipped, CI="true")
    assert result.returncode == 1 and "with CI=true no test may be skipped" in result.stdout
    assert run("def test_it():\n    pass\n", CI="true").returncode == 0


def test_kernels_get_one_thread_unless_another_number_is_named(run):
    for given, expected in (("", "1"), ("2", "2")):
        condition = f"os.environ['OMP_NUM_THREADS'] == '{expected}'"
        assert run(ENVIRONMENT.format(condition), OMP_NUM_THREADS=given).returncode == 0


def test_a_relative_data_folder_means_the_same_in_every_kernel(run, tmp_path):
    condition = f"os.environ['COURSE_DATA'] == {str(tmp_path / 'data')!r}"
    assert run(ENVIRONMENT.format(condition), COURSE_DATA="data").returncode == 0


def test_what_a_machine_has_set_changes_no_verdict(run):
    gone = {"MPLBACKEND": "agg", "PYTHONWARNINGS": "always"}
    condition = f"not set(os.environ) & {set(gone) | {'PYTHONOPTIMIZE'}} and os.environ['PYTHONUTF8'] == '1'"
    assert run(ENVIRONMENT.format(condition), **gone).returncode == 0


def saved(path, source):
    """Write a notebook of one cell that prints nothing."""
    cell = nbformat.v4.new_code_cell(source, id="only", execution_count=1)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def test_the_first_run_of_matplotlib_and_a_home_that_cannot_be_written_change_no_output(run, tmp_path):
    saved(tmp_path / "some.ipynb", "import matplotlib.pyplot as plt\nassert plt.rcParams['font.size'] == 10.0")
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "matplotlibrc").write_text("font.size: 20\n", encoding="utf-8")
    result = run("def test_it():\n    pass\n", MPLCONFIGDIR=str(settings))  # without a list of fonts
    assert result.returncode == 0, result.stdout
    below_a_file = str(settings / "matplotlibrc" / "nowhere")  # where nobody can make a folder
    nowhere = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"), below_a_file)
    result = run("def test_it():\n    pass\n", **nowhere)
    assert result.returncode == 0, result.stdout


def test_start_up_files_of_ipython_are_left_out(run, tmp_path):
    saved(tmp_path / "some.ipynb", "pass")
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "hello.py").write_text("print('hello')\n", encoding="utf-8")
    result = run("def test_it():\n    pass\n", IPYTHONDIR=str(tmp_path / "ipython"))
    assert result.returncode == 0, result.stdout


def test_the_run_ends_with_the_data_sets_used(run, tmp_path):
    output = nbformat.v4.new_output("stream", name="stdout", text="another sentence\n")
    cell = nbformat.v4.new_code_cell("print('Stand-in digits: why.')", execution_count=1, outputs=[output])
    cell.metadata["tags"] = ["names-data-set", "nbval-ignore-output"]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "some.ipynb")
    result = run("def test_it():\n    pass\n")
    assert "data set of some.ipynb: Stand-in digits: why." in result.stdout, result.stdout


def test_a_cell_is_called_by_its_id_and_each_part_has_its_seconds(run, tmp_path):
    cell = nbformat.v4.new_code_cell("assert False", id="lucky", execution_count=1)
    (tmp_path / "book").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "book" / "some.ipynb")
    result = run("def test_it():\n    pass\n")
    assert "FAILED book/some.ipynb::lucky" in result.stdout, result.stdout
    assert "cell lucky: Cell execution caused an exception" in result.stdout
    assert re.search(r"\d s of a worker's time for 1 tests: notebooks", result.stdout)
