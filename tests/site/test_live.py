"""The network in the page: typed in, compared with PyTorch, in light and dark, wide and narrow, and without scripts."""

import contents
import pytest
import torch

from course_utils import live, results

from .conftest import WIDTHS, typeset, watched
from .test_pages import serious

NAME = next(page.name for page in contents.pages() if "live-network" in page.path.read_text(encoding="utf-8"))
TEXTS = ["a", 'The "with" statement is used to wrap the ex', "\n\n   def f(self, x):\n      return", "x" * 200]


@pytest.fixture
def page(browser, address):
    """Open the page in a dark window as wide as a phone, and cut the network."""
    context = browser.new_context(color_scheme="dark", viewport={"width": WIDTHS["phone"], "height": 844})
    page = watched(context, NAME, address)
    page.goto(f"{address}{NAME}.html", wait_until="load")
    typeset(page)
    context.set_offline(True)
    yield page
    assert page.problems == []
    context.close()


def test_it_computes_what_pytorch_computes(page):
    model, letters = live.unpack(results.load("live_network"))
    for text in TEXTS:
        found = page.locator("figure.live-network").evaluate("(figure, text) => figure.read(text)", text)
        chances, influence = live.read(model, [letters.index(x) for x in text])
        assert torch.allclose(torch.tensor(found["chances"]), chances, rtol=0, atol=1e-3)
        assert torch.allclose(torch.tensor(found["influence"]), influence, rtol=0, atol=1e-3 * influence.max().item())


def test_it_is_played_by_keyboard(page):
    figure = page.locator("figure.live-network")
    text, says, read = figure.locator("textarea"), figure.locator(".says"), figure.locator(".read")
    first = says.inner_text()
    assert first.startswith("Next: ") and "Most influence: " in first
    text.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("The stateme")
    assert says.inner_text().startswith("Next: n, ") and read.inner_text() == "The stateme"
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Enter")  # the most probable one, three times
    assert text.input_value() == "The statement "
    page.keyboard.press("Tab")
    second = page.evaluate("document.activeElement.value")
    page.keyboard.press("Space")
    assert text.input_value() == "The statement " + second
    figure.locator("button").nth(2).click()
    assert len(text.input_value()) == len("The statement ") + 2


def test_it_says_what_it_leaves_out_and_what_to_do_when_it_is_empty(page):
    figure = page.locator("figure.live-network")
    figure.locator("textarea").fill("语a语")
    assert "Left out, since it has never read them: 语" in figure.locator(".says").inner_text()
    assert figure.locator(".read").inner_text() == "a"
    figure.locator("textarea").fill("")
    assert figure.locator(".says").inner_text() == "Type a character, and the network says what it expects next."
    assert not figure.locator("button").first.is_visible()


def test_the_more_influence_the_bluer(page):
    figure = page.locator("figure.live-network")
    figure.locator("textarea").fill(TEXTS[1])
    influence = figure.evaluate("(figure, text) => figure.read(text).influence", TEXTS[1])
    alphas = figure.locator(".read span").evaluate_all(
        "spans => spans.map(x => +(getComputedStyle(x).backgroundColor.match(/, ([0-9.e-]+)\\)$/) ?? [0, 1])[1])"
    )
    assert max(alphas) == pytest.approx(0.6, abs=0.01)
    assert alphas.index(max(alphas)) == influence.index(max(influence))


def test_axe_finds_nothing_serious_while_it_is_used(page):
    page.context.set_offline(False)
    page.locator("figure.live-network textarea").fill(TEXTS[1])
    assert serious(page) == []
    page.problems.clear()  # axe itself asks for style sheets, at wrong addresses
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"]


def test_without_scripts_it_says_one_sentence(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / f"{NAME}.html").as_uri())
    figure = page.locator("figure.live-network")
    assert figure.locator(".says").inner_text().startswith("Scripts are off here, so nothing can be typed.")
    assert not figure.locator("textarea").is_visible()
    context.close()
