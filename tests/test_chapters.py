"""One command drops, renames or adds a chapter, and leaves nothing behind that names it wrongly."""

import os
import re
import shutil
import subprocess
import sys

import contents
import dropping
import pytest
from contents import ROOT

CHAPTERS = contents.chapters()


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of all that the commands touch."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("book", "course_utils", "tools", "tests/records", "experiments"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("_toc.yml", "_config.yml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def run(folder, tool, *arguments):
    """Run a tool of the copy, its package before the installed one, and return the finished process."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, folder / "tools" / tool, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")


def texts(folder):
    """Return the text of every file that readers see, by name."""
    paths = [*folder.glob("book/*.md"), *contents.notebooks(folder), folder / "_toc.yml"]
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def builds(folder):
    """Build the copy's site, a dead link being an error."""
    start = "from jupyter_book.cli.main import main; main()"  # wherever a system keeps its scripts
    command = [sys.executable, "-c", start, "build", ".", "-n", "-W", "--keep-going"]
    result = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]


def test_a_chapter_is_dropped(copy):
    dropped, following = CHAPTERS[len(CHAPTERS) // 2], CHAPTERS[len(CHAPTERS) // 2 + 1]
    result = run(copy, "chapters.py", "drop", dropped.stem)
    assert result.returncode == 0, result.stderr
    assert f"{dropped.number:3}  {following.stem}" in result.stdout  # it moves up, and keeps its file's name
    assert not any(dropped.stem in text for text in texts(copy).values())
    left = [page.number for page in contents.chapters(copy)]
    assert left == list(range(1, len(CHAPTERS)))
    numbers = re.findall(rf"\[(?:[Cc]hapter )?(\d+)[^\]]*\]\({following.stem}\.ipynb\)", "".join(texts(copy).values()))
    assert set(numbers) == {str(dropped.number)}


def test_a_chapter_is_renamed(copy):
    old = CHAPTERS[1].stem
    new = f"{old[:2]}-another-name"
    result = run(copy, "chapters.py", "rename", old, new)
    assert result.returncode == 0, result.stderr
    assert not any(re.search(rf"(?<![\w-]){old}(?![\w-])", text) for text in texts(copy).values())
    before, after = (
        [page for page in contents.evidence(root) if page.chapter == f"book/{name}"]
        for root, name in ((ROOT, old), (copy, new))
    )
    assert len(before) == len(after) and all(page.path.exists() for page in after)


def test_a_chapter_is_added(copy):
    behind = contents.chapters(copy)[0]
    result = run(copy, "chapters.py", "add", f"{behind.stem[:2]}-scratch-totals", behind.stem, "Running totals")
    assert result.returncode == 0, result.stderr[-2000:]
    assert re.search(r"^  2  \d\d-scratch-totals +Running totals$", result.stdout, re.MULTILINE)
    pages = texts(copy)
    for name in ("intro.md", "for-teachers.md", "marking-key.ipynb"):
        assert "Running totals" in pages[name] and f"({behind.stem[:2]}-scratch-totals.ipynb)" in pages[name]
    assert "Exercise 1, running_total: compared with torch.cumsum" in pages["marking-key.ipynb"]


def test_afterwards_no_number_is_stale_and_no_link_dead(copy):
    assert run(copy, "numbering.py").stdout == "All numbers are up to date.\n"
    builds(copy)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["drop", "99-nothing"], "There is no chapter 99-nothing. There are: "),
        (["rename", CHAPTERS[0].stem, "Recurrence"], "A chapter's file is named like 07-lstm-mnist"),
        (["rename", CHAPTERS[0].stem, "99-recurrence"], "The numbers of the files must rise"),
        (["rename", CHAPTERS[0].stem, CHAPTERS[-1].stem], "There is already a book/"),
        (["swap"], "Usage:"),
        (["drop"], "Usage:"),
    ],
)
def test_a_wrong_call_gets_one_sentence_and_changes_nothing(copy, arguments, sentence):
    before = texts(copy)
    result = run(copy, "chapters.py", *arguments)
    assert result.returncode == 1 and sentence in result.stderr and "Traceback" not in result.stderr
    assert texts(copy) == before


def test_afterwards_the_tests_of_budgets_numbers_and_checks_pass(copy):
    for name in ("__init__.py", "test_budgets.py", "test_reference.py", "test_checks.py"):
        shutil.copy(ROOT / "tests" / name, copy / "tests")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests"]
    command += ["-k", "test_budgets or test_reference or running_total"]
    environment = os.environ | {"PYTHONPATH": str(copy), "CI": ""}
    result = subprocess.run(command, cwd=copy, env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0 and "RUNNING_TOTAL" not in result.stdout, result.stdout[-3000:]


def test_a_part_goes_with_its_only_chapter():

    lines = ["root: a", "parts:", "  - caption: One", "    numbered: 1", "    chapters:", "      - file: book/01-a"]
    lines += ["  - caption: Two", "    chapters:", "      - file: book/b"]
    assert dropping.without(lines, "book/01-a") == [*lines[:2], *lines[6:]]
    assert dropping.without(lines, "book/b") == lines[:6]
