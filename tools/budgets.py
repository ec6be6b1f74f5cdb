"""Count what a chapter asks of its reader and compare it with the budget, whose numbers stand here and nowhere else.

Usage: ``python tools/budgets.py`` prints the table of all chapters and lowers the ceilings in
tests/records/ceilings.json, which chapters not yet rewritten may not exceed.
"""

import html
import io
import json
import re
import statistics
import tokenize

import contents
import nbformat

# A chapter may have at most this much of each.
CHAPTER = {
    "words": 2200,  # captions, questions and comments in code counted in
    "code": 230,  # lines of code in view, without exercises
    "folded": 120,  # lines of code that are folded, without solutions
    "cell": 15,  # lines of the longest cell in view
    "class": 25,  # lines of the longest cell in view that defines a class
    "median": 8,  # lines of the median of cells in view that have three lines or more
    "figures": 8,
    "height": 16_000,  # pixels of the page in a window of 1280
    "minutes": 35,  # of reading
    "seconds": 20,  # of CPU time on one thread
}
DATA_SECONDS = 60  # instead of 20, for a chapter that trains on a data set or a text, and its program
DATA = {"names-data-set", "trains-on-text"}  # the tags of cells that read one
EVIDENCE = {"words": 1200, "claims": 5, "seconds": 30, "longest": 10}  # seconds of the longest cell
PROGRAM = {"lines": 80, "seconds": 20}
WORDS_A_MINUTE, CELLS_A_MINUTE = 150, 2

RECORDS = contents.ROOT / "tests" / "records"
FOLDS = {"hide-cell", "hide-input"}


def lines(cell):
    """Return how many lines of a code cell have something in them."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def tags(cell):
    """Return the tags of a cell as a set."""
    return set(cell.metadata.get("tags", []))


def words(notebook):
    """Count the words of the text cells, captions, comments, and of pages of HTML that cells show."""
    texts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            texts.append(cell.source)
        elif cell.cell_type == "code" and cell.get("id") != "setup":
            texts.append(cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", ""))
            texts += [] if contents.is_solution(cell) else _comments(cell.source)
            shown = [output.get("data", {}).get("text/html", "") for output in cell.outputs]
            texts += [html.unescape(re.sub(r"<script>.*?</script>|<[^>]*>", " ", page, flags=re.S)) for page in shown]
    return sum(len(text.split()) for text in texts)


def _comments(source):
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT]


def measure(path):
    """Return the counts of one notebook, by the names of `CHAPTER` and `EVIDENCE`, as far as its file shows them.

    Parameters
    ----------
    path : pathlib.Path
        A notebook.

    Returns
    -------
    dict of str to float
        With ``exercises`` and, where they were recorded, ``seconds`` and ``longest``, which is
        the CPU time of the longest cell.
    """
    notebook = nbformat.read(path, as_version=4)
    code = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip() and cell.get("id") != "setup"
    ]
    # An exercise is all that its section has: the stub, and the solution.
    view = [c for c in code if not tags(c) & FOLDS and not contents.is_stub(c) and not contents.is_solution(c)]
    folded = [cell for cell in code if tags(cell) & FOLDS and not contents.is_solution(cell)]
    classes = [cell for cell in view if re.search(r"^class ", cell.source, re.MULTILINE)]
    outputs = [output.get("data", {}) for cell in code for output in cell.outputs]
    count = words(notebook)
    found = {
        "words": count,
        "code": sum(map(lines, view)),
        "folded": sum(map(lines, folded)),
        "cell": max((lines(cell) for cell in view if cell not in classes), default=0),
        "class": max(map(lines, classes), default=0),
        "median": statistics.median([lines(cell) for cell in view if lines(cell) >= 3] or [0]),
        "figures": sum("image/png" in data or "<figure" in data.get("text/html", "") for data in outputs),
        "minutes": round(count / WORDS_A_MINUTE + len(view) / CELLS_A_MINUTE),
        "exercises": sum(map(contents.is_stub, code)),
        "claims": sum(cell.source.count("**Claim") for cell in notebook.cells if cell.cell_type == "markdown"),
    }
    spent = record("seconds").get(contents.key(path))
    if spent:
        found |= {"seconds": spent["total"], "longest": max(spent["cells"].values(), default=0)}
    return found


def budgeted():
    """Return the pages that have a budget: chapters, evidence pages, and other pages with a program."""
    import programs  # not needed where only a record is read

    return [page for page in contents.pages() if page.number or page.chapter or programs.program(page)]


def limits(page):
    """Return the limits of an evidence page, or of a chapter, which hold for every other page with a budget."""
    if page.chapter:
        return EVIDENCE
    return CHAPTER | ({"seconds": DATA_SECONDS} if on_data(page) else {})


def on_data(page):
    """Say whether a page trains on a data set or a text."""
    return any(DATA & tags(cell) for cell in contents.code_cells(page.path))


def record(name):
    """Return what tests/records holds under a name, an empty dict where there is nothing yet."""
    path = RECORDS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep(name, content):
    """Write a record, sorted, one page a line group, so that changes can be read."""
    RECORDS.mkdir(exist_ok=True)
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    (RECORDS / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def excesses(page, measured):
    """Return what is above its limit on a page: for each measure the value and what is allowed today."""
    ceilings = record("ceilings").get(page.key, {})
    allowed = {name: max(limit, ceilings.get(name, 0)) for name, limit in limits(page).items()}
    return {n: (measured[n], allowed[n]) for n in allowed if n in measured and measured[n] > allowed[n]}


def lowered(page, measured):
    """Return the ceilings of a page after lowering them to what was measured, none where the limit holds."""
    ceilings = record("ceilings").get(page.key, {})
    found = {name: min(value, measured.get(name, value)) for name, value in ceilings.items()}
    return {name: value for name, value in found.items() if value > limits(page)[name]}


def heights(pages):
    """Return the height of each page of the built site in a window of 1280 pixels, by the page's key."""
    import browser
    from playwright.sync_api import sync_playwright

    site = contents.ROOT / "_build" / "html"
    with sync_playwright() as playwright:
        if not (chromium := browser.launch(playwright)) or not site.exists():
            return {}
        window = chromium.new_page(viewport={"width": 1280, "height": 800})
        return {page.key: browser.height(window, (site / f"{page.name}.html").as_uri()) for page in pages}


def main():
    """Print the table, the excesses marked, and lower the ceilings."""
    pages = budgeted()
    tall, ceilings = heights(pages), {}
    columns = [*CHAPTER, "exercises", "claims", "longest"]
    print(f"{'':34}" + "".join(f"{name:>10}" for name in columns))
    print(f"{'a chapter may have':34}" + "".join(f"{CHAPTER.get(name, ''):>10}" for name in columns))
    print(f"{'an evidence page':34}" + "".join(f"{EVIDENCE.get(name, ''):>10}" for name in columns))
    for page in pages:
        measured = measure(page.path)
        if page.key in tall:
            measured["height"] = -(-tall[page.key] // 500) * 500  # other fonts, other lines
        over = {name for name, limit in limits(page).items() if measured.get(name, 0) > limit}
        shown = [f"{measured.get(name, ''):g}" if name in measured else "" for name in columns]
        marked = [f"{text}*" if name in over else f"{text} " for name, text in zip(columns, shown, strict=True)]
        print(f"{page.key:34}" + "".join(f"{text:>10}" for text in marked))
        if left := lowered(page, measured):
            ceilings[page.key] = left
    keep("ceilings", ceilings)
    print(f"* above the limit; {len(ceilings)} pages have ceilings of their own in tests/records/ceilings.json")


if __name__ == "__main__":
    main()
