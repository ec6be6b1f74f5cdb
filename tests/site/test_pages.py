"""Every page of the built site, opened once in a real browser; the tests stand in the order in which they change it."""

import gzip
import io
import re
from urllib.parse import unquote, urldefrag

import budgets
import contents
import nbformat
import numpy as np
import programs
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from .conftest import BY_NAME, SAMPLE, WIDTHS, typeset

LIMIT = 2_500_000  # bytes over the wire, with all figures
COMPRESSED = (".html", ".js", ".css", ".svg")  # what every common host sends gzipped
OPEN_ALL = "document.querySelectorAll('details').forEach(details => details.open = true)"
# Of thousands of coloured words in code, axe needs one of each kind, inputs and outputs apart.
ONE_OF_EACH = """() => {
    const seen = new Set();
    for (const word of document.querySelectorAll('pre span[class]')) {
        const kind = word.className + !!word.closest('.cell_output');
        seen.has(kind) ? word.replaceWith(word.textContent) : seen.add(kind);
    }
}"""
# The theme makes what scrolls reachable by the Tab key, a moment after the window's last change.
SCROLLING_IS_REACHABLE = """() => [...document.querySelectorAll('pre, .cell_output > .output')]
    .every(node => node.scrollWidth <= node.clientWidth || node.tabIndex >= 0)"""

# What is folded out fades in, and has another contrast until it has.
ALL_IS_STILL = """Promise.all(document.getAnimations()
    .filter(each => each.effect.getComputedTiming().endTime < Infinity)
    .map(each => each.finished.catch(() => 0))).then(() => 0)"""


def notebook_of(page):
    """Return the code cells of the notebook behind a page, none for a page that is a text file."""
    path = BY_NAME[page.name].path
    return contents.code_cells(path) if path.suffix == ".ipynb" else []


def shown(cell):
    """Return the HTML that a cell has stored."""
    return "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)


def test_opens_without_an_error_or_a_foreign_request(page):
    assert page.problems == []


def test_maths_is_typeset(page):
    formulas = "[...document.querySelectorAll('.math')].filter(node => node.checkVisibility())"
    bare = f"{formulas}.filter(node => !node.querySelector('mjx-container')).map(node => node.innerText)"
    assert page.evaluate(bare) == []
    assert page.locator("mjx-merror").count() == 0
    text = page.locator("article").inner_text()
    assert "$$" not in text and "\\frac" not in text  # no formula was left as text
    path = BY_NAME[page.name].path
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells] if path.suffix == ".ipynb" else []
    formulas = sum(source.count("$$ (") for source in sources)
    assert page.locator("mjx-container").count() >= formulas  # without any, there would be nothing to check


ALT = """[...document.querySelectorAll('article img')].map(image => { image.loading = 'eager';
    return [image.getAttribute('src').slice(0, 80), image.alt] })"""


@pytest.mark.style
def test_images_have_alt_text(page):
    for source, alt in page.evaluate(ALT):
        assert len(alt.split()) >= 8 and not alt.endswith((".png", ".svg", ".jpg")), f"{source}: {alt!r}"


def test_images_are_there(page):
    found = page.evaluate(ALT)
    page.wait_for_function(
        "[...document.querySelectorAll('article img')].every(image => image.complete && image.naturalWidth > 0)"
    )
    pictures = sum("image/png" in output.get("data", {}) for cell in notebook_of(page) for output in cell.outputs)
    assert len(found) >= pictures


@pytest.mark.style
def test_figures_have_captions(page):
    figures, captions = page.locator("article figure").count(), page.locator("article figcaption").count()
    assert figures == captions
    named = [cell for cell in notebook_of(page) if "figure" in cell.metadata.get("mystnb", {})]
    assert figures >= len(named)


# What is cut at the edge of the window, or of its box, and cannot be scrolled to.
CUT = """() => [
    ...[...document.querySelectorAll('article p > span.math mjx-container, article li > span.math mjx-container')]
        .filter(node => node.checkVisibility() && !node.closest('table'))
        .filter(node => node.getBoundingClientRect().right > innerWidth + 1),
    ...[...document.querySelectorAll('.prev-next-area a')].filter(node => node.scrollWidth > node.clientWidth + 1)
].map(node => node.innerText.slice(0, 60))"""


def test_does_not_scroll_sideways(page):
    for width in (*WIDTHS.values(), 320):  # 1280 pixels at a zoom of 400 %
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT) == []
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 844})


