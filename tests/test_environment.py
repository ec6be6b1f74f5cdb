"""Tests of tools/environment.py, in a scratch project whose requirements need no network."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "tools" / "environment.py"
# Runs the script after a change to this Python: the first {} is the change.
RUN = "import runpy, sys; {}; sys.argv[1:] = ['requirements.txt']; runpy.run_path({!r}, run_name='__main__')"


@pytest.fixture
def project(tmp_path):
    """Return a folder with the script and requirements that are a folder beside it."""
    (tmp_path / "tools").mkdir()
    shutil.copy(SCRIPT, tmp_path / "tools")
    for name in ("requirements-book.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("", encoding="utf-8")
    return tmp_path


def run(project, change="pass"):
    """Run the script in the project and return the finished process."""
    command = [sys.executable, "-c", RUN.format(change, str(project / "tools" / "environment.py"))]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)


def test_an_old_python_gets_one_sentence(project):
    result = run(project, "sys.version_info = (3, 10, 4)")
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith("Python 3.10 is too old: the course needs 3.11 or newer")
    assert result.stderr.count("\n") == 1 and not (project / ".venv").exists()


def test_a_python_that_is_too_new_gets_one_sentence(project):
    result = run(project, "sys.version_info = (3, 99, 0)")
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith("Python 3.99 is too new") and result.stderr.count("\n") == 1
    readme = (SCRIPT.parent.parent / "README.md").read_text(encoding="utf-8")
    oldest, newest = re.search(r"Python (3\.\d+) to (3\.\d+)", readme).groups()
    assert f"OLDEST, NEWEST = ({oldest.replace('.', ', ')}), ({newest.replace('.', ', ')})" in SCRIPT.read_text(
        encoding="utf-8"
    )


def test_the_script_is_readable_by_old_pythons():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 4))


def test_a_missing_venv_module_gets_one_sentence(project):
    result = run(project, "sys.modules['ensurepip'] = None")
    assert result.returncode == 1 and "python3-venv" in result.stderr
    assert result.stderr.count("\n") == 1


def test_set_up_once_and_repaired_where_broken(project):
    first = run(project)
    assert first.returncode == 0 and "Creating .venv" in first.stdout, first.stderr
    assert run(project).stdout == ""  # nothing to do

    (project / ".venv" / "installed-requirements.txt").unlink()  # what an interruption leaves
    repaired = run(project).stdout
    assert "Installing requirements.txt" in repaired and "Creating" not in repaired

    (project / "constraints.txt").write_text("# another set\n", encoding="utf-8")
    assert "Installing requirements.txt" in run(project).stdout

    scripts = project / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    for link in scripts.glob("python*"):  # what an upgraded system Python leaves
        link.unlink()
    assert "Creating .venv" in run(project).stdout
    assert run(project).stdout == ""


def test_a_folder_that_was_moved_gets_a_new_environment(project):
    # The scripts of an environment hold its old path.
    run(project)
    moved = project.rename(project.with_name("moved"))
    assert "Creating .venv" in run(moved).stdout
    assert run(moved).stdout == ""


def test_a_package_that_was_removed_is_noticed(project):
    run(project)
    (project / ".venv" / "installed-requirements.txt").open("a", encoding="utf-8").write("\nnot-there==1.0")
    assert "Installing requirements.txt" in run(project).stdout


def test_a_failed_installation_says_what_to_do(project):
    (project / "requirements.txt").write_text("./no-such-folder\n", encoding="utf-8")
    result = run(project)
    assert result.returncode == 1
    assert "The installation stopped: the lines above say why. Run the same command again" in result.stderr
    assert not (project / ".venv" / "installed-requirements.txt").exists()
