"""Tests of tools/repository.py, and that every notebook follows the address in _config.yml."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys

import contents
import nbformat
import pytest
import repository
import yaml
from contents import ROOT

NOTEBOOKS = contents.notebooks()
ADDRESS = "https://github.com/someone/some-course"


def first_code_cell(path):
    """Return the first code cell of a notebook."""
    return next(cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=contents.key)
def test_every_notebook_starts_with_the_setup_of_the_address_in_config(path):
    cell = first_code_cell(path)
    wanted = repository.setup_cell(*repository.read())
    assert cell.source == wanted.source, "run `make notebooks`, or `make set-repository URL=…`"
    assert cell.metadata == wanted.metadata and cell.outputs == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=contents.key)
def test_the_address_stands_nowhere_else_in_a_notebook(path):
    url, _ = repository.read()
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if not cell.source.startswith(repository.TITLE)]
    assert not any(url in text or repository.PLACEHOLDER in text for text in texts)


def test_the_setup_does_nothing_where_the_package_is_there(monkeypatch, capsys):
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **settings: pytest.fail("pip was called"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    exec(repository.setup_cell(ADDRESS, "main").source, {})
    assert capsys.readouterr() == ("", "")
    monkeypatch.chdir(ROOT / "book" / "evidence")
    exec(repository.setup_cell(ADDRESS, "main").source, {})
    assert capsys.readouterr() == ("", "") and sys.path[0] == str(ROOT)


def test_the_package_of_a_host_without_known_archives_comes_by_git():
    assert repository.archive("https://git.school.org/a/b", "2027") == "git+https://git.school.org/a/b@2027"


@pytest.mark.parametrize(
    ("programs", "pip", "wanted"),
    [
        ({"uv"}, False, ["uv", "pip", "install", "--python"]),
        (set(), False, ["ensurepip"]),
        ({"uv"}, True, ["-m", "pip"]),
    ],
)
def test_the_setup_takes_pip_or_uv_or_brings_pip(monkeypatch, programs, pip, wanted):
    calls = []

    def run(command, **settings):
        calls.append([*command])
        return subprocess.CompletedProcess(command, 1, "", "")

    names = setup_names()
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if pip else None)
    assert names["install"]().returncode == 1
    assert any(set(wanted) <= set(call) for call in calls) and calls[-1][-1] == f"{ADDRESS}/archive/main.zip"
    assert len(calls) == 1 + ("ensurepip" in wanted)


def setup_names(url=ADDRESS):
    """Return what the setup cell defines, after it has found the package."""
    names = {}
    exec(repository.setup_cell(url, "main").source, names)
    return names


@pytest.mark.parametrize(
    ("url", "returncode", "said"),
    [
        (ADDRESS, 0, f"{ADDRESS}/archive/main.zip has none that is newer"),
        (ADDRESS, 1, f"{sys.executable} has neither pip nor uv: install one of them"),
        ("https://git.school.org/a/b", 1, "git is missing: install it"),
    ],
)
def test_the_setup_names_what_is_missing(monkeypatch, url, returncode, said):
    names = setup_names(url)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    if "pip" in said:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert names["cause"](subprocess.CompletedProcess([], returncode, "", "")) == said


@pytest.fixture
def project(tmp_path):
    """Return a copy of what holds the address: the settings, two notebooks and the script."""
    for folder in ("book", "tools", "course_utils"):
        (tmp_path / folder).mkdir()
    tools = (f"tools/{name}.py" for name in ("contents", "repository", "setup_cell"))
    for name in ("_config.yml", "book/shapes.ipynb", "book/marking-key.ipynb", "course_utils/__init__.py", *tools):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(project, *arguments):
    """Run the script in the project and return the finished process."""
    command = [sys.executable, project / "tools" / "repository.py", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)


def files(project):
    """Return all files of the project."""
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_one_command_changes_every_place_and_nothing_else(project):
    url, branch = repository.read()
    assert run(project, url, branch).returncode == 0  # the settings may have been edited by hand
    before = files(project)
    result = run(project, f"{ADDRESS}.git/", "trunk")
    assert result.stdout == f"The address is {ADDRESS}, branch trunk, in _config.yml and in 2 notebooks.\n", (
        result.stderr
    )
    for path, content in files(project).items():
        text = content.decode()
        assert (f"{ADDRESS}/archive/trunk.zip" in text) == (path.suffix == ".ipynb")
        assert f"{url}/archive" not in text
    settings = yaml.safe_load((project / "_config.yml").read_text(encoding="utf-8"))["repository"]
    assert settings == {"url": ADDRESS, "branch": "trunk"}
    assert run(project, ADDRESS).stdout.count("branch trunk") == 1  # a branch that is not named stays
    assert run(project, url, branch).returncode == 0
    assert files(project) == before


def test_a_notebook_without_setup_gets_one_below_its_title(project):
    path = project / "book" / "shapes.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "setup"]
    nbformat.write(notebook, path)
    assert run(project, ADDRESS, "main").returncode == 0
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.cell_type for cell in cells[:2]] == ["markdown", "code"]
    assert cells[1].source == repository.setup_cell(ADDRESS, "main").source
    assert len(cells) == len(notebook.cells) + 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "not like this: (none given)"),
        (["git@github.com:someone/rnn.git"], "The address must look like https://github.com/owner/name"),
        (["https://github.com/someone/rnn/tree/main"], "The address must look like https://github.com/owner/name"),
        (["https://github.com/someone"], "The address must look like https://github.com/owner/name"),
        (['https://github.com/someone/a"b'], "The address must look like https://github.com/owner/name"),
        ([ADDRESS, "my branch"], "The branch must have letters, digits and the signs . _ - / alone in its name"),
        ([ADDRESS, "--upgrade"], "The branch must have letters, digits and the signs . _ - / alone in its name"),
    ],
)
def test_a_wrong_address_gets_one_sentence_and_changes_nothing(project, arguments, sentence):
    before = files(project)
    result = run(project, *arguments)
    assert result.returncode == 1 and sentence in result.stderr and result.stderr.count("\n") == 1
    assert files(project) == before


@pytest.mark.parametrize(
    ("lines", "address", "branch"),
    [
        ("url: https://www.GitHub.com/someone/rnn/\n  branch: 2026", "https://github.com/someone/rnn", "2026"),
        ("url: 'https://github.com/someone/rnn.git'\n  branch: main # ours", "https://github.com/someone/rnn", "main"),
        ("url: https://gitlab.com/school/course/rnn\n  branch: a/b", "https://gitlab.com/school/course/rnn", "a/b"),
    ],
)
def test_settings_edited_by_hand_are_read(project, monkeypatch, lines, address, branch):
    config = project / "_config.yml"
    config.write_text(
        re.sub("  url: .*\n  branch: .*\n", f"  {lines}\n", config.read_text(encoding="utf-8")), encoding="utf-8"
    )
    monkeypatch.setattr(repository, "ROOT", project)
    assert repository.read() == (address, branch)
    assert run(project, address).returncode == 0
    assert yaml.safe_load(config.read_text(encoding="utf-8"))["repository"] == {"url": address, "branch": branch}


def test_a_notebook_that_colab_has_saved_keeps_one_setup_cell(project):
    path = project / "book" / "shapes.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["nbformat_minor"] = 0
    for cell in notebook["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert run(project, ADDRESS, "main").returncode == 0
    cells = nbformat.read(path, as_version=4).cells
    assert len(cells) == len(notebook["cells"])
    assert cells[1].source == repository.setup_cell(ADDRESS, "main").source


def test_a_notebook_that_cannot_be_read_gets_one_sentence_and_nothing_changes(project):
    (project / "book" / "shapes.ipynb").write_text("<<<<<<< HEAD\n{}\n", encoding="utf-8")
    before = files(project)
    result = run(project, ADDRESS)
    assert result.returncode == 1 and "cannot be read as a notebook, so nothing was changed" in result.stderr
    assert result.stderr.count("\n") == 1 and files(project) == before


def test_settings_without_an_address_get_one_sentence(project):
    config = project / "_config.yml"
    config.write_text(re.sub("  branch: .*\n", "", config.read_text(encoding="utf-8")), encoding="utf-8")
    result = run(project, ADDRESS)
    assert result.returncode == 1 and result.stderr.startswith("_config.yml lacks `repository:`")
    assert result.stderr.count("\n") == 1
