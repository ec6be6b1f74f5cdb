"""Rename, drop or add a chapter, and bring everything that names it up to date.

Usage::

    python tools/chapters.py list
    python tools/chapters.py rename 07-lstm-mnist 08-digits
    python tools/chapters.py drop 07-lstm-mnist
    python tools/chapters.py add 08-my-topic 07-lstm-mnist "My topic"

``add`` puts a new chapter, which has one exercise and its check, behind the one named second; its
text is that of tools/new_chapter. The chapter's number on the site is its place in _toc.yml; the number in a
file's name only keeps the files in order, so that addresses stay as they are when a chapter goes.
"""

import re
import sys

import budgets
import contents
import dropping
import nbformat
import numbering
from contents import ROOT

NAME = re.compile(r"\d\d-[a-z0-9]+(-[a-z0-9]+)*")


def chapter(stem):
    """Return the chapter with this file name, or stop with a sentence that lists those there are."""
    found = {page.stem: page for page in contents.chapters()}
    if stem not in found:
        sys.exit(f"There is no chapter {stem}. There are: {', '.join(found)}.")
    return found[stem]


def new_name(stem):
    """Stop with a sentence where a chapter cannot get this name."""
    if not NAME.fullmatch(stem):
        sys.exit(f"A chapter's file is named like 07-lstm-mnist, unlike {stem!r}.")
    if (ROOT / "book" / f"{stem}.ipynb").exists():
        sys.exit(f"There is already a book/{stem}.ipynb: choose another name.")


def in_order(stems):
    """Stop with a sentence where the numbers in file names would not rise."""
    if stems != sorted(stems):
        sys.exit(f"The numbers of the files must rise in this order: {', '.join(stems)}. Choose another number.")


def change_toc(change):
    """Rewrite the lines of _toc.yml with a function."""
    path = ROOT / "_toc.yml"
    lines = change(path.read_text(encoding="utf-8").splitlines())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def change_records(change):
    """Rewrite the records with a function of the page's key, which returns the new key, or None to drop it."""
    for path in budgets.RECORDS.glob("*.json"):
        content = budgets.record(path.stem)
        kept = {change(name): value for name, value in content.items() if change(name) is not None}
        if kept != content:
            budgets.keep(path.stem, kept)


def belongs(name, page):
    """Say whether a page's key in the records is that of a chapter or of one of its evidence pages."""
    pages = [page, *(other for other in contents.evidence() if other.chapter == page.name)]
    return name in [other.key for other in pages]


def rename(old, new):
    """Rename a chapter's file and its evidence page's, and follow every mention."""
    page = chapter(old)
    new_name(new)
    in_order([new if other == page else other.stem for other in contents.chapters()])
    mention = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    change_records(lambda name: mention.sub(new, name))
    for path in contents.notebooks():
        notebook = nbformat.read(path, as_version=4)
        before = [cell.source for cell in notebook.cells]
        for cell in notebook.cells:
            cell.source = mention.sub(new, cell.source)
        if before != [cell.source for cell in notebook.cells]:
            contents.write(notebook, path)
    texts = [ROOT / name for name in ("_toc.yml", "README.md", "CONTRIBUTING.md")]
    for path in [*sorted((ROOT / "book").glob("*.md")), *texts]:
        text = path.read_text(encoding="utf-8")
        if mention.search(text):
            path.write_text(mention.sub(new, text), encoding="utf-8", newline="\n")
    for folder in (ROOT / "book", ROOT / "book" / "evidence"):
        if (folder / f"{old}.ipynb").exists():
            (folder / f"{old}.ipynb").rename(folder / f"{new}.ipynb")


def drop(stem):
    """Delete a chapter with its evidence pages, and turn every link to it into words."""
    page = chapter(stem)
    title = contents.title(page)
    gone = [page, *(other for other in contents.evidence() if other.chapter == page.name)]
    names = {other.name for other in gone}
    pages = [other for other in contents.pages() if other not in gone]
    change_records(lambda name: None if belongs(name, page) else name)
    for other in gone:
        other.path.unlink()
    change_toc(lambda lines: dropping.without(lines, page.name))

    def unlink(match, name):
        words, target, _ = match.groups()
        if numbering.resolved(name, target) not in names:
            return match[0]
        if re.fullmatch(r"[Cc]hapter \d+|\d+", words):
            return f"{'The' if words[0] == 'C' else 'the'} chapter *{title}* (not in this edition)"
        return f"{words} (in the chapter *{title}*, not in this edition)"

    for other in pages:

        def change(text, name=other.name):
            text = dropping.without_entries(text, name, names)
            return numbering.LINK.sub(lambda match: unlink(match, name), text)

        if other.stem == "marking-key":
            dropping.without_section(other, page)
        if numbering.rewrite(other, change):
            print(f"{other.name} has named {stem}: read once what it says now.")
    dropping.allow_the_words_added()
    print("The chapter's check in course_utils/checks stays; delete it where nothing else uses it.")


def add(stem, behind, title):
    """Write a new chapter with one exercise behind another one, and run it."""
    import execute  # which needs what the tests need; the other commands do not
    import new_chapter
    import versions

    previous = chapter(behind)
    new_name(stem)
    stems = [page.stem for page in contents.chapters()]
    stems.insert(stems.index(behind) + 1, stem)
    in_order(stems)
    written = new_chapter.write(stem, previous, title)
    numbering.refresh()
    versions.main()  # the chapter's check is new
    execute.main(map(str, written))


def main(command, *arguments):
    """Run one of the commands."""
    commands = {"list": (None, 0), "rename": (rename, 2), "drop": (drop, 1), "add": (add, 3)}
    function, count = commands.get(command, (None, -1))
    if len(arguments) != count:
        sys.exit(f"Usage:\n\n{__doc__.partition('Usage::')[2].partition('``add``')[0].strip()}")
    if function:
        function(*arguments)
        numbering.refresh()
    list_chapters()


def list_chapters():
    """Print the chapters with their numbers."""
    for page in contents.chapters():
        print(f"{page.number:3}  {page.stem:28}{contents.title(page)}")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["list"]))