def test_internal_links_lead_somewhere(page, site, address):
    for link in set(page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")):
        target, fragment = urldefrag(link)
        if not target.startswith(address):
            continue
        file = site / unquote(target.removeprefix(address).split("?")[0] or "index.html")
        assert file.exists(), link
        if fragment and file.suffix == ".html":
            assert f'id="{unquote(fragment)}"' in file.read_text(encoding="utf-8"), link


def state(figure):
    """Return a slider's picture, its alternative text and its label."""
    image = figure.locator("img")
    return image.get_attribute("src"), image.get_attribute("alt"), figure.locator("output").inner_text()


def test_sliders_are_moved_by_keyboard_mouse_and_touch(page):
    figures = page.locator("figure.frames").all()
    assert len(figures) == sum("data-frames" in shown(cell) for cell in notebook_of(page))
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
        page.evaluate("node => { node.value = 0 }", control.element_handle())


def test_a_live_control_without_a_kernel_is_not_on_the_page(page):
    assert page.locator("article .widget-subarea, article script[type*=widget]").count() == 0
    assert page.locator("article input").count() == page.locator("figure.frames").count()


def test_what_is_folded_has_a_name_and_opens(page):
    folds = page.locator("article details.hide")
    tags = [set(cell.metadata.get("tags", [])) for cell in notebook_of(page)]
    assert folds.count() == sum(bool(each & {"hide-cell", "hide-input", "hide-output"}) for each in tags)
    names = page.evaluate("[...document.querySelectorAll('article details > summary')].map(s => s.innerText.trim())")
    assert all(names) and page.locator("article summary[aria-label]").count() == 0  # which would hide the words
    solutions = sum(map(contents.is_solution, notebook_of(page)))
    shut = page.locator("details.hide", has_text="Show the solution")
    assert shut.count() == solutions
    if solutions:
        assert not shut.first.locator("pre").first.is_visible()
        shut.first.locator("summary").click()
        assert shut.first.locator("pre").first.is_visible()
        shut.first.locator("summary").click()


def test_questions_answer_by_keyboard(page):
    folds = page.locator("article .question details")
    asked = [cell for cell in notebook_of(page) if 'class="question"' in shown(cell)]
    assert folds.count() == sum(shown(cell).count("<details") for cell in asked)
    for fold in folds.all():
        if not fold.locator("summary").is_visible():
            continue
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        assert re.match(r"(Right|No)\. \w", fold.locator("p").inner_text())
        page.keyboard.press("Enter")
        assert not fold.locator("p").is_visible()


def test_a_program_is_there_as_one_file(page, site):
    found = programs.program(BY_NAME[page.name])
    bars = page.locator("article .program-file")
    assert bars.count() == bool(found)
    if found:
        assert (site / "programs" / found.name).read_text(encoding="utf-8") == found.text
        assert bars.locator("a").get_attribute("href").endswith(f"programs/{found.name}")
        assert bars.locator("button").get_attribute("data-program") == found.text
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        bars.locator("button").click()
        page.wait_for_function("document.querySelector('.program-file button').textContent == 'Copied'")
        assert page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n") == found.text


@pytest.mark.style
def test_is_light(page, record_property):
    page.wait_for_load_state("networkidle")
    sizes = {}
    for file in page.loaded:
        data = file.read_bytes()
        sizes[file.name] = len(gzip.compress(data) if file.suffix in COMPRESSED else data)
    assert f"{page.name.split('/')[-1]}.html" in sizes and len(sizes) > 5
    assert sum(sizes.values()) <= LIMIT, sorted(sizes.items(), key=lambda item: -item[1])[:5]


@pytest.mark.style
def test_is_no_taller_than_its_budget(page):
    chapter = BY_NAME[page.name]
    if not chapter.number:
        return
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 800})
    height = page.evaluate("document.documentElement.scrollHeight")
    assert budgets.excesses(chapter, {"height": height}) == {}, "see CONTRIBUTING.md, Budgets"


