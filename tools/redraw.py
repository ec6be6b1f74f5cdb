"""Run notebooks with every seed shifted: a claim that needs the stored seed is no claim.

Usage: ``python tools/redraw.py [--shifts 1000,2000,3000] [--keep] [NOTEBOOK …]``, by default all
notebooks of the book. Prints each cell that fails, by its id, with the assertion; and each claim that
is a function (course_utils.claims) with value, threshold and margin. Exit status 1 where a cell fails that
is not known to (tests/records/redraw.json); ``--keep`` writes that record anew.
"""

import argparse
import ast
import datetime
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import budgets
import contents
import execute
import nbclient
import nbformat

SHIFTS = (1000, 2000, 3000)  # nothing else in the course uses them
TIMEOUT = 900  # seconds for one cell
CLAIMS = "application/x-course-claims+json"

# Run in the kernel before all else.
SHIFTED = Path(__file__).with_name("shifted_seeds.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Finding:
    """A cell that fails with shifted seeds, or a claim that was judged in it."""

    page: str
    shift: int
    cell: str
    text: str
    fails: bool

    def __str__(self):
        """Return one line, without tabs or line breaks in it."""
        return f"{'FAILS' if self.fails else 'claim'}  {self.page}  shift {self.shift}  cell {self.cell}  {self.text}"


def run(path, shift):
    """Execute a notebook with all seeds shifted and return what was found, in the order of its cells.

    Parameters
    ----------
    path : pathlib.Path
    shift : int
        Added to every seed; 0 runs the notebook as it is.

    Returns
    -------
    list of Finding
        A cell whose tags say that it raises an exception is meant to fail, and is not among them.
    """
    notebook = nbformat.read(path, as_version=4)
    first = nbformat.v4.new_code_cell(f"{SHIFTED}\n\nshift_all_seeds({shift})", id="shifted-seeds")
    notebook.cells.insert(0, first)
    page, found = contents.key(path), []
    try:
        # In a folder of its own: redraws of a program run side by side, and each writes its files.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            resources = {"metadata": {"path": folder}}
            nbclient.NotebookClient(notebook, timeout=TIMEOUT, allow_errors=True, resources=resources).execute()
    except (nbclient.exceptions.CellTimeoutError, nbclient.exceptions.DeadKernelError) as error:
        found.append(Finding(page, shift, "?", f"{type(error).__name__}: {str(error).splitlines()[0]}", True))
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for name, value, threshold, margin in output.get("data", {}).get(CLAIMS, []):
                text = f"{name}: value {value:.4g}, threshold {threshold:.4g}, margin {margin:.3g}"
                found.append(Finding(page, shift, cell.id, text, False))
            meant = "raises-exception" in cell.metadata.get("tags", [])
            if output.output_type == "error" and (not meant or cell is notebook.cells[0]):
                found.append(Finding(page, shift, cell.id, reason(cell, output), True))
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        if "raises-exception" in cell.metadata.get("tags", []) and not errors:
            found.append(Finding(page, shift, cell.id, "is meant to raise an exception, and did not", True))
    return found


def reason(cell, error):
    """Return the assertion that failed, as it stands in the cell, or the error where it was another one."""
    if error.ename != "AssertionError":
        return f"{error.ename}: {error.evalue.splitlines()[0] if error.evalue else ''}"
    trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    line = re.search(r"Cell In\[\d+\], line (\d+)|^-+> (\d+)", trace, re.MULTILINE)
    number = int(line[1] or line[2]) if line else 0
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Assert | ast.Expr | ast.Assign) and node.lineno <= number <= node.end_lineno:
            return " ".join(ast.get_source_segment(cell.source, node).split())
    return "AssertionError"


def known():
    """Return the cells that are known to fail, as pairs of page and cell id."""
    return {(page, cell) for page, entry in budgets.record("redraw").items() for cell in entry["failures"]}


def keep(findings, pages, shifts):
    """Write the dated record, the pages that were not run left as they were."""
    today = str(datetime.date.today())
    entries = {page: {"date": today, "failures": {}, "shifts": list(shifts)} for page in pages}
    for finding in findings:
        if finding.fails:
            entries[finding.page]["failures"].setdefault(finding.cell, {})[str(finding.shift)] = finding.text
    budgets.keep("redraw", budgets.record("redraw") | entries)


def main():
    """Run what the command line names and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--shifts", default=",".join(map(str, SHIFTS)), help="numbers with commas between")
    parser.add_argument("--keep", action="store_true", help="write tests/records/redraw.json anew")
    arguments = parser.parse_args()
    try:
        shifts = [int(shift) for shift in arguments.shifts.split(",")]
    except ValueError:
        parser.error(f"--shifts takes whole numbers with commas between, unlike {arguments.shifts!r}")
    paths = arguments.notebooks or contents.notebooks()
    for path in paths:
        if not path.is_file():
            parser.error(f"there is no notebook {path}")
    if arguments.keep and tuple(shifts) != SHIFTS:
        parser.error("the record is of the default shifts: leave out --shifts, or --keep")
    execute.prepare_environment()
    findings = []
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda job: run(*job), [(path, shift) for path in paths for shift in shifts]):
            print("".join(f"{finding}\n" for finding in found), end="", flush=True)
            findings += found
    failing = {(finding.page, finding.cell) for finding in findings if finding.fails}
    new = failing - known()
    names = [contents.key(path) for path in paths]
    if arguments.keep:
        keep(findings, names, shifts)
    elif tuple(shifts) == SHIFTS:
        for name, cell in sorted(pair for pair in known() - failing if pair[0] in names):
            print(f"holds  {name}  cell {cell}  is known to fail and did not: run this with --keep")
    print(f"{len(paths)} notebooks, {len(shifts)} redraws each: {len(failing)} cells fail, {len(new)} not known to.")
    sys.exit(bool(new))


if __name__ == "__main__":
    main()
