"""Sphinx extension: serve from the site itself what its pages would fetch from elsewhere, and nothing in vain."""

import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

from docutils import nodes
from repository import TITLE

TOGGLE = r'class="(toggle[ "]|([\w-]+ )*dropdown ([\w-]+ )*admonition)'  # a folded note, or a part to toggle
# What extensions put on every page, and a pattern for the HTML of a page that uses it ("" where none does).
NEEDED_BY = {
    "clipboard": 'class="highlight',
    "copybutton": 'class="highlight',
    "design": 'class="sd-',
    "fontawesome.js": "",  # the style sheet has the same icons as a font, at a tenth of the weight
    "language_data": 'id="search-results"',
    "mathjax": 'class="math',
    "mystnb": 'class="cell',
    "search.js": 'id="search-results"',
    "searchindex": 'id="search-results"',
    "searchtools": 'id="search-results"',
    "thebe": "",
    "togglehint": TOGGLE,
    "togglebutton": TOGGLE,
    "toggleopen": TOGGLE,
}
ASSET = re.compile(r"[ \t]*<script\b[^>]*>.*?</script>\n?|[ \t]*<link\b[^>]*>\n?", re.DOTALL)


def copy_mathjax(app):
    """Copy MathJax and its fonts, 1.6 MB of the 24 MB of the package, into the site's static files."""
    if app.builder.format != "html":
        return
    source = Path(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax"))
    target = Path(app.outdir) / "_static" / "mathjax"
    fonts = "output/chtml/fonts/woff-v2"
    shutil.copytree(source / fonts, target / fonts, dirs_exist_ok=True)
    shutil.copy(source / "tex-chtml.js", target)


def leave_setup_out_of_search(app):
    """Index all of a page but its setup cell, which is the same on each and would be found on all."""
    if app.builder.format != "html":
        return
    index_page = app.builder.index_page

    def without_setup(pagename, doctree, title):
        doctree = doctree.deepcopy()
        for block in list(doctree.findall(nodes.literal_block)):
            if block.astext().startswith(TITLE):
                block.parent.remove(block)
        index_page(pagename, doctree, title)

    app.builder.index_page = without_setup


def needed_assets(page):
    """Return a page without the scripts and style sheets that it does not use or has already.

    Extensions that add a script while the sources are read get it on each page twice; a
    ``const`` in it then raises an error in the browser.

    Parameters
    ----------
    page : str
        The HTML of a whole page.

    Returns
    -------
    str
    """
    body = page.partition("</head>")[2]
    seen = set()

    def keep(match):
        tag = match[0].strip()
        used = all(mark and re.search(mark, body) for name, mark in NEEDED_BY.items() if name in tag.lower())
        return match[0] if used and tag not in seen and not seen.add(tag) else ""

    return ASSET.sub(keep, page)


def lighten(app, error):
    """Rewrite the pages, and delete what no page asks for."""
    if error or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if "<body" in page and "_static" not in path.parts:
            # Until a script sets the reader's colours, and where none runs, there are those of a light page.
            page = needed_assets(page).replace('data-theme="auto"', 'data-theme="light"', 1)
            path.write_text(page, encoding="utf-8")
    (Path(app.outdir) / ".nojekyll").touch()  # GitHub's Jekyll would leave out _static where a branch is published
    for pattern in ("**/*.map", "**/*.ttf", "scripts/fontawesome.js*", "*thebe*"):
        for path in (Path(app.outdir) / "_static").glob(pattern):
            path.unlink()


def setup(app):
    """Register the hooks; called by Sphinx."""
    app.connect("builder-inited", copy_mathjax)
    app.connect("builder-inited", leave_setup_out_of_search)
    app.connect("build-finished", lighten)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
