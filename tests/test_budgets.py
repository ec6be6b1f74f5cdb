"""Every page keeps to its budget, whose numbers stand in tools/budgets.py."""

import re

import budgets
import contents
import nbformat
import programs
import pytest

pytestmark = pytest.mark.style
PAGES = budgets.budgeted()
each_page = pytest.mark.parametrize("chapter", PAGES, ids=lambda page: page.key)


@each_page
def test_a_page_keeps_to_its_budget(chapter):
    over = budgets.excesses(chapter, budgets.measure(chapter.path))
    assert over == {}, f"{chapter.key}: measured and allowed {over}; see `make budgets`"


@each_page
def test_a_ceiling_stands_only_where_the_limit_is_exceeded(chapter):
    ceilings = budgets.record("ceilings").get(chapter.key, {})
    measured = budgets.measure(chapter.path)
    within = {name for name in ceilings if measured.get(name, ceilings[name]) <= budgets.limits(chapter)[name]}
    assert not within, "run `make budgets`, which takes them away"


def test_no_evidence_page_and_no_unknown_page_has_a_ceiling():
    chapters = {page.key for page in contents.chapters()}
    assert set(budgets.record("ceilings")) <= chapters


def test_the_cpu_time_of_every_notebook_is_recorded():
    seconds = budgets.record("seconds")
    assert set(seconds) == set(map(contents.key, contents.notebooks())), "run `make notebooks`"
    for path in contents.notebooks():
        cells = {cell.id for cell in contents.code_cells(path)}
        assert set(seconds[contents.key(path)]["cells"]) <= cells, f"run tools/execute.py {path.name}"


def test_all_notebooks_and_each_cell_are_quick_enough_for_the_tests():
    seconds = budgets.record("seconds")
    assert sum(entry["total"] for entry in seconds.values()) <= 600
    slow = {(k, cell): s for k, entry in seconds.items() for cell, s in entry["cells"].items() if s > 20}
    assert slow == {}


def test_each_program_keeps_to_its_budget():
    for program in programs.programs():
        assert len(program.text.splitlines()) <= budgets.PROGRAM["lines"], program.name
        tagged = [cell.id for cell in contents.code_cells(program.page.path) if "program" in budgets.tags(cell)]
        spent = budgets.record("seconds")[program.page.key]["cells"]
        limit = budgets.DATA_SECONDS if budgets.on_data(program.page) else budgets.PROGRAM["seconds"]
        assert sum(spent.get(cell, 0) for cell in tagged) <= limit, program.name


def notebook(tmp_path, **changes):
    """Return the path of a small notebook that has one of each thing that is counted."""
    cell, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = {
        "setup": cell("# words that are not counted\nx = 1"),
        "text": text("# Five words and $x = 1$."),
        "claim": text("**Claim 1.** It holds."),
        "view": cell("x = 1  # two words\n\ny = 2\nz = 3"),
        "class": cell("class A:\n    pass\n\n\na = A()\nb = A()\nc = A()"),
        "folded": cell("x = 1\ny = 2", metadata={"tags": ["hide-input"]}),
        "figure": cell("x", metadata={"mystnb": {"figure": {"caption": "A short caption."}}}),
        "stub": cell("def f():\n    raise NotImplementedError"),
        "solution": cell("# @title Solution\ndef f():\n    return 1  # not counted", metadata={"tags": ["hide-cell"]}),
    }
    cells["figure"].outputs = [nbformat.v4.new_output("display_data", {"image/png": ""})]
    html = "<details style='a b'><summary>Why &amp; how?</summary><p>So.</p></details>"
    cells["folded"].outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    for name, each in cells.items():
        each.id = name
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells.values())), tmp_path / "small.ipynb")
    return tmp_path / "small.ipynb"


def test_what_is_counted(tmp_path):
    measured = budgets.measure(notebook(tmp_path))
    # 7 and 4 words of text, 2 in a comment, 3 of the caption, 4 in what opens.
    assert measured["words"] == 7 + 4 + 2 + 3 + 4
    assert (measured["code"], measured["folded"]) == (3 + 5 + 1, 2)
    assert (measured["cell"], measured["class"], measured["median"]) == (3, 5, 4)
    assert (measured["figures"], measured["exercises"], measured["claims"]) == (1, 1, 1)
    assert measured["minutes"] == round(measured["words"] / 150 + 3 / 2)


def test_a_ceiling_holds_until_it_is_not_needed(monkeypatch):
    page = contents.chapters()[0]
    monkeypatch.setattr(budgets, "record", lambda name: {page.key: {"words": 3000, "minutes": 40}})
    assert budgets.excesses(page, {"words": 3001, "code": 231}) == {"words": (3001, 3000), "code": (231, 230)}
    assert budgets.excesses(page, {"words": 2999, "minutes": 40}) == {}
    assert budgets.lowered(page, {"words": 2900, "minutes": 35}) == {"words": 2900}
    assert budgets.lowered(page, {"words": 3100}) == {"words": 3000, "minutes": 40}


def test_a_chapter_on_a_data_set_has_more_time():
    reading = re.compile('"(names-data-set|trains-on-text)"')
    on_data = [page for page in contents.chapters() if reading.search(page.path.read_text(encoding="utf-8"))]
    for page in contents.chapters():
        wanted = budgets.DATA_SECONDS if page in on_data else budgets.CHAPTER["seconds"]
        assert budgets.limits(page)["seconds"] == wanted


def test_the_table_for_a_new_chapter_has_the_limits():
    text = (contents.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("What a new chapter must meet")[2].partition("## ")[0]
    limits = [*budgets.CHAPTER.values(), budgets.DATA_SECONDS, *budgets.EVIDENCE.values(), *budgets.PROGRAM.values()]
    assert [limit for limit in limits if not re.search(rf"(?<!\d){limit:,}(?![\d,])", table)] == []
