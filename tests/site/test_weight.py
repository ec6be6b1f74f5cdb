"""What a page loads: only what it uses, little of it, and nothing that keeps a reader waiting."""

import gzip
import re
import time

import pytest

from .conftest import PAGES, build, watched

LIMIT = 2_500_000  # bytes over the wire, with all figures
COMPRESSED = (".html", ".js", ".css", ".svg")  # what every common host sends gzipped
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


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light(browser, address, site, name, record_property):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = watched(context, name, address)
    sizes = {}

    def weigh(response):
        file = site / response.url.removeprefix(address).split("?")[0]
        data = file.read_bytes()
        sizes[file.name] = len(gzip.compress(data) if file.suffix in COMPRESSED else data)

    page.on("response", weigh)
    page.goto(f"{address}{name}.html", wait_until="load")
    height = page.evaluate("document.body.scrollHeight")
    for place in range(0, height, 800):  # figures may be loaded when they come into view
        page.evaluate(f"window.scrollTo(0, {place})")
    page.wait_for_load_state("networkidle")
    context.close()
    assert f"{name.split('/')[1]}.html" in sizes and len(sizes) > 5
    total = sum(sizes.values())
    record_property("bytes", total)
    assert total <= LIMIT, sorted(sizes.items(), key=lambda item: -item[1])[:5]


@pytest.mark.parametrize("name", [*PAGES, "search"])
def test_scripts_that_a_page_does_not_use_are_not_loaded(site, name):
    html = (site / f"{name}.html").read_text()
    loaded = PARTS.findall(re.sub("<link rel=.preload.*", "", html))
    assert len(loaded) == len(set(loaded)) > 5
    for part, mark in USES.items():
        needed = mark is not None and mark in html.partition("<body")[2]
        assert any(part in file for file in loaded) == needed, part


def test_the_first_paint_does_not_wait_for_mathjax(browser, address):
    page = browser.new_page()
    held = []
    page.route("**/mathjax/tex-chtml.js*", lambda route: held.append(route))  # answered later
    page.goto(f"{address}book/02-exploding-gradients.html", wait_until="commit")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length == 1")
    page.wait_for_selector("article h2 >> nth=3")
    # The rest of the page works too: a folded cell opens, a code cell can be copied.
    page.wait_for_selector("button.copybtn", state="attached")
    assert held and page.locator("mjx-container").count() == 0
    held[0].continue_()
    page.wait_for_selector("mjx-container", state="attached")
    page.close()


def test_a_build_with_unchanged_sources_is_quick(site):
    start = time.monotonic()
    output = build(site.parent.parent)
    assert time.monotonic() - start < 15
    assert "0 added, 0 changed, 0 removed" in output
