"""Run one notebook in place, as for a reader who watches: with progress bars and live controls.

Called by the tests with the Python of Colab's environment, in the notebook's folder.
"""

import sys

import nbformat
from nbclient import NotebookClient

path = sys.argv[1]
notebook = nbformat.read(path, as_version=4)
client = NotebookClient(notebook, timeout=900, kernel_name="python3")
try:
    with client.setup_kernel():
        client.kc.allow_stdin = True  # which is how the course's package knows
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
finally:
    nbformat.write(notebook, path)
