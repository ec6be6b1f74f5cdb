"""Sphinx extension: serve from the site itself what its pages would fetch from elsewhere."""

import shutil
from importlib.metadata import distribution
from pathlib import Path

from docutils import nodes


def copy_mathjax(app):
    """Copy MathJax and its fonts, 1.6 MB of the 24 MB of the package, into the site's static files."""
    if app.builder.format != "html":
        return
    source = Path(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax"))
    target = Path(app.outdir) / "_static" / "mathjax"
    fonts = "output/chtml/fonts/woff-v2"
    shutil.copytree(source / fonts, target / fonts, dirs_exist_ok=True)
    shutil.copy(source / "tex-chtml.js", target)


def drop_scripts(app, pagename, templatename, context, doctree):
    """Leave out thebe, MathJax where a page has no formula, and scripts that are listed twice.

    The site does not use thebe. Extensions that add a script while the environment is read
    get it on each page twice; a `const` in it then raises an error in the browser.
    """
    unused = ["thebe"]
    if doctree is None or not any(doctree.findall(lambda node: isinstance(node, (nodes.math, nodes.math_block)))):
        unused.append("mathjax")
    kept = {}
    for script in context["script_files"]:
        key = (str(script.filename), script.attributes.get("body"))
        if not any(name in str(key).lower() for name in unused):
            kept.setdefault(key, script)
    context["script_files"] = list(kept.values())


def setup(app):
    """Register the hooks; called by Sphinx."""
    app.connect("builder-inited", copy_mathjax)
    app.connect("html-page-context", drop_scripts, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
