"""What the reference pages say of the chapters is so."""

import re

import contents
import numbering
import pytest

pytestmark = pytest.mark.style
BOOK = contents.ROOT / "book"
CHAPTERS = {page.path.name: page for page in contents.chapters()}
GLOSSARY = (BOOK / "glossary.md").read_text(encoding="utf-8").partition("{glossary}")[2].strip("`\n").split("\n\n")


@pytest.mark.parametrize("entry", GLOSSARY, ids=lambda entry: entry.split("\n")[0])
def test_a_term_has_its_chinese_and_a_chapter_that_uses_it(entry):
    english, chinese, *meaning = entry.split("\n")
    assert re.fullmatch("[A-Za-z -]+", english)
    assert re.fullmatch("[\u4e00-\u9fff]+", chinese)
    assert all(line.startswith("  ") for line in meaning)
    (file,) = re.findall(r"\[Chapter \d+\]\(([\w.-]+)\)\.$", entry)
    # Two words may stand apart in a sentence: "packed", then "sequences".
    text = contents.prose(CHAPTERS[file].path).lower()
    for word in english.lower().replace("back-propagation", "back").split():
        assert re.search(r"\b" + re.escape(word[:6]), text), word


def test_terms_are_sorted():
    terms = [entry.split("\n")[0].lower() for entry in GLOSSARY]
    assert terms == sorted(terms) and len(terms) > 30


def test_all_typed_numbers_and_minutes_are_up_to_date():
    places = {page.name: page.number for page in contents.chapters()}
    for page in contents.pages():
        for text in numbering.texts(page):
            assert numbering.renumbered(text, page.name, places) == text, "run python tools/numbering.py"
    for name, count in numbering.COUNTED.items():
        text = (BOOK / f"{name}.md").read_text(encoding="utf-8")
        assert count(text) == text, "run python tools/numbering.py"


def test_chapter_numbers_stand_in_links_only():
    assert numbering.untied() == [], "write [chapter 3](03-name.ipynb), or the chapter's name"


def test_the_lesson_plan_and_the_road_map_list_every_chapter():
    for page in ("for-teachers", "intro"):
        text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| \[(\d+)\. ([^\]]*)\]\(([\w.-]+)\) \|", text, re.MULTILINE)
        assert rows == [(str(c.number), contents.title(c), c.path.name) for c in CHAPTERS.values()], page
