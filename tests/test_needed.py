"""Tests of course_utils.needed."""

import importlib.metadata
import sys
import tomllib

import pytest
from contents import ROOT

from course_utils import needed


def test_they_are_what_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [f"{name}>={oldest}" for name, oldest in needed.OLDEST.items()] == project["dependencies"]


@pytest.mark.parametrize(
    ("version", "oldest", "old"),
    [("2.4.0+cpu", "2.4.0", False), ("2.14.1", "2.4.0", False), ("1.26.4", "2.4.0", True), ("3.8rc1", "3.9.0", True)],
)
def test_versions_are_compared_as_numbers(version, oldest, old):
    assert needed.too_old(version, oldest) is old


def test_one_sentence_names_all_that_is_missing(monkeypatch, capsys):
    def version(name):
        if name == "statsmodels":
            raise importlib.metadata.PackageNotFoundError(name)
        return "2.1.0" if name == "torch" else "99.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    needed.say_what_is_missing()
    said, _, command = capsys.readouterr().out.splitlines()
    assert said == f"This kernel ({sys.executable}) lacks statsmodels, torch 2.4.0 or newer (it has 2.1.0)."
    assert command == f'{sys.executable} -m pip install "statsmodels>=0.14.2" "torch>=2.4.0"'


def test_nothing_is_said_where_all_is_there(capsys):
    needed.say_what_is_missing()
    assert capsys.readouterr().out == ""
