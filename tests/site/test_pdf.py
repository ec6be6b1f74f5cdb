"""The whole book as one PDF file: printed once, and read again with the library that finished it."""

import io
import re
import shutil

import contents
import one_page
import pdf
import pikepdf
import pytest


@pytest.fixture(scope="module")
def copy(site, tmp_path_factory):
    """Return a copy of the site's pages, to be printed and changed."""
    return shutil.copytree(site, tmp_path_factory.mktemp("pdf") / "html")


@pytest.fixture(scope="module")
def book(copy):
    """Return the one page with the appendix."""
    return one_page.whole(site=copy)


@pytest.fixture(scope="module")
def printed(book, copy, browser):
    """Return the PDF."""
    data = pdf.printed(book, browser, copy)
    assert not (copy / "one-page.html").exists()
    return data


def texts(bookmarks, depth=0):
    """Return the depths and words of bookmarks."""
    found = []
    for each in bookmarks:
        found += [(depth, each.title), *texts(each.children, depth + 1)]
    return found


def test_the_one_page_has_every_page_and_no_link_that_leads_nowhere(book):
    tree = one_page.tree(book)
    names = {one_page.name_of(page.name) for page in contents.pages()}
    assert names <= {article["id"] for article in tree.select("article")}
    ids = [node["id"] for node in tree.select("[id]")]
    targets = {link["href"][1:] for link in tree.select('a[href^="#"]')}
    assert targets <= set(ids)
    doubled = {name for name in targets if ids.count(name) > 1}
    assert doubled == set()
    links = [link["href"] for link in tree.select("a[href]")]
    assert "tex-chtml.js" in book  # without it the formulas stay as they are typed
    assert [link for link in links if not re.match("#|https?:|mailto:", link)] == []


def test_solutions_stand_in_the_appendix_alone_or_nowhere(book, copy):
    cells = [cell for page in contents.chapters() for cell in contents.code_cells(page.path)]
    solutions = sum(map(contents.is_solution, cells))
    before, after = book.split('<article class="bd-article" id="appendix">')
    mark = "# @title Solution"
    assert mark not in before and after.count(mark) == solutions
    assert "Hint 1 of" not in before and "Hint 1 of" in after
    assert before.count("in the appendix</a>") == solutions
    without = one_page.whole(False, copy)
    for words in (mark, "Hint 1 of", "Right. ", "the appendix", "Marking key"):
        assert words in book and words not in without, words


def test_the_pdf_has_bookmarks_and_numbers_that_lead_to_their_pages(printed, book):
    with pikepdf.open(io.BytesIO(printed)) as document:
        assert str(document.docinfo.Title) == one_page.settings("_config.yml")["title"]
        assert 100 < len(document.pages) < 600
        with document.open_outline() as outline:
            marks = texts(outline.root)
    for page in contents.chapters():
        assert (1, f"{page.number}. {contents.title(page).replace('`', '')}") in marks
    evidence = [words for depth, words in marks if depth == 2 and words.startswith("Evidence")]
    assert len(evidence) == len(contents.evidence())
    pages = pdf.pages_of(printed)
    listed = [pages[node["data-page-of"]] for node in one_page.tree(book).select("[data-page-of]")]
    assert listed == sorted(listed) and listed[0] > 1


def test_the_site_links_to_the_pdf_once_it_is_there(copy):
    pdf.link(copy, 8.4)
    pdf.link(copy, 8.4)
    for page in contents.pages():
        html = (copy / f"{page.name}.html").read_text(encoding="utf-8")
        up = "../" * page.name.count("/")
        assert html.count(f'dropdown-item" href="{up}{pdf.FILE}"') == 1, page.name
    first = (copy / f"{contents.pages()[0].name}.html").read_text(encoding="utf-8")
    assert f'<a href="../{pdf.FILE}">the whole book as one PDF file</a> (8 MB)' in first


def test_a_switch_of_other_words_is_refused():
    with pytest.raises(SystemExit, match="SOLUTIONS is yes or no, not maybe"):
        pdf.main("maybe")
