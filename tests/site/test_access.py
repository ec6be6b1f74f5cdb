"""Pages for readers who see, point or click in other ways: what is the same on every page, tried on a sample."""

import contents
import pytest

from .conftest import PAGES, SAMPLE, WIDTHS, typeset
from .test_pages import ONE_OF_EACH, OPEN_ALL, SCROLLING_IS_REACHABLE, serious

# What the Tab key should reach: whatever can be acted on and is shown.
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    .filter(node => !node.disabled && node.tabIndex >= 0 && node.checkVisibility({visibilityProperty: true}))"""
FIGURES = next(page.name for page in contents.chapters() if "image/png" in page.path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*SAMPLE, "search", "404", "genindex"])
def test_axe_finds_nothing_serious_in_dark_and_on_a_phone(browser, address, name):
    context = browser.new_context(color_scheme="dark", viewport={"width": WIDTHS["desktop"], "height": 900})
    page = context.new_page()
    page.goto(f"{address}{name}.html", wait_until="load")
    typeset(page)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
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


@pytest.mark.parametrize("name", SAMPLE)
def test_the_tab_key_reaches_everything(browser, address, name):
    page = browser.new_page(viewport={"width": WIDTHS["desktop"], "height": 900})
    page.goto(f"{address}{name}.html", wait_until="load")
    typeset(page)
    page.wait_for_function(SCROLLING_IS_REACHABLE)
    page.evaluate(f"window.left = new Set(({REACHABLE})())")
    count = page.evaluate("left.size")
    assert count > 20
    for _ in range(count + 20):
        page.keyboard.press("Tab")
        page.evaluate("left.delete(document.activeElement)")
    missed = f"({REACHABLE})().filter(node => left.has(node)).map(node => node.outerHTML.slice(0, 200))"
    assert page.evaluate(missed) == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_and_captions_can_be_read(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": WIDTHS["phone"], "height": 844})
    page = context.new_page()
    page.goto(f"{address}{FIGURES}.html", wait_until="load")
    colours = "node => [getComputedStyle(node).color, getComputedStyle(document.querySelector('article p')).color]"
    for caption in page.locator("article figure:not(.frames, .live-network) figcaption").all():
        first, second = caption.evaluate(colours)
        assert first == second  # the colour of the text, whose contrast axe has tested
    for image in page.locator("article .cell_output img").all():
        ground = image.evaluate("node => getComputedStyle(node).backgroundColor")
        assert ground in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")  # light behind the picture, which is light
    context.close()


def test_the_theme_is_switched_and_kept(browser, address):
    context = browser.new_context(color_scheme="light", viewport={"width": WIDTHS["desktop"], "height": 900})
    page = context.new_page()
    page.goto(f"{address}{PAGES[0]}.html", wait_until="load")
    for _ in range(3):  # auto, light, dark
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
        page.locator("button.theme-switch-button").first.click()
    page.goto(f"{address}{PAGES[1]}.html", wait_until="load")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_a_page_without_scripts_says_what_is_missing_and_has_its_colours(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / f"{SAMPLE[1]}.html").as_uri())
    assert "Without JavaScript formulas stay as they are typed" in page.inner_text("article")
    assert page.locator('html[data-theme="light"]').count() == 1
    fold = page.locator("details.hide", has_text="Setup").first
    fold.locator("summary").click()
    assert fold.locator("pre").is_visible()
    context.close()


def test_a_place_chosen_in_the_drawer_of_a_narrow_window_is_shown(browser, address):
    page = browser.new_page(viewport={"width": WIDTHS["phone"], "height": 800})
    page.goto(f"{address}{SAMPLE[1]}.html", wait_until="load")
    typeset(page)
    page.locator("button.secondary-toggle").click()
    drawer = page.locator("dialog[open]")
    link = drawer.locator('a[href^="#"]:visible').nth(3)
    target = link.get_attribute("href")
    link.click()
    drawer.wait_for(state="detached")
    top = "document.getElementById(id).getBoundingClientRect().top"
    page.wait_for_function(f"id => {top} > -5 && {top} < 200", arg=target[1:])
    page.close()


RING = "() => { const style = getComputedStyle(document.activeElement); return style.outlineStyle + style.boxShadow }"


def test_the_keyboard_is_seen_and_kept_on_the_buttons_of_the_header(browser, address):
    for colours in ("none", "active"):
        page = browser.new_page(viewport={"width": WIDTHS["desktop"], "height": 800}, forced_colors=colours)
        page.goto(f"{address}{SAMPLE[1]}.html", wait_until="load")
        names = []
        for _ in range(80):
            page.keyboard.press("Tab")
            name = page.evaluate(
                "document.activeElement.closest('.bd-header-article button') && document.activeElement.className"
            )
            if name:
                names.append(name)
                assert page.evaluate(RING) != "nonenone", name
        assert any("primary-toggle" in name for name in names) and len(names) >= 4
        theme = page.locator("button.theme-switch-button:visible").first
        if theme.count():
            theme.focus()
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.className").count("theme-switch-button")
        page.close()
