"""What a chapter leaves behind when it is dropped: lines, rows, entries, cells and words, taken out of other files."""

import re

import budgets
import contents
import nbformat
import numbering


def allow_the_words_added():
    """Raise ceilings by the words that stand where a link stood, which are no fault of those chapters."""
    ceilings = budgets.record("ceilings")
    for page in contents.chapters():
        measured = budgets.measure(page.path)
        for name in ("words", "minutes"):
            if measured[name] > budgets.CHAPTER[name]:
                entry = ceilings.setdefault(page.key, {})
                entry[name] = max(measured[name], entry.get(name, 0))
    budgets.keep("ceilings", ceilings)


def without(lines, name):
    """Drop a file's line from _toc.yml, and those below it that are indented further."""
    kept, depth = [], None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() == f"- file: {name}":
            depth = indent
        elif depth is None or indent <= depth:
            depth = None
            kept.append(line)
    # A part that has lost its only chapter goes too.
    empty = re.compile(r"  - caption: .*\n(?:    \w+: .+\n)*    chapters:\n(?=  - caption:|\Z)")
    return empty.sub("", "\n".join([*kept, ""])).splitlines()


def without_entries(text, name, names):
    """Drop rows of tables that begin with a link to a page that is gone, and its entries of the glossary."""

    def leads(link):
        return link and numbering.resolved(name, link[2]) in names

    lines = [line for line in text.split("\n") if not leads(re.match(r"\| \[\d+\. ([^\]]*)\]\(([\w./-]+)\)", line))]
    text = "\n".join(lines)
    head, opening, glossary = text.partition("```{glossary}\n")
    if opening:
        body, end, rest = glossary.partition("\n```")
        entries = [e for e in body.split("\n\n") if not leads(re.search(r"\[(Chapter \d+)\]\(([\w./-]+)\)\.$", e))]
        text = head + opening + "\n\n".join(entries) + end + rest
    return text


def without_section(key, page):
    """Drop a chapter's heading and cells from the marking key."""
    notebook, kept, dropping = nbformat.read(key.path, as_version=4), [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            dropping = f"]({page.stem}.ipynb)" in cell.source
        if not dropping:
            kept.append(cell)
    notebook.cells = kept
    for number, cell in enumerate((c for c in kept if c.cell_type == "code"), 1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
    contents.write(notebook, key.path)
