"""Execute notebooks in place, so that twice on one machine gives the same bytes.

Usage: ``python tools/execute.py [book/NN-name.ipynb …]``, by default all of them.
"""

import os
import sys
from pathlib import Path

import nbformat
import repository
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
KERNEL_ARGUMENTS = ["--InlineBackend.print_figure_kwargs={'bbox_inches': 'tight', 'metadata': {'Software': None}}"]


def announce(cell, cell_index):
    """Print a line for each code cell before it runs."""
    if cell.cell_type == "code":
        print(f"  cell {cell_index}: {cell.source.strip().splitlines()[0][:80]}", flush=True)


def execute(path):
    """Renew a notebook's setup cell, run all cells and store their outputs; on an error leave the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    repository.write_setup_cell(notebook, *repository.read())
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=KERNEL_ARGUMENTS,
        on_cell_start=announce,
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
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def main(names):
    """Execute the notebooks named, or all."""
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ.pop("MPLBACKEND", None)
    if os.environ.get("COURSE_DATA"):
        os.environ["COURSE_DATA"] = str(Path(os.environ["COURSE_DATA"]).expanduser().resolve())
    for path in [Path(name).resolve() for name in names] or sorted(ROOT.glob("book/*.ipynb")):
        if not path.is_file():
            sys.exit(f"There is no notebook {path}.")
        print(path.name, flush=True)
        execute(path)


if __name__ == "__main__":
    main(sys.argv[1:])
