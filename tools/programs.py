"""The programs of the book: a notebook's cells that are tagged ``program``, as one file that runs alone.

Those in experiments/programs, of which a page shows only a part, are written beside them.

As a Sphinx extension it writes them to programs/NAME.py on the site, and puts a line above the first of
the cells with which a reader copies or downloads the whole. The name is the first word of the docstring
with which the first cell begins; the docstring says what to expect, in what time, and what to change.
"""

import ast
import html
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import contents

HEADINGS = ("Expect:", "Time:", "Change:")
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
NAME = re.compile(r"[a-z][a-z0-9_]*\.py")
COPY = (
    "navigator.clipboard.writeText(this.dataset.program).then("
    "()=>this.textContent='Copied',()=>this.textContent='Not allowed here: use the file')"
)
BAR = """<p class="program-file">These cells are one program.
<a href="{link}" download>Download {name}</a><span class="pst-js-only"> or
<button type="button" onclick="{copy}" data-program="{text}">Copy the whole program</button></span></p>
"""
FIRST_CELL = re.compile(r'<div class="cell [^"]*\btag_program\b')


@dataclass(frozen=True)
class Program:
    """A program, its file name and the page that holds it."""

    name: str
    text: str
    page: contents.Page


def program(page):
    """Return the program of a page, None where it has none.

    Raises
    ------
    ValueError
        Where the first of its cells does not begin with a docstring as above.
    """
    if page.path.suffix != ".ipynb":
        return None
    cells = [cell for cell in contents.code_cells(page.path) if "program" in cell.metadata.get("tags", [])]
    if not cells:
        return None
    header = ast.get_docstring(ast.parse(cells[0].source)) or ""
    name = header.split(":")[0]
    lacking = [heading for heading in HEADINGS if f"\n{heading}" not in header]
    if not NAME.fullmatch(name) or lacking:
        raise ValueError(
            f"{page.name}: the program must begin with a docstring such as 'forecast.py: what it does', which "
            f"has lines that start with {', '.join(HEADINGS)} Missing: {', '.join(lacking) or 'the name'}"
        )
    return Program(name, joined([cell.source.strip() for cell in cells]), page)


def joined(sources):
    """Join the sources of cells as a formatter would: two empty lines around a function or class, else one."""
    ends = [[isinstance(body[i], DEFINITIONS) for i in (0, -1)] for body in (ast.parse(s).body for s in sources)]
    gaps = ["\n" * (3 if before[1] or after[0] else 2) for before, after in zip(ends, ends[1:], strict=False)]
    return "".join(source + gap for source, gap in zip(sources, [*gaps, "\n"], strict=True))


def programs(root=contents.ROOT):
    """Return the programs of all pages, in their order."""
    return [found for page in contents.pages(root) if (found := program(page))]


def add_bar(app, pagename, templatename, context, doctree):
    """Put the line with the button and the link above the cells of a program."""
    found = {p.page.name: p for p in programs(Path(app.srcdir))}.get(pagename)
    if found and "body" in context:
        link = f"{'../' * pagename.count('/')}programs/{found.name}"
        bar = BAR.format(link=link, name=found.name, copy=html.escape(COPY), text=html.escape(found.text))
        context["body"] = FIRST_CELL.sub(lambda match: bar + match[0], context["body"], count=1)


def write_files(app, error):
    """Write the programs beside the pages."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "programs"
    folder.mkdir(exist_ok=True)
    for found in programs(Path(app.srcdir)):
        (folder / found.name).write_text(found.text, encoding="utf-8", newline="\n")
    for path in Path(app.srcdir, "experiments", "programs").glob("*.py"):
        shutil.copy(path, folder)


def setup(app):
    """Register the hooks; called by Sphinx."""
    app.connect("html-page-context", add_bar)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
