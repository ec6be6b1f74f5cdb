"""What the reference pages say of the chapters is so."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "book").glob("[01]*.ipynb"))
GLOSSARY = (ROOT / "book" / "glossary.md").read_text().partition("{glossary}")[2].strip("`\n").split("\n\n")
TEACHERS = (ROOT / "book" / "for-teachers.md").read_text()


def prose(path):
    """Return the text of a chapter, without code."""
    cells = nbformat.read(path, as_version=4).cells
    return " ".join(" ".join(cell.source for cell in cells if cell.cell_type == "markdown").split())


@pytest.mark.parametrize("entry", GLOSSARY, ids=lambda entry: entry.split("\n")[0])
def test_a_term_has_its_chinese_and_a_chapter_that_uses_it(entry):
    english, chinese, *meaning = entry.split("\n")
    assert re.fullmatch("[A-Za-z -]+", english)
    assert re.fullmatch("[\u4e00-\u9fff]+", chinese)
    assert all(line.startswith("  ") for line in meaning)
    (file,) = re.findall(r"\[Chapter \d+\]\(([\w.-]+)\)\.$", entry)
    assert f"[Chapter {int(file[:2])}]" in entry
    # Two words may stand apart in a sentence: "packed", then "sequences".
    text = prose(ROOT / "book" / file).lower()
    for word in english.lower().replace("back-propagation", "back").split():
        assert re.search(r"\b" + re.escape(word[:6]), text), word


def test_terms_are_sorted():
    terms = [entry.split("\n")[0].lower() for entry in GLOSSARY]
    assert terms == sorted(terms) and len(terms) > 35


def test_the_lesson_plan_counts_what_is_there():
    rows = re.findall(r"^\| \[(\d+)\. .*\]\((.*)\) \| (\d+) \| (\d+) \|", TEACHERS, re.MULTILINE)
    assert [file for _, file, _, _ in rows] == [path.name for path in CHAPTERS]
    reading = {}
    for path, (number, _, minutes, exercises) in zip(CHAPTERS, rows, strict=True):
        code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        solutions = sum(source.startswith("# @title Solution") for source in code)
        words = len(prose(path).split())
        reading[int(number)] = int(minutes)
        assert int(minutes) == 5 * round((words / 130 + len(code) - solutions) / 5)
        assert int(exercises) == 15 * solutions
    total = sum(int(exercises) for *_, exercises in rows)
    assert f"{sum(reading.values())} minutes of reading and {total} of exercises" in " ".join(TEACHERS.split())
    short = sum(reading[number] for number in (1, 3, 4, 6))
    assert (
        "chapters 1, 3, 4 and 6: " in TEACHERS.replace("\n", " ") and f"{short} minutes without exercises" in TEACHERS
    )
