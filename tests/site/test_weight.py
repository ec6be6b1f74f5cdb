"""What a page loads: only what it uses, and nothing that keeps a reader waiting."""

import re

import contents
import pytest

from .conftest import SAMPLE, build

PARTS = re.compile(r'(?:src|href)="([^"?#]+\.(?:js|css))')
# A script or style sheet of the theme and the mark in a page that has something for it to do.
USES = {
    "mathjax": 'class="math',
    "copybutton": 'class="highlight',
    "clipboard": 'class="highlight',
    "mystnb": 'class="cell',
    "searchtools": 'id="search-results"',
    "searchindex": 'id="search-results"',
    "thebe": None,
    "fontawesome": None,
    "togglebutton": None,
    "design": None,
    "require": None,
}


@pytest.mark.parametrize("name", [*SAMPLE, "search"])
def test_scripts_that_a_page_does_not_use_are_not_loaded(site, name):
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    loaded = PARTS.findall(re.sub("<link rel=.preload.*", "", html))
    assert len(loaded) == len(set(loaded)) > 5
    for part, mark in USES.items():
        needed = mark is not None and mark in html.partition("<body")[2]
        assert any(part in file for file in loaded) == needed, part


def test_the_first_paint_does_not_wait_for_mathjax(browser, address):
    page = browser.new_page()
    held = []
    page.route("**/mathjax/tex-chtml.js*", lambda route: held.append(route))  # answered later
    page.goto(f"{address}{contents.chapters()[0].name}.html", wait_until="commit")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length == 1")
    page.wait_for_selector("article h2 >> nth=3")
    # The rest of the page works too: a folded cell opens, a code cell can be copied.
    page.wait_for_selector("button.copybtn", state="attached")
    assert held and page.locator("mjx-container").count() == 0
    held[0].continue_()
    page.wait_for_selector("mjx-container", state="attached")
    page.close()


def test_a_build_with_unchanged_sources_reads_none_of_them_again(site):
    assert "0 added, 0 changed, 0 removed" in build(site.parent.parent)
