"""Sphinx extension: mend what keeps readers without a mouse, or without sight, from parts of a page."""

# The theme lets the Tab key reach what scrolls, but does not look again when a folded cell is opened.
LOOK_AGAIN = "document.addEventListener('toggle', () => window.dispatchEvent(new Event('resize')), true);"


def mend_roles(app, pagename, templatename, context, doctree):
    """Drop a role of docutils' bibliographies: a list whose entries are no list items."""
    if "body" in context:
        context["body"] = context["body"].replace(' role="list" class="citation-list"', ' class="citation-list"')


def setup(app):
    """Register the hooks; called by Sphinx."""
    app.add_js_file(None, body=LOOK_AGAIN)
    app.connect("html-page-context", mend_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