def pictures(page):
    """Yield pictures of a page from above, from further down and from its end."""
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
    page.wait_for_load_state("networkidle")
    page.evaluate("Promise.all([document.fonts.ready, ...[...document.images].map(i => i.decode())]).then(() => 0)")
    # What follows the reader comes a moment later or earlier, and its letters may be smoothed otherwise.
    follows = ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article { visibility: hidden }"
    for share in (0, 0.4, 1):
        place = f"Math.round({share} * (document.body.scrollHeight - 900))"
        page.evaluate("document.activeElement.blur()")
        page.evaluate(f"window.scrollTo({{top: {place}, behavior: 'instant'}})")
        page.wait_for_function(f"Math.abs(window.scrollY - Math.max({place}, 0)) < 1")
        yield np.asarray(Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide", style=follows))))


def test_looks_the_same_with_the_network_cut(page, browser, address):
    page.reload(wait_until="load")
    typeset(page)
    context = browser.new_context(viewport={"width": WIDTHS["phone"], "height": 844}, has_touch=True)
    free = context.new_page()  # may ask other hosts
    free.goto(f"{address}{page.name}.html", wait_until="load")
    typeset(free)

    def differ():
        return [(one != other).any(axis=2).mean() for one, other in zip(pictures(page), pictures(free), strict=True)]

    # The edge of a field may be drawn a little otherwise, on a busy machine a moment late; a missing part is larger.
    assert any(max(differ()) < 2e-4 for _ in range(5))
    context.close()


def test_prints(page):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4
    shown = "[...document.querySelectorAll('article pre')].filter(node => node.checkVisibility())"
    cut = f"{shown}.filter(node => node.scrollWidth > node.clientWidth + 1)"
    assert page.evaluate(f"{cut}.map(node => node.innerText.slice(0, 80))") == []
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    unseen = "[...document.querySelectorAll('article figure, details.below-input')].filter(n => !n.checkVisibility())"
    assert page.evaluate(f"{unseen}.map(node => node.innerText.slice(0, 80))") == []  # the text speaks of them
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media=None)
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert 1 <= sheets <= (2 if page.name.endswith("/shapes") else 60)
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})


LUMINANCE = """
[...document.querySelectorAll("article p, article h1, article pre span, article figcaption")]
    .filter(node => node.innerText?.trim() && node.checkVisibility())
    .map(node => getComputedStyle(node).color.match(/[\\d.]+/g).slice(0, 3).map(Number))
    .map(rgb => rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b)
"""


def test_a_dark_page_is_printed_in_dark_ink(browser, site):
    page = browser.new_page(color_scheme="dark")
    page.goto((site / f"{SAMPLE[1]}.html").as_uri())
    assert max(page.evaluate(LUMINANCE)) > 0.5  # pale on the screen
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert 1.05 / (max(page.evaluate(LUMINANCE)) + 0.05) > 4.5  # the contrast on white that WCAG asks for
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert max(page.evaluate(LUMINANCE)) > 0.5
    page.evaluate("addEventListener('beforeprint', () => { window.printed = document.documentElement.dataset.theme })")
    page.pdf(format="A4")
    assert page.evaluate("window.printed") == "light"
    page.close()


def test_a_slider_and_its_picture_are_in_step_after_back_and_a_reload(browser, address):
    name = next(page.name for page in contents.pages() if "data-frames" in page.path.read_text(encoding="utf-8"))
    page = browser.new_page()
    page.goto(f"{address}{name}.html")
    slider = page.locator("figure.frames input[type=range]").first
    in_step = "slider => JSON.parse(slider.closest('figure').dataset.frames)[slider.value][2]"
    label = page.locator("figure.frames output").first
    for way in (lambda: page.reload(), lambda: (page.goto(f"{address}{SAMPLE[0]}.html"), page.go_back())):
        slider.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert label.inner_text() == slider.evaluate(in_step)
        way()
        assert label.inner_text() == slider.evaluate(in_step)
    page.close()


def serious(page, **options):
    """Return axe-core's serious and critical findings on a page, in words."""
    page.wait_for_function(SCROLLING_IS_REACHABLE)
    page.evaluate(ALL_IS_STILL)
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


WIDER = """() => [...document.querySelectorAll('article div.math, article .cell_output pre, article table')]
    .map(node => node.matches('table') ? node.parentElement : node.querySelector('mjx-container') ?? node)
    .filter(node => node.scrollWidth > node.clientWidth + 1)
    .map(node => `${node.scrollWidth} > ${node.clientWidth}: ${node.innerText.slice(0, 60)}`)"""


@pytest.mark.style
def test_no_equation_output_or_table_is_wider_than_its_column(page):
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
    page.evaluate(OPEN_ALL)
    assert page.evaluate(WIDER) == []


def test_axe_finds_nothing_serious(page):
    page.evaluate(ONE_OF_EACH)
    assert serious(page) == []
