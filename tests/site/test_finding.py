"""Finding one's way: numbers, search, previews, buttons, and what stands behind them."""

import json
import re
import shutil
import subprocess
import sys
from urllib.parse import quote
from xml.etree import ElementTree

import contents
import pytest
import repository
import yaml

from .conftest import BY_NAME, PAGES, ROOT, SAMPLE, build, watched

CHAPTERS = contents.chapters()
IN_ORDER = [name for name in PAGES if not BY_NAME[name].chapter]  # without the evidence pages
REPOSITORY, BRANCH = "https://github.com/someone/some-course", "trunk"
SITE = "https://someone.github.io/some-course/"


# What a teacher may write on a page of text: see also CONTRIBUTING.md.
FOLDED = """
:::{admonition} Folded
:class: dropdown

Inside the note.
:::

::::{tab-set}
:::{tab-item} Linux
Inside the first tab.
:::
:::{tab-item} Windows
Inside the second tab.
:::
::::
"""
WITH_FOLDED = "book/notation"


def build_with(folder, *address):
    """Build a copy of the book, some folded text added, whose address was set by the command for it, as in a fork."""
    for name in ("book", "course_utils", "tools"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "_toc.yml", folder)
    with (folder / f"{WITH_FOLDED}.md").open("a", encoding="utf-8") as page:
        page.write(FOLDED)
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


