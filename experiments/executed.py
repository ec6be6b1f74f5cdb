"""Execute the program of a chapter, with lines changed: the text that readers copy is what is measured."""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import nbformat

BOOK = Path(__file__).parents[1] / "book"


@cache
def text(chapter):
    """Return the program of a chapter, given by the name of its notebook without the ending."""
    cells = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4).cells
    return "\n".join(cell.source for cell in cells if "program" in cell.metadata.get("tags", []))


def executed(chapter, changes, *, until=None, file=None, given=None):
    """Execute a program in an empty folder and return its variables.

    Parameters
    ----------
    chapter : str
        Name of the notebook, without its ending.
    changes : iterable of (str, str)
        What is replaced, everywhere, and by what; what is not there stops it.
    until : str, optional
        Stop before the line in which these words stand.
    file : path, optional
        Copied into the folder before.
    given : dict, optional
        Variables that the changed lines use.

    Returns
    -------
    dict
        The program's variables by name.

    Raises
    ------
    ValueError
        If a line that is to be changed is not there.
    """
    source = text(chapter)
    for old, new in changes:
        if old not in source:
            raise ValueError(f"the program has no {old!r}: bring the changes up to date")
        source = source.replace(old, new)
    names, here = {"print": lambda *_: None, **(given or {})}, Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        if file:
            shutil.copy(file, folder)
        os.chdir(folder)
        try:
            exec(source[: source.index(until)] if until else source, names)
        finally:
            os.chdir(here)
    return names
