"""Write copies of the chapters without solutions and outputs, and the exercises of each part in one notebook.

Usage: ``python tools/exercises.py [FOLDER] [--outputs]``, by default into ``exercises``; ``--outputs`` keeps what
the other cells have printed and drawn.
"""

import argparse
import re
import sys
from pathlib import Path

import contents
import nbformat
import yaml
from contents import ROOT

# What a solution leaves behind without its title: the check under `assert`, in a cell that is no stub.
SOLVED = re.compile(r"^assert checks\.", re.MULTILINE)
HEAD = re.compile(r"^## ", re.MULTILINE)
FOLDED = re.compile(r" ?[^.\n]*\bsolution is folded[^.\n]*\.")
IMPORTS = "import math\n\nimport numpy as np\nimport torch\nfrom torch import nn"


def is_kept(cell):
    """Say whether a cell stays in a copy: it is no solution and does not need an answer."""
    return not contents.is_solution(cell) and "needs-answer" not in cell.metadata.get("tags", [])


def copy_of(path, outputs=False):
    """Return a chapter without solutions, and how many were left out.

    Raises
    ------
    SystemExit
        With a sentence, where a solution may have stayed.
    """
    notebook = nbformat.read(path, as_version=4)
    stubs = sum(map(contents.is_stub, notebook.cells))
    solutions = sum(map(contents.is_solution, notebook.cells))
    notebook.cells = list(filter(is_kept, notebook.cells))
    left = [cell.get("id") for cell in notebook.cells if cell.cell_type == "code" and SOLVED.search(cell.source)]
    if solutions != stubs or left:
        sys.exit(
            f"{path.name} has {stubs} exercises and {solutions} cells that start with `# @title Solution`"
            f"{f', and a check under assert in {left[0]}' if left else ''}. Nothing was written: mend it first."
        )
    for cell in notebook.cells:
        cell.source = FOLDED.sub("", cell.source) if cell.cell_type == "markdown" else cell.source
        if cell.cell_type == "code" and not outputs:
            cell.update(outputs=[], execution_count=None)
    return notebook, solutions


def exercises_of(page):
    """Return the cells of a chapter's section of exercises, its links leading to the chapter."""
    notebook, _ = copy_of(page.path)
    stubs = [n for n, cell in enumerate(notebook.cells) if contents.is_stub(cell)]
    heads = [n for n, cell in enumerate(notebook.cells) if HEAD.search(cell.source) and cell.cell_type == "markdown"]
    start = max((n for n in heads if n < stubs[0]), default=stubs[0] - 1)
    cells = notebook.cells[start : min((n for n in heads if n > stubs[-1]), default=None)]
    if found := HEAD.search(cells[0].source):
        cells[0].source = cells[0].source[found.start() :]
    for cell in cells:
        cell.id = f"{page.stem[:2]}-{cell.id}"
        cell.source = cell.source.replace("](#", f"]({page.path.name}#")
        if cell.source.startswith("## Exercises"):
            title = f"## {contents.title(page)}\n\nWhat an exercise builds on is in [the chapter]({page.path.name})."
            cell.source = cell.source.replace("## Exercises", title, 1)
    return cells


def parts():
    """Yield file name and notebook of each part that has exercises: all of them, below its name."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = {
        page.name: page for page in contents.chapters() if any(map(contents.is_stub, contents.code_cells(page.path)))
    }
    for part in toc["parts"]:
        there = [pages[entry["file"]] for entry in part["chapters"] if entry["file"] in pages]
        if there:
            setup = next(cell for cell in nbformat.read(there[0].path, as_version=4).cells if cell.get("id") == "setup")
            head = [
                nbformat.v4.new_markdown_cell(f"# Exercises of {part['caption']}", id="title"),
                setup,
                nbformat.v4.new_code_cell(IMPORTS, id="imports"),
            ]
            cells = [cell for page in there for cell in exercises_of(page)]
            metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
            name = re.sub(r"\W+", "-", part["caption"].partition(":")[0].lower())
            yield f"{name}.ipynb", nbformat.v4.new_notebook(cells=head + cells, metadata=metadata)


def main(folder, outputs):
    """Write a copy of each chapter that has exercises, and a notebook for each part."""
    if folder.resolve() == ROOT / "book":
        sys.exit("The copies would replace the chapters: name another folder than book.")
    copies = {page.path.name: copy_of(page.path, outputs) for page in contents.chapters()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (notebook, count) in copies.items():
            if count:
                contents.write(notebook, folder / name)
                print(f"{folder / name}: {count} solutions left out")
        for name, notebook in parts():
            contents.write(notebook, folder / name)
            print(f"{folder / name}: {sum(map(contents.is_stub, notebook.cells))} exercises")
    except OSError as error:
        sys.exit(f"Cannot write there ({error}): name another folder, python tools/exercises.py FOLDER")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "exercises")
    parser.add_argument("--outputs", action="store_true", help="keep stored outputs")
    main(**vars(parser.parse_args()))
