"""Print the built book as one PDF file with bookmarks, and link to it from the pages of the site: ``make pdf``.

``python tools/pdf.py yes`` puts hints, answers and solutions into an appendix, ``no`` leaves them out.
"""

import io
import re
import sys

import browser
import one_page
import pikepdf
from one_page import SITE
from playwright.sync_api import sync_playwright

FILE = "rnns-in-pytorch.pdf"
PAPER = {
    "format": "A4",
    "margin": dict.fromkeys(("top", "bottom", "left", "right"), "18mm"),
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": '<p style="font-size:8px;width:100%;text-align:center"><span class="pageNumber"></span></p>',
}
FILL_IN = """pages => document.querySelectorAll('[data-page-of]').forEach(
    node => node.textContent = pages[node.dataset.pageOf])"""
HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4, h5')].map(node => node.innerText.trim())"
# Where the site gets its links: the menu of each page's downloads, and the first page.
MENU = re.compile(r'(<div class="dropdown dropdown-download-buttons">.*?<ul class="dropdown-menu">)', re.DOTALL)
ITEM = r'\1<li><a class="btn btn-sm dropdown-item" href="{link}">The whole book, .pdf ({size:.0f} MB)</a></li>'
FIRST = "<strong>Read</strong> the pages here"
SENTENCE = FIRST + ', or <a href="{link}">the whole book as one PDF file</a> ({size:.0f} MB)'


def pages_of(data):
    """Return the page, counted from 1, of each place in a PDF that something links to."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return {name.removeprefix("/"): numbers[place[0].objgen] for name, place in pdf.Root.Dests.items()}


def outlined(items):
    """Yield the bookmarks of a PDF in the order of its pages."""
    for item in items:
        yield item
        yield from outlined(item.children)


def printed(html, chromium, site=SITE):
    """Return the book as a PDF.

    Parameters
    ----------
    html : str
        What `one_page.whole` returns; it lies in the site's folder for a while.
    chromium : playwright.sync_api.Browser
    site : pathlib.Path
        The folder of the built site.

    Returns
    -------
    bytes
    """
    file = site / "one-page.html"
    file.write_text(html, encoding="utf-8")
    try:
        page = chromium.new_page()
        page.set_default_timeout(0)
        page.goto(file.as_uri(), wait_until="load")
        browser.typeset(page)
        page.evaluate("document.fonts.ready.then(() => 0)")
        page.evaluate(FILL_IN, pages_of(page.pdf(**PAPER)))
        data, titles = page.pdf(**PAPER, outline=True, tagged=True), page.evaluate(HEADINGS)
        page.close()
    finally:
        file.unlink()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        with pdf.open_outline() as outline:  # Chromium doubles the words of a heading that went to the next page
            for item, title in zip(outlined(outline.root), titles, strict=True):
                item.title = title
        pdf.docinfo["/Author"] = one_page.settings("_config.yml")["author"]
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        pdf.save(smaller := io.BytesIO(), object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return smaller.getvalue()


def link(site, size):
    """Let the pages of a site link to the book's file, once."""
    for page in site.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        words = {"link": "../" * (len(page.relative_to(site).parts) - 1) + FILE, "size": size}
        if f'href="{words["link"]}"' not in html:
            html = MENU.sub(ITEM.format(**words), html, count=1).replace(FIRST, SENTENCE.format(**words))
            page.write_text(html, encoding="utf-8")


def main(solutions="yes"):
    """Print the book into the site's folder."""
    if solutions not in ("yes", "no"):
        sys.exit(f"SOLUTIONS is yes or no, not {solutions}.")
    with sync_playwright() as playwright:
        if (chromium := browser.launch(playwright)) is None:
            sys.exit("There is no browser to print with: run `.venv/bin/playwright install chromium`, then this again.")
        data = printed(one_page.whole(solutions == "yes"), chromium)
    (SITE / FILE).write_bytes(data)
    link(SITE, len(data) / 1e6)
    print(f"Open {SITE / FILE}")


if __name__ == "__main__":
    main(*sys.argv[1:])
