"""Write a new chapter from the notebook and the module with a check that lie in this folder."""

import json
import keyword
import re
import sys
from pathlib import Path

import contents
import nbformat
from contents import ROOT

FOLDER = Path(__file__).parent
CHECKS = ROOT / "course_utils" / "checks"


def write(stem, previous, title):
    """Write a chapter, its check, and its lines on the pages that list chapters.

    Parameters
    ----------
    stem : str
        The name of its file without the suffix.
    previous : contents.Page
        The chapter before it.
    title : str

    Returns
    -------
    list of pathlib.Path
        The notebooks that have to be run: the chapter and the marking key.
    """
    module = stem[3:].replace("-", "_")
    if not module.isidentifier() or keyword.iskeyword(module):
        sys.exit(f"The name after the number becomes a Python module, which cannot be called {module}: choose another.")
    if re.search(r"[\[\]|\\]", title):
        sys.exit(f"A title stands in links and tables, so it has no brackets, bars or backslashes, unlike {title!r}.")
    if (CHECKS / f"{module}.py").exists():
        sys.exit(f"There is already a module course_utils/checks/{module}.py: choose another name.")
    text = (FOLDER / "chapter.ipynb").read_text(encoding="utf-8")
    text = text.replace("TITLE", json.dumps(title)[1:-1]).replace("MODULE", module)
    path = ROOT / "book" / f"{stem}.ipynb"
    path.write_text(text, encoding="utf-8", newline="\n")
    check = (FOLDER / "checks.py").read_text(encoding="utf-8").replace("TITLE", title)
    (CHECKS / f"{module}.py").write_text(check, encoding="utf-8", newline="\n")
    toc = ROOT / "_toc.yml"
    lines = _with(toc.read_text(encoding="utf-8").splitlines(), previous.name, f"book/{stem}")
    toc.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    row = f"| [0. {title}]({stem}.ipynb) | "
    _row_behind("intro", previous.stem, row + "What is the total so far? | 0 | |")
    _row_behind("for-teachers", previous.stem, row + "0 | 0 | |")
    key = next(page.path for page in contents.pages() if page.stem == "marking-key")
    notebook = nbformat.read(key, as_version=4)
    place = next(i for i, c in enumerate(notebook.cells) if f"]({previous.stem}.ipynb)" in c.source)
    while place + 1 < len(notebook.cells) and notebook.cells[place + 1].cell_type == "code":
        place += 1
    source = f"from course_utils.checks import {module}\n\nshow(exercises({module}))"
    notebook.cells[place + 1 : place + 1] = [
        nbformat.v4.new_markdown_cell(f"## {title}\n\n[Chapter 0]({stem}.ipynb)", id=f"h-{module}"[:64]),
        nbformat.v4.new_code_cell(source, id=f"c-{module}"[:64], metadata={"tags": ["hide-input"]}),
    ]
    contents.write(notebook, key)
    return [path, key]


def _with(lines, behind, name):
    """Insert a file behind another one and the lines below that one."""
    place = next(i for i, line in enumerate(lines) if line.strip() == f"- file: {behind}")
    indent = len(lines[place]) - len(lines[place].lstrip())
    end = place + 1
    while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > indent:
        end += 1
    return [*lines[:end], f"{' ' * indent}- file: {name}", *lines[end:]]


def _row_behind(stem, behind, row):
    """Insert a row into a page's table of chapters."""
    path = ROOT / "book" / f"{stem}.md"
    lines = path.read_text(encoding="utf-8").split("\n")
    place = next(i for i, line in enumerate(lines) if re.match(rf"\| \[\d+\. .*\]\({behind}\.ipynb\)", line))
    lines.insert(place + 1, row)
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
