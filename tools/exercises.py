"""Write copies of the chapters without their solutions, to hand out.

Usage: ``python tools/exercises.py [folder]``, by default ``exercises``.
"""

import sys
from pathlib import Path

import contents
import nbformat
from contents import ROOT


def without_solutions(notebook):
    """Drop the cells with solutions from a notebook and return how many there were."""
    kept = [cell for cell in notebook.cells if not contents.is_solution(cell)]
    count = len(notebook.cells) - len(kept)
    notebook.cells = kept
    return count


def main(folder):
    """Write a copy of each notebook that has exercises."""
    folder = Path(folder)
    if folder.resolve() == ROOT / "book":
        sys.exit("The copies would replace the chapters: name another folder than book.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in contents.notebooks():
            notebook = nbformat.read(path, as_version=4)
            count = without_solutions(notebook)
            if count:
                contents.write(notebook, folder / path.name)
                print(f"{folder / path.name}: {count} solutions left out")
    except OSError as error:
        sys.exit(f"Cannot write there ({error}): name another folder, python tools/exercises.py FOLDER")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ROOT / "exercises")
