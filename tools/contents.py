"""What the book consists of, read from _toc.yml: the one place that says what a chapter is.

A *chapter* is a file listed in a numbered part; its number is its place among them. An *evidence
page* is listed under a chapter's ``sections``. Every other file is a page without a number.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = re.compile(r"#\s*@title\s+\W*Solution")


@dataclass(frozen=True)
class Page:
    """A page of the book.

    Attributes
    ----------
    name : str
        Path from the root without a suffix, such as ``book/01-recurrence``.
    number : int or None
        The number of a chapter.
    chapter : str or None
        For an evidence page the name of its chapter.
    root : pathlib.Path
        The folder in which _toc.yml lies.
    """

    name: str
    number: int | None = None
    chapter: str | None = None
    root: Path = ROOT

    @property
    def stem(self):
        """The name without its folder, such as ``01-recurrence``."""
        return self.name.rpartition("/")[2]

    @property
    def key(self):
        """The name below ``book``, by which tests/records calls the page."""
        return self.name.removeprefix("book/")

    @property
    def path(self):
        """The file, a notebook where there is one."""
        notebook = self.root / f"{self.name}.ipynb"
        return notebook if notebook.exists() else self.root / f"{self.name}.md"


def pages(root=ROOT):
    """Return all pages in the order of _toc.yml, an evidence page behind its chapter."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found, number = [Page(toc["root"], root=root)], 0
    for part in toc["parts"]:
        for entry in part["chapters"]:
            number += "numbered" in part
            found.append(Page(entry["file"], number if "numbered" in part else None, root=root))
            found += [Page(page["file"], chapter=entry["file"], root=root) for page in entry.get("sections", [])]
    return found


def chapters(root=ROOT):
    """Return the chapters in their order."""
    return [page for page in pages(root) if page.number]


def evidence(root=ROOT):
    """Return the evidence pages in their order."""
    return [page for page in pages(root) if page.chapter]


def notebooks(root=ROOT):
    """Return the paths of all notebooks of the book, listed in _toc.yml or not."""
    return sorted(path for path in (root / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def key(path):
    """Return a notebook's name below ``book``, by which tests/records calls it; of a file elsewhere the bare name."""
    inside = ROOT / "book" in path.resolve().parents
    return path.resolve().relative_to(ROOT / "book").with_suffix("").as_posix() if inside else path.stem


def title(page):
    """Return the title of a page, the text of its first heading."""
    if page.path.suffix == ".ipynb":
        text = nbformat.read(page.path, as_version=4).cells[0].source
    else:
        text = page.path.read_text(encoding="utf-8")
    return re.search(r"^# (.+)$", text, re.MULTILINE)[1]


def code_cells(path):
    """Return the code cells of a notebook with something in them."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def prose(path):
    """Return the text of a page, without code, on one line."""
    if path.suffix != ".ipynb":
        return " ".join(path.read_text(encoding="utf-8").split())
    cells = nbformat.read(path, as_version=4).cells
    return " ".join(" ".join(cell.source for cell in cells if cell.cell_type == "markdown").split())


def is_solution(cell):
    """Say whether a cell holds the solution of an exercise, in this course's or in Colab's spelling of its title."""
    return cell.cell_type == "code" and bool(SOLUTION.match(cell.source))


def is_stub(cell):
    """Say whether a cell holds an exercise that is to be solved."""
    return cell.cell_type == "code" and "raise NotImplementedError" in cell.source


def write(notebook, path):
    """Write a notebook as every tool writes it, so that a change touches only what it changes."""
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
