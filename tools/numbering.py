"""Bring what is typed about chapters up to date with _toc.yml: numbers in links, and the lesson plan.

Usage: ``python tools/numbering.py``. Chapter numbers stand only inside links, as in
``[chapter 3](03-name.ipynb)``. Numbers of equations and figures are the site's alone, and not typed.
"""

import re
from pathlib import Path, PurePosixPath

import budgets
import contents
import nbformat

LINK = re.compile(r"\[([^\]]*)\]\(([\w./-]*)(#(?:[^()\s]|\([^()\s]*\))+)?\)")
# "chapter 3", "3" alone and "3. Its title" are numbers of chapters; "3 networks" and "3D" are not.
IN_TEXT = re.compile(r"^\d+(?=$|\. )|(?<=\b[Cc]hapter )\d+\b|(?<=\b[Cc]hapter\n)\d+\b")
TYPED = re.compile(r"\b[Cc]hapters?\s+\d+")
ROW = re.compile(r"^\| \[\d+\. .*?\]\(([\w-]+)\.ipynb\) \| (\d+) \| (\d+) \|", re.MULTILINE)
MAP_ROW = re.compile(r"^\| \[\d+\. .*?\]\(([\w-]+)\.ipynb\) (\|.*?\|) (\d+) \|", re.MULTILINE)
PATH = re.compile(r"^(- \*\*[^*]*\*\* \()\d+( minutes.*\[\d+\].*)$", re.MULTILINE)
FIRST = 15  # minutes of a page without a number in a path: its program is run, too
TOTAL = re.compile(r"\d+ minutes of reading and \d+ of exercises")
SHORT = re.compile(r"(takes chapters .*?)\d+ minutes without exercises", re.DOTALL)


def renumbered(text, name, places):
    """Return a text of the page `name` with the numbers in its links as they should be."""

    def link(match):
        words, target, fragment = match.groups()
        page = resolved(name, target)
        if page in places:
            words = IN_TEXT.sub(str(places[page]), words, count=1)
        return f"[{words}]({target}{fragment or ''})"

    return LINK.sub(link, text)


def resolved(name, target):
    """Return the name of the page to which a link on the page `name` leads."""
    parts = []
    for part in (PurePosixPath(name).parent / target).with_suffix("").parts if target else ():
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def texts(page):
    """Return the pieces of text of a page that may hold links: its text cells, or all of it."""
    if page.path.suffix == ".md":
        return [page.path.read_text(encoding="utf-8")]
    return [c.source for c in nbformat.read(page.path, as_version=4).cells if c.cell_type == "markdown"]


def rewrite(page, change):
    """Apply a function to each text of a page and return whether the file changed."""
    if page.path.suffix == ".md":
        before = page.path.read_text(encoding="utf-8")
        after = change(before)
        if after != before:
            page.path.write_text(after, encoding="utf-8", newline="\n")
        return after != before
    notebook = nbformat.read(page.path, as_version=4)
    before = [cell.source for cell in notebook.cells]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = change(cell.source)
    if changed := before != [cell.source for cell in notebook.cells]:
        contents.write(notebook, page.path)
    return changed


def lesson_plan(text, root=contents.ROOT):
    """Return the page for teachers with the minutes of its lesson plan as counted."""
    by_stem = {page.stem: page for page in contents.chapters(root)}

    def row(match):
        page = by_stem[match[1]]
        exercises = budgets.measure(page.path)["exercises"]
        start = f"| [{page.number}. {contents.title(page)}]({page.stem}.ipynb)"
        return f"{start} | {minutes_of(page, int(match[2]))} | {15 * exercises} |"

    text = ROW.sub(row, text)
    rows = {stem: (int(reading), int(exercises)) for stem, reading, exercises in ROW.findall(text)}
    reading, exercises = (sum(pair[i] for pair in rows.values()) for i in (0, 1))
    text = TOTAL.sub(f"{reading} minutes of reading and {exercises} of exercises", text)

    def short(match):
        stems = re.findall(r"\(([\w-]+)\.ipynb\)", match[1])
        return f"{match[1]}{sum(rows[stem][0] for stem in stems if stem in rows)} minutes without exercises"

    return SHORT.sub(short, text)


def road_map(text, root=contents.ROOT):
    """Return the first page with the minutes of its road map as counted, and the sums of its paths."""
    pages = {page.stem: page for page in contents.pages(root) if page.path.suffix == ".ipynb" and not page.chapter}

    def row(match):
        page = pages[match[1]]
        minutes = minutes_of(page, int(match[3]))
        return f"| [{page.number}. {contents.title(page)}]({page.stem}.ipynb) {match[2]} {minutes} |"

    text = MAP_ROW.sub(row, text)
    read = {stem: int(minutes) for stem, _, minutes in MAP_ROW.findall(text)}

    def path(match):
        stems = [stem for stem in re.findall(r"\(([\w-]+)\.ipynb\)", match[2]) if stem in pages]
        total = sum(read.get(stem, FIRST) for stem in stems)
        return f"{match[1]}{total}{match[2]}"

    return PATH.sub(path, text)


def minutes_of(page, typed):
    """Return the minutes of reading to be typed for a page: a few words more or less need no new number."""
    counted = budgets.measure(page.path)["minutes"]
    return typed if abs(typed - counted) <= 3 else counted


def refresh(root=contents.ROOT):
    """Rewrite every page whose typed numbers are stale and return the names of those pages."""
    places = {page.name: page.number for page in contents.chapters(root)}
    changed = []
    for page in contents.pages(root):

        def change(text, page=page):
            text = renumbered(text, page.name, places)
            return COUNTED[page.stem](text, root) if page.stem in COUNTED else text

        if rewrite(page, change):
            changed.append(page.name)
    return changed


COUNTED = {"for-teachers": lesson_plan, "intro": road_map}  # pages whose minutes are counted


def untied(root=contents.ROOT):
    """Return the chapter numbers that stand outside of a link, where no tool finds them."""
    found = []
    for page in contents.pages(root):
        for text in texts(page):
            found += [f"{page.name}: {typed}" for typed in TYPED.findall(LINK.sub("", text))]
        if page.path.suffix == ".ipynb":
            cells = nbformat.read(page.path, as_version=4).cells
            shown = [f"{cell.source} {cell.metadata}" for cell in cells if cell.cell_type == "code"]
            found += [f"{page.name}: {typed}" for text in shown for typed in TYPED.findall(text)]
    return found


if __name__ == "__main__":
    print("\n".join(refresh(Path(contents.ROOT))) or "All numbers are up to date.")
