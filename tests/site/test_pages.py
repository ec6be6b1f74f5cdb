"""Every page of the built site, opened in a real browser."""

import io
from urllib.parse import unquote, urldefrag

import numpy as np
import pytest
from PIL import Image

from .conftest import PAGES, WIDTHS, typeset, watched

SLIDERS = {
    "book/01-recurrence": 1,
    "book/02-exploding-gradients": 1,
    "book/07-sin-to-cos": 3,
    "book/08-forecasting": 1,
    "book/10-filling-gaps": 1,
}
EXPLORED = {"book/01-recurrence", "book/02-exploding-gradients"}  # a live control beside the slider, with a kernel
CHAPTERS = [name for name in PAGES if name[5:7].isdigit()]


def test_opens_without_an_error_or_a_foreign_request(page):
    assert page.problems == []


def test_maths_is_typeset(page):
    formulas = page.locator(".math:visible")
    for formula in formulas.all():
        assert formula.locator("mjx-container").count() >= 1, formula.inner_text()
    assert page.locator("mjx-merror").count() == 0
    # No formula was left as text.
    text = page.locator("article").inner_text()
    assert "$$" not in text and "\\frac" not in text


def test_images_have_alt_text(page):
    for image in page.locator("article img").all():
        alt = image.get_attribute("alt") or ""
        assert len(alt.split()) >= 8, f"{image.get_attribute('src')}: {alt!r}"
        assert not alt.endswith((".png", ".svg", ".jpg"))
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_does_not_scroll_sideways(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_internal_links_lead_somewhere(page, site, address):
    for link in page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"):
        target, fragment = urldefrag(link)
        if not target.startswith(address):
            continue
        file = site / unquote(target.removeprefix(address).split("?")[0] or "index.html")
        assert file.exists(), link
        if fragment and file.suffix == ".html":
            assert f'id="{unquote(fragment)}"' in file.read_text(), link


@pytest.mark.parametrize("page", CHAPTERS, indirect=True)
def test_a_chapter_has_figures_with_captions_and_formulas(page):
    # Without any, the tests above would check nothing.
    assert page.locator("article figure img").count() >= 3
    assert page.locator("article figure").count() == page.locator("article figcaption").count()
    assert page.locator("mjx-container").count() >= 3


def state(figure):
    """Return a slider's picture, its alternative text and its label."""
    image = figure.locator("img")
    return image.get_attribute("src"), image.get_attribute("alt"), figure.locator("output").inner_text()


@pytest.mark.parametrize("page", [name for name in PAGES if name in SLIDERS], indirect=True)
def test_sliders_are_moved_by_keyboard_mouse_and_touch(page):
    figures = page.locator("figure.frames").all()
    assert len(figures) == SLIDERS[page.name]
    for figure in figures:
        control, (back, forth) = figure.locator("input"), figure.locator("button").all()
        assert control.is_visible()
        first = state(figure)
        control.focus()
        page.keyboard.press("ArrowRight")
        second = state(figure)
        assert all(one != other for one, other in zip(first, second, strict=True))
        assert control.get_attribute("aria-valuetext") == second[2]
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")  # on the button before
        assert state(figure) == first
        forth.click()
        assert state(figure) == second
        back.tap()
        assert state(figure) == first
        box = control.bounding_box()
        page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
        assert control.input_value() == control.get_attribute("max")
        assert state(figure)[0] not in (first[0], second[0])


@pytest.mark.parametrize("page", [name for name in PAGES if name in SLIDERS], indirect=True)
def test_a_live_control_without_a_kernel_is_not_on_the_page(page):
    assert ("frames.explore(" in page.locator("article").inner_text()) is (page.name in EXPLORED)
    assert page.locator("article .widget-subarea, article script[type*=widget]").count() == 0
    assert page.locator("article input").count() == SLIDERS[page.name]


@pytest.mark.parametrize("page", CHAPTERS, indirect=True)
def test_solutions_are_folded_and_can_be_unfolded(page):
    folded = page.locator("details.hide", has_text="Show the solution")
    assert folded.count() >= 2
    solution = folded.first
    assert not solution.locator("pre").first.is_visible()
    solution.locator("summary").click()
    assert solution.locator("pre").first.is_visible()


def test_only_the_pages_of_the_table_of_contents_are_built(site):
    built = {
        str(path.relative_to(site).with_suffix("")) for path in site.rglob("*.html") if "_static" not in path.parts
    }
    assert built - set(PAGES) <= {"404", "index", "search", "genindex"}
    assert set(PAGES) <= built


@pytest.mark.parametrize("name", [*PAGES, "search", "404", "genindex"])
def test_a_page_looks_the_same_with_the_network_cut(browser, address, name):
    def pictures(cut):
        context = browser.new_context(viewport={"width": WIDTHS["desktop"], "height": 900}, reduced_motion="reduce")
        page = watched(context, name, address) if cut else context.new_page()
        page.goto(f"{address}{name}.html", wait_until="networkidle")
        typeset(page)
        page.evaluate("Promise.all([document.fonts.ready, ...[...document.images].map(i => i.decode())]).then(() => 0)")
        yield page.screenshot(animations="disabled", caret="hide")
        # Further down without what follows the reader: it comes a moment later or earlier.
        follows = ".bd-sidebar-secondary, .bd-header-article { visibility: hidden }"
        for share in (0.4, 1):
            place = f"Math.round({share} * (document.body.scrollHeight - 900))"
            page.evaluate(f"window.scrollTo({{top: {place}, behavior: 'instant'}})")
            page.wait_for_function(f"Math.abs(window.scrollY - Math.max({place}, 0)) < 1")
            page.wait_for_timeout(300)
            yield page.screenshot(animations="disabled", caret="hide", style=follows)
        context.close()

    def differ():
        return [
            (np.asarray(Image.open(io.BytesIO(one))) != np.asarray(Image.open(io.BytesIO(other)))).any(axis=2).mean()
            for one, other in zip(pictures(cut=True), pictures(cut=False), strict=True)
        ]

    # The edge of a field may be drawn a little otherwise, on a busy machine a moment late; a missing part is larger.
    assert any(max(differ()) < 2e-4 for _ in range(3))
