"""Sphinx extension: mend what keeps readers from parts of a page, or leads them astray."""

import re
from pathlib import Path

import contents

# The theme lets the Tab key reach what scrolls, but does not look again when a folded cell is opened.
LOOK_AGAIN = "document.addEventListener('toggle', () => window.dispatchEvent(new Event('resize')), true);"

WITHOUT_SCRIPTS = (
    "<noscript><p>Without JavaScript formulas stay as they are typed, in TeX, and search, sliders and buttons do not "
    'work. Text, code, folds and links do; <a href="{}">the first page</a> lists the chapters.</p></noscript>'
)


def mend_roles(app, pagename, templatename, context, doctree):
    """Drop a role of docutils' bibliographies: a list whose entries are no list items."""
    if "body" in context:
        context["body"] = context["body"].replace(' role="list" class="citation-list"', ' class="citation-list"')


def name_folds(app, pagename, templatename, context, doctree):
    """Let the words of a fold be its name: a label in their place says the same of every fold."""
    if "body" in context:
        context["body"] = re.sub(r'(<summary[^>]*?) aria-label="[^"]*"', r"\1", context["body"])


def fragment(heading):
    """Return what follows the # of a link to a heading, as JupyterLab writes it, so that it leads there in both."""
    return heading.replace(" ", "-")


def speak_without_scripts(app, pagename, templatename, context, doctree):
    """Say below the title what is missing where no script runs."""
    if "body" in context:
        said = WITHOUT_SCRIPTS.format(context["pathto"](app.config.root_doc))
        context["body"] = context["body"].replace("</h1>", f"</h1>{said}", 1)


def name_toggles(app, pagename, templatename, context, doctree):
    """Give the arrow that opens a chapter's evidence pages in the sidebar a name."""
    if contents_of := context.get("generate_toctree_html"):

        def named(*arguments, **settings):
            arrow = '<summary><span class="toctree-toggle"'
            page = contents_of(*arguments, **settings)
            return page and str(page).replace(arrow, arrow.replace("<summary", '<summary aria-label="Evidence pages"'))

        context["generate_toctree_html"] = named


def skip_evidence(app, pagename, templatename, context, doctree):
    """Let *Next* and *Previous* go from chapter to chapter, and from an evidence page back to its own and on."""
    pages = contents.pages(Path(app.srcdir))
    order = [page.name for page in pages if not page.chapter]
    here = next((page for page in pages if page.name == pagename), None)
    if here is None:
        return
    place = order.index(here.chapter or here.name)
    before, after = (place if here.chapter else place - 1), place + 1
    for side, target in (("prev", before), ("next", after)):
        name = order[target] if 0 <= target < len(order) else None
        context[side] = name and {
            "link": app.builder.get_relative_uri(pagename, name),
            "title": app.builder.render_partial(app.env.titles[name])["title"],
        }


def setup(app):
    """Register the hooks; called by Sphinx."""
    app.add_js_file(None, body=LOOK_AGAIN)
    app.connect("html-page-context", mend_roles)
    app.connect("html-page-context", name_folds)
    app.connect("html-page-context", speak_without_scripts)
    app.connect("html-page-context", name_toggles, priority=900)  # after the theme's
    app.connect("html-page-context", skip_evidence)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
