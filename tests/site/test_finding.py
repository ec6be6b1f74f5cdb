"""Finding one's way: numbers, search, previews, buttons, and what stands behind them."""

import re
import shutil
import subprocess
import sys
import tomllib
from xml.etree import ElementTree

import contents
import numbering
import pytest
import repository
import yaml

from .conftest import BY_NAME, PAGES, ROOT, SAMPLE, build, watched

CHAPTERS = contents.chapters()
IN_ORDER = [name for name in PAGES if not BY_NAME[name].chapter]  # without the evidence pages
REPOSITORY, BRANCH = "https://github.com/someone/some-course", "trunk"
SITE = "https://someone.github.io/some-course/"


def build_with(folder, *address):
    """Build a copy of the book whose repository's address was set by the command for it, as in a fork."""
    for name in ("book", "tools"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "_toc.yml", folder)
    # A site on another host has its own address in the settings, which would hide what follows from the repository's.
    config = re.sub(r"^  baseurl:.*\n", "", (ROOT / "_config.yml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    (folder / "_config.yml").write_text(config, encoding="utf-8")
    subprocess.run([sys.executable, folder / "tools" / "repository.py", *address], check=True)
    return folder / "_build" / "html", build(folder, folder)


@pytest.fixture(scope="module")
def forked(tmp_path_factory):
    """Return the folder of the site of a fork."""
    return build_with(tmp_path_factory.mktemp("fork"), REPOSITORY, BRANCH)[0]


@pytest.fixture(scope="module")
def unset(tmp_path_factory):
    """Return the folder of a site whose address is the placeholder, and what its build printed."""
    return build_with(tmp_path_factory.mktemp("unset"), repository.PLACEHOLDER)


def meta(html):
    """Return the names and contents of a page's meta elements."""
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', html))
    return found | {name: content for content, name in re.findall(r'<meta content="([^"]*)" name="([^"]+)"', html)}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda page: page.stem)
def test_equations_and_figures_have_the_number_of_the_chapter(site, chapter):
    pages = [chapter, *(page for page in contents.evidence() if page.chapter == chapter.name)]
    title = re.search('<h1><span class="section-number">([^<]*)</span>', html_of(site, chapter.name))[1]
    assert title.strip() == f"{chapter.number}."
    for kind in ('class="eqno">', 'caption-number">(?:Fig|Figure)'):
        found = [n for page in pages for n in re.findall(kind + r"[^\d<]*([\d.]+)", html_of(site, page.name))]
        assert found == [f"{chapter.number}.{place}" for place in range(1, len(found) + 1)]


def test_typed_numbers_of_equations_and_figures_are_those_of_the_site(site):
    known = numbering.labels()
    for page in CHAPTERS + contents.evidence():
        html = html_of(site, page.name)
        for number, label in re.findall(r'class="eqno">\(([\d.]+)\)<a[^>]*href="#equation-([\w-]+)"', html):
            assert known[label] == number
        for number, label in re.findall(r'caption-number">Fig. ([\d.]+) .*?href="#(fig-[\w-]+)"', html):
            assert known[label] == number
    assert known


def html_of(site, name):
    """Return the HTML of a page."""
    return (site / f"{name}.html").read_text(encoding="utf-8")


def neighbour(site, name, side):
    """Return the page to which the link at the foot of a page leads, None where there is no link."""
    link = re.search(rf'class="{side}-(?:prev|next)"\s+href="([^"]+)"', html_of(site, name))
    if not link:
        return None
    file = (site / f"{name}.html").parent.joinpath(link[1]).resolve()
    return file.relative_to(site.resolve()).with_suffix("").as_posix()


def test_next_and_previous_skip_evidence_pages(site):
    assert [neighbour(site, name, "right") for name in IN_ORDER] == [*IN_ORDER[1:], None]
    assert [neighbour(site, name, "left") for name in IN_ORDER] == [None, *IN_ORDER[:-1]]


def test_an_evidence_page_leads_back_to_its_chapter_and_on(site):
    for page in contents.evidence():
        following = IN_ORDER[IN_ORDER.index(page.chapter) + 1]
        assert neighbour(site, page.name, "left") == page.chapter, page.name
        assert neighbour(site, page.name, "right") == following, page.name


QUERIES = [
    (contents.title(CHAPTERS[-1]), CHAPTERS[-1].name),
    *((contents.title(page), page.name) for page in contents.evidence()[:1]),
    ("遗忘门", "book/glossary"),
    ("inplace operation", "book/common-errors"),
]


@pytest.mark.parametrize(("query", "name"), QUERIES)
def test_search_works_without_a_network(browser, address, query, name):
    context = browser.new_context()
    page = watched(context, name, address)
    page.goto(f"{address}{PAGES[0]}.html")
    page.keyboard.press("Control+K")
    page.keyboard.type(query)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#search-results a[href*="{name}.html"]')
    assert page.problems == []
    context.close()


def test_code_is_copied_by_its_button(browser, address):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = watched(context, "copy", address)
    page.goto(f"{address}{CHAPTERS[0].name}.html", wait_until="load")
    cell = page.locator("div.cell:not(.tag_hide-input) div.cell_input div.highlight").first
    cell.hover()
    cell.locator("button.copybtn").click()
    assert page.evaluate("navigator.clipboard.readText()") == cell.locator("pre").inner_text().strip()
    context.close()


def test_every_page_describes_itself_in_its_own_words(site):
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    found = {name: meta(html_of(site, name)) for name in PAGES}
    for name, page in found.items():
        assert len(page["description"].split()) >= 6, name
        assert page["og:title"] and page["og:description"] and page["og:site_name"] == title, name
    assert len({page["description"] for page in found.values()}) == len(PAGES)


def test_a_notebook_can_be_downloaded(site):
    for name, page in BY_NAME.items():
        (source,) = re.findall(r'href="([^"]+)"[^>]*\n?[^>]*btn-download-source-button', html_of(site, name))
        copy = site / "_sources" / f"{name}{page.path.suffix}"
        assert (site / name).parent.joinpath(source).resolve() == copy.resolve()
        assert copy.read_bytes() == page.path.read_bytes()


@pytest.mark.parametrize("name", [*SAMPLE, "404", "search"])
def test_no_page_has_a_button_that_leads_nowhere(unset, name):
    site, printed = unset
    assert printed.count("No repository is set, so no page has a button for Colab, edits or issues") == 1
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    assert not [link for link in re.findall('(?:href|src|action|content)="([^"]*)"', html) if "OWNER" in link]
    assert "colab.research.google.com" not in html and "launch-button" not in html
    assert not (site / "sitemap.xml").exists()


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fork_has_its_buttons_and_previews(forked, name):
    html = (forked / f"{name}.html").read_text(encoding="utf-8")
    suffix = ".ipynb" if BY_NAME[name].path.suffix == ".ipynb" else ".md"
    links = re.findall('href="([^"]+)"', html)
    assert REPOSITORY in links
    assert f"{REPOSITORY}/edit/{BRANCH}/{name}{suffix}" in links
    assert any(link.startswith(f"{REPOSITORY}/issues/new") for link in links)
    colab = f"https://colab.research.google.com/github/someone/some-course/blob/{BRANCH}/{name}.ipynb"
    assert (colab in links) == (suffix == ".ipynb")
    assert f'<link rel="canonical" href="{SITE}{name}.html" />' in html
    found = meta(html)
    assert found["og:url"] == f"{SITE}{name}.html"
    if "og:image" in found:
        assert (forked / found["og:image"].removeprefix(SITE)).exists()
        assert len(found["og:image:alt"].split()) >= 8
    assert ("og:image" in found) == ("<figure" in html and "_images/" in html)


def test_a_fork_has_a_site_map(forked):
    found = {node.text for node in ElementTree.parse(forked / "sitemap.xml").iter() if node.tag.endswith("loc")}
    assert {f"{SITE}{name}.html" for name in PAGES} <= found
    assert not any("404" in address for address in found)


def test_the_404_page_works_from_any_address(forked, browser):
    # GitHub Pages answers every wrong address below the site's with this page.
    page = browser.new_page()
    problems = []

    def serve(route):
        file = forked / route.request.url.removeprefix(SITE).split("?")[0]
        if route.request.url.startswith(SITE):
            route.fulfill(path=file if file.is_file() else forked / "404.html", status=200 if file.is_file() else 404)
        else:
            problems.append(route.request.url)
            route.abort()

    page.route("**/*", serve)
    page.goto(f"{SITE}book/gone/for-good.html", wait_until="load")
    assert "no page at this address" in page.inner_text("article")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") > "20px"
    chapter = CHAPTERS[-1]
    page.click(f"text={chapter.number}. {contents.title(chapter)}")
    assert page.url == f"{SITE}{chapter.name}.html"
    assert problems == []
    page.close()


def test_only_the_pages_of_the_table_of_contents_are_built(site):
    files = [path.relative_to(site) for path in site.rglob("*.html")]
    built = {path.with_suffix("").as_posix() for path in files if "_static" not in path.parts}
    assert built - set(PAGES) <= {"404", "index", "search", "genindex"}
    assert set(PAGES) <= built


def test_citation_file():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0" and citation["title"] == config["title"]
    assert citation["version"] == project["version"] and citation["authors"] and citation["message"]
