"""Every page for readers who see, point or click in other ways, in light and in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import PAGES, WIDTHS, typeset

PAGES_AND_SEARCH = [*PAGES, "search", "404", "genindex"]
OPEN_ALL = "document.querySelectorAll('details').forEach(details => details.open = true)"
# Of thousands of coloured words in code, axe needs one of each kind, inputs and outputs apart.
ONE_OF_EACH = """() => {
    const seen = new Set();
    for (const word of document.querySelectorAll('pre span[class]')) {
        const kind = word.className + !!word.closest('.cell_output');
        seen.has(kind) ? word.replaceWith(word.textContent) : seen.add(kind);
    }
}"""
# What the Tab key should reach: whatever can be acted on and is shown.
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    .filter(node => !node.disabled && node.tabIndex >= 0 && node.checkVisibility({visibilityProperty: true}))"""


def serious(page, **options):
    """Return axe-core's serious and critical findings on a page, in words."""
    page.wait_for_timeout(500)  # the theme waits for 300 ms before it looks which parts scroll
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES_AND_SEARCH)
def test_axe_finds_nothing_serious(browser, address, name, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": WIDTHS["desktop"], "height": 900})
    page = context.new_page()
    page.goto(f"{address}{name}.html", wait_until="load")
    typeset(page)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.evaluate(OPEN_ALL)
    page.evaluate(ONE_OF_EACH)
    assert serious(page) == []
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 844})
    assert serious(page, rules={"color-contrast": {"enabled": False}}) == []  # the colours are the same
    context.close()


def test_axe_would_find_a_fault(browser, address):
    page = browser.new_page()
    page.goto(f"{address}book/notation.html", wait_until="load")
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<img src=\"x.png\">')")
    page.evaluate("document.querySelector('article p').style.color = '#bbb'")
    assert {finding.split(":")[0] for finding in serious(page)} == {"image-alt", "color-contrast"}
    page.close()


def test_the_tab_key_reaches_everything(page):
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
    page.wait_for_timeout(500)
    page.evaluate(f"window.left = new Set(({REACHABLE})())")
    count = page.evaluate("left.size")
    assert count > 20
    for _ in range(count + 20):
        page.keyboard.press("Tab")
        page.evaluate("left.delete(document.activeElement)")
    missed = f"({REACHABLE})().filter(node => left.has(node)).map(node => node.outerHTML.slice(0, 200))"
    assert page.evaluate(missed) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_and_captions_can_be_read(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": WIDTHS["phone"], "height": 844})
    page = context.new_page()
    page.goto(f"{address}book/02-exploding-gradients.html", wait_until="load")
    colours = "node => [getComputedStyle(node).color, getComputedStyle(document.querySelector('article p')).color]"
    for caption in page.locator("article figure:not(.frames) figcaption").all():
        first, second = caption.evaluate(colours)
        assert first == second  # the colour of the text, whose contrast axe has tested
    for image in page.locator("article .cell_output img").all():
        ground = image.evaluate("node => getComputedStyle(node).backgroundColor")
        assert ground in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")  # light behind the picture, which is light
    context.close()


def test_the_theme_is_switched_and_kept(browser, address):
    context = browser.new_context(color_scheme="light", viewport={"width": WIDTHS["desktop"], "height": 900})
    page = context.new_page()
    page.goto(f"{address}book/notation.html", wait_until="load")
    for _ in range(3):  # auto, light, dark
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
        page.locator("button.theme-switch-button").first.click()
    page.goto(f"{address}book/glossary.html", wait_until="load")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()