ERRORS = "book/common-errors"
QUERIES = {  # what people type or paste, and the page, or the entry, that must be among the first three
    contents.title(CHAPTERS[-1]): CHAPTERS[-1].name,
    contents.title(contents.evidence()[0]): contents.evidence()[0].name,
    "遗忘门": "book/glossary",
    "inplace operation": ERRORS,
    "BPTT": "book/02-exploding-gradients",
    "backpropagation through time": "book/02-exploding-gradients",
    "seq2seq": "book/08-sin-to-cos",
    "hidden state": "book/glossary",
    "logits": "book/04-rnncell-by-hand",
    "h_state": ERRORS,
    "reset state": f"{ERRORS}.html#when-to-reset-the-state",
    "not learning": f"{ERRORS}.html#not-learning",
    "accuracy stuck": f"{ERRORS}.html#accuracy-stuck",
    "flat line": f"{ERRORS}.html#a-flat-line",
    "memory grows": ERRORS,
    "loss nan": ERRORS,
    "vanishing gradient": "book/02-exploding-gradients",
    "gradient clipping": "book/03-clipping-and-truncation",
    "teacher forcing": "book/11-free-running",
    "packed sequence": "book/05-nn-rnn",
    "pad_packed_sequence": "book/05-nn-rnn",
    "batch_first": "book/05-nn-rnn",
    "forget gate": "book/06-lstm-and-gru",
    "time series forecasting": "book/09-forecasting",
    "multivariate": "book/09-forecasting",
    "data leakage": "book/09-forecasting",
    "missing values": "book/12-filling-gaps",
    "Kalman": "book/12-filling-gaps",
    "MNIST": "book/07-lstm-mnist",
    "stateful": "book/05-nn-rnn",
    "mat1 and mat2 shapes cannot be multiplied (64x128 and 64x10)": f"{ERRORS}.html#mat1-and-mat2",
    "Expected hidden[0] size (1, 10, 8), got [1, 64, 8]": f"{ERRORS}.html#expected-hidden-size",
    "ValueError: Using a target size (torch.Size([64])) that is different to the input size (torch.Size([64, 1])).": (
        f"{ERRORS}.html#using-a-target-size"
    ),
    "stack expects each tensor to be equal size, but got [7, 1] at entry 0": f"{ERRORS}.html#stack-expects",
    "The size of tensor a (48) must match the size of tensor b (24) at non-singleton dimension 1": (
        f"{ERRORS}.html#the-size-of-tensor-a"
    ),
    "Trying to backward through the graph a second time": f"{ERRORS}.html#trying-to-backward",
    "cudnn RNN backward can only be called in training mode": f"{ERRORS}.html#cudnn-rnn-backward",
    "'lengths' argument should be a 1D CPU int64 tensor, but got 1D cuda:0 Long tensor": f"{ERRORS}.html#lengths",
    "CUDA error: device-side assert triggered": f"{ERRORS}.html#cuda-error",
    "expected scalar type Long but found Float": f"{ERRORS}.html#expected-target-dtype",
    "lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor": f"{ERRORS}.html#argument-hx",
    "RNN input dtype (torch.float64) does not match weight dtype (torch.float32).": f"{ERRORS}.html#rnn-input-dtype",
    "one of the variables needed for gradient computation has been modified by an inplace operation: "
    "[torch.FloatTensor [1, 4]], which is output 0 of AsStrided, is at version 4": f"{ERRORS}.html#one-of-the",
    "Error(s) in loading state_dict for GRU: size mismatch for weight_ih_l0: copying a param with shape": (
        f"{ERRORS}.html#error-s-in-loading"
    ),
    "not enough values to unpack (expected 3, got 2)": f"{ERRORS}.html#not-enough-values",
    "Weights only load failed. This file can still be loaded": f"{ERRORS}.html#weights-only",
    "Expected input batch_size (128) to match target batch_size (32).": f"{ERRORS}.html#expected-input-batch-size",
    "Boolean value of Tensor with more than one value is ambiguous": f"{ERRORS}.html#boolean-value-of",
    "Dimension out of range (expected to be in range of [-1, 0], but got 1)": f"{ERRORS}.html#dimension-out-of",
    "KeyError: 17": f"{ERRORS}.html#keyerror-0",
    'Unexpected key(s) in state_dict: "h".': f"{ERRORS}.html#error-s-in-loading",
    "Found dtype Long but expected Float": f"{ERRORS}.html#found-dtype-long",
    "'PackedSequence' object has no attribute 'shape'": f"{ERRORS}.html#must-be-tensor-not-packedsequence",
    "Expected total_length to be at least the length of the longest sequence": f"{ERRORS}.html#expected-total-length",
    "Index tensor must have the same number of dimensions as input tensor": f"{ERRORS}.html#index-tensor",
    "Given normalized_shape=[7], expected input with shape [*, 7]": f"{ERRORS}.html#given-normalized-shape",
    "AttributeError: Can't pickle local object 'main.<locals>.<lambda>'": f"{ERRORS}.html#can-t-pickle",
    "ValueError: Expected 2D array, got 1D array instead:": f"{ERRORS}.html#expected-2d-array",
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False": (
        f"{ERRORS}.html#attempting-to-deserialize"
    ),
    "LSTM always predicts the same value for every input": f"{ERRORS}.html#a-flat-line",
    "loss stuck at 0.693": f"{ERRORS}.html#accuracy-stuck",
    "prediction shifted by one": f"{ERRORS}.html#a-forecast-that-looks-right",
    "different output for the same input": f"{ERRORS}.html#dropout-is-on",
    "loss becomes nan after a few batches": f"{ERRORS}.html#the-loss-is-nan-from",
    "my loss does not decrease": f"{ERRORS}.html#not-learning",
    "overfitting": f"{ERRORS}.html#good-in-training-only",
    "collections.OrderedDict object has no attribute eval": f"{ERRORS}.html#collections-ordereddict",
    "Expected all tensors to be on the same device": f"{ERRORS}.html#input-and-hidden",
    "too many values to unpack (expected 2)": f"{ERRORS}.html#not-enough-values",
    "char rnn generates same characters over and over": f"{ERRORS}.html#generated-text",
    "loaded model gives different predictions": f"{ERRORS}.html#the-loaded-model",
    "training gets slower every epoch": f"{ERRORS}.html#cuda-out-of-memory",
    "CTC only blanks": f"{ERRORS}.html#ctc-gives-blanks",
    "__init__() got an unexpected keyword argument 'verbose'": f"{ERRORS}.html#got-an-unexpected",
    "Tensors must have same number of dimensions: got 3 and 2": f"{ERRORS}.html#sizes-of-tensors",
    "can't convert np.ndarray of type numpy.object_": f"{ERRORS}.html#can-t-convert-np",
}


