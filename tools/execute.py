"""Execute notebooks in place, so that twice on one machine gives the same bytes.

Usage: ``python tools/execute.py [book/NN-name.ipynb …]``, by default all of them.
"""

import os
import sys
from pathlib import Path

import budgets
import contents
import nbformat
import psutil
import repository
from nbclient import NotebookClient

KERNEL_ARGUMENTS = ["--InlineBackend.print_figure_kwargs={'bbox_inches': 'tight', 'metadata': {'Software': None}}"]


def announce(cell, cell_index):
    """Print a line for each code cell before it runs."""
    if cell.cell_type == "code":
        print(f"  {cell.id}: {(cell.source.strip().splitlines() or [''])[0][:80]}", flush=True)


def execute(path):
    """Renew a notebook's setup cell, run all cells, store their outputs, and record the CPU time of each.

    On an error the file stays as it was. The record (tests/records/seconds.json) is what tests read
    instead of a clock.
    """
    notebook = nbformat.read(path, as_version=4)
    repository.write_setup_cell(notebook, *repository.read())
    spent = {}
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=KERNEL_ARGUMENTS,
        on_cell_start=announce,
        on_cell_executed=lambda cell, cell_index, execute_reply: spent.update({cell.id: cpu_seconds(client)}),
    )
    client.execute()
    for cell in notebook.cells:
        if "names-data-set" in cell.metadata.get("tags", []) and "Stand-in" in cell.outputs[0].text:
            sys.exit(f"{path.name} keeps its outputs, which must come from the real data: {cell.outputs[0].text}")
    # The kernel's exact version would change the file from machine to machine.
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    contents.write(notebook, path)
    if contents.ROOT in path.parents:
        ran = [cell for cell in notebook.cells if cell.id in spent]
        keep_seconds(path, [cell.id for cell in ran], spent, {c.id for c in ran if "program" in budgets.tags(c)})


def cpu_seconds(client):
    """Return the CPU time that a client's kernel has used so far."""
    kernel = psutil.Process(client.km.provisioner.pid)
    # On Windows the Python of a virtual environment starts the one that computes.
    times = [process.cpu_times() for process in (kernel, *kernel.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def keep_seconds(path, order, spent, always):
    """Record the CPU seconds of a notebook, and of each cell that takes one or more or is in `always`."""
    times = [spent[name] for name in order]
    each = {name: round(b - a, 1) for name, a, b in zip(order[1:], times, times[1:], strict=False)}
    kept = {name: value for name, value in each.items() if value >= 1 or name in always}
    entry = {"total": round(times[-1], 1), "cells": kept}
    budgets.keep("seconds", budgets.record("seconds") | {contents.key(path): entry})


def prepare_environment():
    """Give the kernels, which inherit this process's environment, one thread, figures, and an absolute data folder."""
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ.pop("MPLBACKEND", None)
    if os.environ.get("COURSE_DATA"):
        os.environ["COURSE_DATA"] = str(Path(os.environ["COURSE_DATA"]).expanduser().resolve())


def main(names):
    """Execute the notebooks named, or all."""
    prepare_environment()
    for path in [Path(name).resolve() for name in names] or contents.notebooks():
        if not path.is_file():
            sys.exit(f"There is no notebook {path}.")
        print(path.name, flush=True)
        execute(path)


if __name__ == "__main__":
    main(sys.argv[1:])
