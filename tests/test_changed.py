"""Tests of tools/changed.py, in a scratch repository."""

import os
import subprocess

import changed
import contents
import pytest


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return the folder of a repository with a book of two pages, on a branch of its own."""

    def git(*arguments):
        author = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        own = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}  # no setting of a user's
        subprocess.run(["git", *author, *arguments], cwd=tmp_path, env=own, check=True, capture_output=True)

    (tmp_path / "book").mkdir()
    for name in ("intro", "more"):
        (tmp_path / "book" / f"{name}.md").write_text("# A page\n", encoding="utf-8")
    toc = "root: book/intro\nparts:\n  - chapters:\n      - file: book/more\n"
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    git("checkout", "-q", "-b", "work")
    found = contents.pages(tmp_path)
    monkeypatch.setattr(contents, "ROOT", tmp_path)
    monkeypatch.setattr(contents, "pages", lambda: found)
    return tmp_path, git


def test_nothing_has_changed_on_a_new_branch(project):
    assert changed.pages() == set()


def test_a_change_counts_before_and_after_it_is_committed(project):
    folder, git = project
    (folder / "book" / "more.md").write_text("# Another page\n", encoding="utf-8")
    assert changed.pages() == {"book/more"}
    git("commit", "-q", "-a", "-m", "second")
    assert changed.pages() == {"book/more"} and changed.files() == {"book/more.md"}


def test_new_files_count(project):
    folder, _ = project
    (folder / "new.txt").write_text("new\n", encoding="utf-8")
    assert changed.files() == {"new.txt"}


def test_where_git_cannot_say_every_page_counts_as_changed(project, monkeypatch, tmp_path_factory):
    monkeypatch.setattr(contents, "ROOT", tmp_path_factory.mktemp("elsewhere"))
    assert changed.files() is None and changed.pages() == {"book/intro", "book/more"}
    monkeypatch.setenv("PATH", "")
    assert changed.pages() == {"book/intro", "book/more"}
