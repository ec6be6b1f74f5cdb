"""A notebook is also read in Colab, which knows plain Markdown: what else its text cells may use, and no more."""

import re
from urllib.parse import unquote

import contents
import nbformat
import numbering
import pytest
import yaml
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

NOTEBOOKS = contents.notebooks()
EXTENSIONS = yaml.safe_load((contents.ROOT / "_config.yml").read_text(encoding="utf-8"))["parse"][
    "myst_enable_extensions"
]
MYST = create_md_parser(MdParserConfig(enable_extensions=set(EXTENSIONS), dmath_double_inline=True), RendererHTML)

# What CONTRIBUTING.md lists, in the names of the parser's tokens.
PLAIN = {
    "text",
    "inline",
    "softbreak",
    "hardbreak",
    "code_inline",
    "fence",
    "paragraph",
    "heading",
    "em",
    "strong",
    "link",
}
PLAIN |= {"hr", "bullet_list", "ordered_list", "list_item", "blockquote", "table", "thead", "tbody", "tr", "th", "td"}
MATHS = {"math_inline", "math_block", "math_block_label"}
ADMONITION = re.compile(r"\{(note|tip|important|warning)\}")


def tokens(source):
    """Yield the tokens of a text and of what stands in its admonitions."""
    left = MYST.parse(source)
    while left:
        token = left.pop(0)
        yield token
        left = (token.children or []) + left
        if token.type == "colon_fence":
            left = MYST.parse(token.content) + left


def refused(source):
    """Return what Colab would show as code, not at all, or as a link to nowhere."""
    found = []
    for token in tokens(source):
        name = re.sub("_(open|close)$", "", token.type)
        if token.type == "colon_fence" and ADMONITION.fullmatch(token.info) and not token.content.startswith(":"):
            continue  # no options, which Colab would show
        if name not in PLAIN | MATHS or name == "fence" and token.info.startswith("{"):
            found.append(f"{name} {token.info} {token.content[:40]}".strip())
        for link in [child for child in token.children or [] if child.type == "link_open"]:
            address = link.attrs["href"]
            if not re.match(r"https?://|#|(\.\./|evidence/)?[\w-]+\.ipynb(#|$)", address):
                found.append(f"link to {address}")
    return found + [f"link without words {link}" for link in re.findall(r"\[\s*\]\([^)]*\)", source)]


@pytest.mark.style
@pytest.mark.parametrize("path", NOTEBOOKS, ids=contents.key)
def test_a_notebook_reads_well_in_colab(path):
    cells = nbformat.read(path, as_version=4).cells
    faults = [fault for cell in cells if cell.cell_type == "markdown" for fault in refused(cell.source)]
    assert faults == [], "see CONTRIBUTING.md, Text that reads well in Colab"


def fragments(path):
    """Return what may follow the # of a link to a notebook or a page of text: its headings as JupyterLab names them."""
    cells = nbformat.read(path, as_version=4).cells if path.suffix == ".ipynb" else []
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown") or path.read_text(encoding="utf-8")
    headings = re.findall(r"^#{1,3} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[`*]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", contents.pages(), ids=lambda page: page.key)
def test_a_link_to_a_place_names_its_heading_as_jupyterlab_does(page):
    for text in numbering.texts(page):
        for _, target, fragment in numbering.LINK.findall(text):
            if fragment:
                file = (page.path.parent / target).resolve() if target else page.path
                assert unquote(fragment[1:]) in fragments(file), fragment


@pytest.mark.style
@pytest.mark.parametrize("page", contents.pages(), ids=lambda page: page.key)
def test_no_number_is_typed_that_only_the_site_shows(page):
    for text in numbering.texts(page):
        number = re.search(rf"\({page.number}\.\d\)|\b[Ff]igures? \d+\.\d|\b[Ee]quations? \(?\d", text)
        assert number is None or page.path.suffix == ".md", "only the site has numbers: name the section in a link"


@pytest.mark.parametrize(
    "source",
    [
        "# A title\n\nSome *words*, **more** and `code` in [a link](https://example.org) and $x_t$.",
        "- one\n- two\n\n1. first\n\n> **Predict, then run.** What?\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "$$\nx = 1\n$$ (one)\n\nAs [the start](#A-title) says, [a chapter](a.ipynb), [its evidence](evidence/a.ipynb).",
        ":::{note}\nWith **words** and $x$.\n:::",
        "```python\nx = 1\n```",
    ],
)
def test_what_may_be_used(source):
    assert refused(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "See {ref}`one`.",
        "(one)=\n# A title",
        "```{note}\nIn backticks it is code.\n```",
        ":::{figure} a.png\n:::",
        ":::{note}\nSee {ref}`one`.\n:::",
        ":::{note}\n:class: dropdown\nFolded.\n:::",
        "[](#one)",
        "[ ](#one)",
        "![a picture](picture.png)",
        "<img src='picture.png'>",
        "A <b>word</b>.",
        "[Sources](sources.md)",
        "[a file](../README.md)",
        "A note.[^1]\n\n[^1]: It says more.",
        "term\n: meaning",
        "% a comment",
        "\\begin{align}\nx = 1\n\\end{align}",
        "+++",
    ],
)
def test_what_is_refused(source):
    assert refused(source) != []
