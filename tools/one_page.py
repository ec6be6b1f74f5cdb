"""The built site as one HTML page, for the PDF: all articles in their order, what is folded in an appendix."""

from urllib.parse import urldefrag, urljoin

import contents
import yaml
from bs4 import BeautifulSoup

SITE = contents.ROOT / "_build" / "html"
STYLE = contents.ROOT / "tools" / "one-page.css"
KEY = "book/marking-key"
APPENDIX = "Hints, answers and solutions"
DROPPED = ".headerlink, .copybtn, figure.frames > div, script, noscript"
FOLDS = "details.hide, .question, .output:has(> details)"
LISTED = '<p class="listed-{depth}"><a href="#{name}">{title}</a> <span data-page-of="{name}">000</span></p>\n'
SOLVED = '<p>Hints and the solution stand <a href="#{name}">in the appendix</a>.</p>'
NOTE = """<p>Printed from the course's site, where sliders move and the code of setup, drawings and
checks can be folded out. It is all in the notebooks.</p><p>{left}</p>"""
LEFT = {
    True: "Hints, answers to questions and solutions of exercises stand at the end.",
    False: "Hints, answers to questions and solutions of exercises are left out.",
}
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>{head}<style>{style}</style></head>
<body><main class="bd-content">
<header><p class="heading">{title}</p><p>{author}</p>{licence}{note}</header>
<nav><p class="heading">Contents</p>
{rows}</nav>
{body}</main></body></html>
"""


def settings(name):
    """Return the settings in a file at the root."""
    return yaml.safe_load((contents.ROOT / name).read_text(encoding="utf-8"))


def tree(html):
    """Return HTML as a tree."""
    return BeautifulSoup(html, "html.parser")


def parsed(name, site):
    """Return a page of the site as a tree."""
    return tree((site / f"{name}.html").read_text(encoding="utf-8"))


def name_of(page, place=""):
    """Return the id that a page, or a place on it, has on the one page."""
    return page.replace("/", "-") + (f"--{place}" if place else "")


def rename(article, page, names, base):
    """Give the ids of an article names that no other page has, and turn links and pictures to where they are now.

    Parameters
    ----------
    article : bs4.Tag
        Changed in place.
    page : str
        The page's name, such as ``book/01-recurrence``.
    names : container of str
        The names of all pages of the book.
    base : str
        The site's address, ``""`` where it has none: a link to another file of the site becomes plain text.
    """
    for node in article.select("[id]"):
        node["id"] = name_of(page, node["id"])
    for image in article.select("img"):
        image.attrs = {"src": urljoin(f"{page}.html", image["src"]), "alt": image["alt"]}
    for link in article.select("a[href]"):
        target, place = urldefrag(urljoin(f"{page}.html", link["href"]))
        if target.removesuffix(".html") in names:
            link["href"] = "#" + name_of(target.removesuffix(".html"), place)
        elif ":" not in target and base:
            link["href"] = base + target
        elif ":" not in target:
            link.unwrap()


def unfold(article, solutions):
    """Open the folds of an article that belong to its text, and take the others out.

    Code of the setup, of drawings and of checks goes: whoever wants it has the notebooks.

    Parameters
    ----------
    article : bs4.Tag
        Changed in place; its ids are those of the one page.
    solutions : bool
        Whether there is an appendix to which an exercise can link.

    Returns
    -------
    str
        HTML of hints, answers and solutions, behind the headings of their exercises.
    """
    taken, heading = [], None
    for node in article.select(f"h2, h3, {FOLDS}"):
        if node.name in ("h2", "h3"):
            heading, new = node, True
            continue
        asked, hint, solved = (mark in str(node) for mark in ('class="question"', ">Hint 1 of", "Show the solution"))
        if asked or hint or solved:
            name = f"appendix-{heading.parent['id']}"
            taken += [f'<h3 id="{name}">{heading.get_text()}</h3>'] * new
            inside = "".join(map(str, node.select(":scope > .cell_input, :scope > .cell_output")))
            taken.append(inside if solved else str(node).replace("<details", "<details open"))
            new = False
        if asked:
            for choice in node.select("details"):
                choice.replace_with(tree(f"<p>☐ {choice.summary.decode_contents()}</p>"))
        elif "below-input" in node["class"]:
            node.summary.decompose()
            node.unwrap()
        elif solved and solutions:
            node.replace_with(tree(SOLVED.format(name=name)))
        else:
            node.decompose()
    return "".join(taken)


def article_of(page, names, base, depth, site, solutions):
    """Return the article of a page, its headings some levels further down, and what of it goes to the appendix."""
    article = parsed(page, site).select_one("article.bd-article")
    for node in article.select(DROPPED):
        node.decompose()
    for node in article.select(".program-file"):
        node.string = f"These cells are one program, {node.a.get_text().split()[-1]}."
    rename(article, page, names, base)
    taken = unfold(article, solutions)
    for heading in article.select("h1, h2, h3"):
        heading["class"] = f"was-{heading.name}"
        heading.name = f"h{int(heading.name[1]) + depth}"
    for details in article.select("details"):
        details["open"] = ""
    article["id"] = name_of(page)
    return article, taken


def whole(solutions=True, site=SITE):
    """Return the book as one HTML page, to be opened in the site's folder.

    Parameters
    ----------
    solutions : bool
        Whether the appendix with hints, answers and solutions is there, and the page for those who mark.
    site : pathlib.Path
        The folder of the built site.

    Returns
    -------
    str
        Where the table of contents gives the page of something, an element has its id as ``data-page-of``.
    """
    config, toc = settings("_config.yml"), settings("_toc.yml")
    pages = {page.name: page for page in contents.pages() if solutions or page.name != KEY}
    first, formulas = parsed(toc["root"], site), parsed(contents.chapters()[0].name, site)
    canonical = first.select_one('link[rel="canonical"]')
    base = canonical["href"].removesuffix(f"{toc['root']}.html") if canonical else ""
    captions = {part["chapters"][0]["file"]: part["caption"] for part in toc["parts"]}
    rows, body, appendix = [], [], []
    for name, page in pages.items():
        if name in captions:
            rows.append(LISTED.format(depth=0, name=f"part-{name_of(name)}", title=captions[name]))
            body.append(f'<h1 class="part" id="part-{name_of(name)}">{captions[name]}</h1>')
        depth = 0 if name == toc["root"] else 2 if page.chapter else 1
        article, taken = article_of(name, pages, base, depth, site, solutions)
        title = article.select_one(".was-h1").get_text()
        rows.append(LISTED.format(depth=depth, name=article["id"], title=title))
        body.append(str(article))
        if taken:
            appendix.append(f"<h2>{title}</h2>{taken}")
    if solutions:
        rows.append(LISTED.format(depth=0, name="appendix", title=APPENDIX))
        body.append(f'<article class="bd-article" id="appendix"><h1>{APPENDIX}</h1>{"".join(appendix)}</article>')
    scripts = [script for script in formulas.select("head script") if "mathjax" in str(script).lower()]
    head = "".join(map(str, [*first.select('link[rel="stylesheet"]'), *scripts]))
    return PAGE.format(
        title=config["title"],
        author=config["author"],
        licence=config["html"]["extra_footer"],
        style=STYLE.read_text(encoding="utf-8"),
        note=NOTE.format(left=LEFT[solutions]),
        head=head.replace('"../', '"'),
        rows="".join(rows),
        body="".join(body),
    )