@pytest.mark.style
def test_what_people_type_or_paste_finds_its_page_among_the_first_three(browser, address):
    context = browser.new_context()
    page = watched(context, "search", address)
    missed = {}
    for query, place in QUERIES.items():
        page.goto(f"{address}search.html?q={quote(query)}")
        page.wait_for_function("document.querySelector('.search-summary')?.innerText.length > 0")
        page.wait_for_function("!document.querySelector('#search-results h2 span')?.innerText.includes('.')")
        found = page.eval_on_selector_all("ul.search > li > a", "links => links.slice(0, 3).map(link => link.href)")
        if not any(re.sub(r"\?[^#]*", "", link).removeprefix(address).startswith(place) for link in found):
            missed[query] = found
    assert missed == {} and page.problems == []
    context.close()


def test_search_works_when_the_pages_are_opened_from_a_file(browser, site):
    page = browser.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q=BPTT")
    for name in ("book/02-exploding-gradients", "book/glossary"):
        page.locator(f'#search-results a[href*="{name}.html"]').wait_for()
    page.close()


def test_the_words_of_the_setup_cell_are_not_in_the_index(site):
    index = json.loads((site / "searchindex.js").read_text(encoding="utf-8")[len("Search.setIndex(") : -1])
    assert not {"ensurepip", "addsitedir", "getusersitepackages"} & set(index["terms"])
    assert "clip_grad_norm_" in index["terms"]


def test_search_works_by_keyboard(browser, address):
    context = browser.new_context()
    page = watched(context, "search", address)
    page.goto(f"{address}{PAGES[0]}.html")
    page.keyboard.press("Control+K")
    page.keyboard.type("inplace operation")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#search-results a[href*="{ERRORS}.html"]')
    assert page.problems == []
    context.close()


def test_the_button_for_search_stays_in_view(browser, address):
    for width in (1280, 390, 320):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(f"{address}{ERRORS}.html")
        page.evaluate("scrollTo(0, 6000)")
        boxes = [button.bounding_box() for button in page.locator("button.search-button__button:visible").all()]
        assert any(0 <= box["y"] < 800 and 0 <= box["x"] < width for box in boxes), width
        page.close()


def test_code_is_copied_by_its_button(browser, address):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = watched(context, "copy", address)
    page.goto(f"{address}{CHAPTERS[0].name}.html", wait_until="load")
    cell = page.locator("div.cell:not(.tag_hide-input) div.cell_input div.highlight").first
    cell.hover()
    cell.locator("button.copybtn").click()
    assert page.evaluate("navigator.clipboard.readText()") == cell.locator("pre").inner_text().strip()
    context.close()


@pytest.mark.style
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


def test_folded_notes_and_tabs_work_on_a_page_of_text(unset, browser):
    page = browser.new_page()
    page.goto((unset[0] / f"{WITH_FOLDED}.html").as_uri())
    for inside, opener in {
        "Inside the note.": page.locator(".admonition.dropdown .admonition-title"),
        "Inside the second tab.": page.locator("label.sd-tab-label", has_text="Windows"),
    }.items():
        words = page.get_by_text(inside)
        assert not words.is_visible()
        opener.click()
        words.wait_for()
    page.emulate_media(media="print")
    assert page.get_by_text("Inside the first tab.").is_visible()
    page.close()


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


@pytest.mark.style
def test_citation_file():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0" and citation["title"] == config["title"]
    assert citation["version"] and citation["authors"] and citation["message"]
