"""Finding one's way: numbers, search, previews, buttons, and what stands behind them."""

import re
import shutil
import subprocess
import sys
import tomllib
from xml.etree import ElementTree

import pytest
import repository
import yaml

from .conftest import PAGES, ROOT, TOC, build, typeset, watched

CHAPTERS = [chapter["file"] for part in TOC["parts"] if "numbered" in part for chapter in part["chapters"]]
REPOSITORY, BRANCH = "https://github.com/someone/some-course", "trunk"
SITE = "https://someone.github.io/some-course/"


def build_with(folder, *address):
    """Build a copy of the book whose repository's address was set by the command for it, as in a fork."""
    for name in ("book", "tools"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "_toc.yml", folder)
    # A site on another host has its own address in the settings, which would hide what follows from the repository's.
    config = re.sub(r"^  baseurl:.*\n", "", (ROOT / "_config.yml").read_text(), flags=re.MULTILINE)
    (folder / "_config.yml").write_text(config)
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


@pytest.mark.parametrize("number, name", list(enumerate(CHAPTERS, 1)))
def test_chapters_equations_and_figures_have_the_number_of_the_file(site, number, name):
    assert int(name.split("/")[1][:2]) == number
    html = (site / f"{name}.html").read_text()
    title = re.search('<h1><span class="section-number">([^<]*)</span>', html)[1]
    assert title.strip() == f"{number}."
    for kind in ('class="eqno">', 'caption-number">(?:Fig|Figure)'):
        found = re.findall(kind + r"[^\d<]*([\d.]+)", html)
        assert found == [f"{number}.{place}" for place in range(1, len(found) + 1)]
        assert found or "eqno" in kind


def test_reading_order(browser, address):
    page = browser.new_page()
    page.goto(f"{address}{PAGES[0]}.html")
    for name in PAGES[1:]:
        page.click(".prev-next-footer a.right-next")
        assert page.url == f"{address}{name}.html"
    for name in reversed(PAGES[:-1]):
        page.click(".prev-next-footer a.left-prev")
        assert page.url == f"{address}{name}.html"
    page.close()


@pytest.mark.parametrize(
    ("query", "name"),
    [("forget gate", "book/05-lstm-and-gru"), ("遗忘门", "book/glossary"), ("inplace operation", "book/common-errors")],
)
def test_search_works_without_a_network(browser, address, query, name):
    context = browser.new_context()
    page = watched(context, name, address)
    page.goto(f"{address}book/intro.html")
    page.keyboard.press("Control+K")
    page.keyboard.type(query)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#search-results a[href*="{name}.html"]')
    assert page.problems == []
    context.close()


@pytest.mark.parametrize("name", [name for name in CHAPTERS[:2]])
def test_code_is_copied_by_its_button(browser, address, name):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}{name}.html", wait_until="load")
    cell = page.locator("div.cell:not(.tag_hide-input) div.cell_input div.highlight").first
    cell.hover()
    cell.locator("button.copybtn").click()
    assert page.evaluate("navigator.clipboard.readText()") == cell.locator("pre").inner_text().strip()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_describes_itself(site, name):
    found = meta((site / f"{name}.html").read_text())
    assert len(found["description"].split()) >= 6
    assert found["og:title"] and found["og:description"] and found["og:site_name"].startswith("RNNs in PyTorch")


def test_descriptions_differ(site):
    assert len({meta((site / f"{name}.html").read_text())["description"] for name in PAGES}) == len(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_notebook_can_be_downloaded(site, name):
    html = (site / f"{name}.html").read_text()
    suffix = ".ipynb" if (ROOT / f"{name}.ipynb").exists() else ".md"
    (source,) = re.findall(r'href="([^"]+)"[^>]*\n?[^>]*btn-download-source-button', html)
    assert (site / name).parent.joinpath(source).resolve() == (site / "_sources" / f"{name}{suffix}").resolve()
    assert (site / "_sources" / f"{name}{suffix}").read_bytes() == (ROOT / f"{name}{suffix}").read_bytes()


@pytest.mark.parametrize("name", [*PAGES, "404", "search"])
def test_no_page_has_a_button_that_leads_nowhere(unset, name):
    site, printed = unset
    assert printed.count("No repository is set, so no page has a button for Colab, edits or issues") == 1
    html = (site / f"{name}.html").read_text()
    assert not [link for link in re.findall('(?:href|src|action|content)="([^"]*)"', html) if "OWNER" in link]
    assert "colab.research.google.com" not in html and "launch-button" not in html
    assert not (site / "sitemap.xml").exists()


@pytest.mark.parametrize("name", PAGES)
def test_a_fork_has_its_buttons_and_previews(forked, name):
    html = (forked / f"{name}.html").read_text()
    suffix = ".ipynb" if (ROOT / f"{name}.ipynb").exists() else ".md"
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
    page.click("text=3. RNNCell by hand")
    assert page.url == f"{SITE}book/03-rnncell-by-hand.html"
    assert problems == []
    page.close()


def test_the_shapes_print_on_two_sheets(browser, address):
    page = browser.new_page()
    page.goto(f"{address}book/shapes.html", wait_until="load")
    typeset(page)
    pdf = page.pdf(format="A4")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
    page.close()


def test_citation_file():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert citation["cff-version"] == "1.2.0" and citation["title"] == config["title"]
    assert citation["version"] == project["version"] and citation["authors"] and citation["message"]
