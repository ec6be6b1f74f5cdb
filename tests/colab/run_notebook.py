"""Run one notebook in place, as for a reader who watches: with progress bars and live controls.

Called by the tests with the Python of Colab's environment, in the notebook's folder.
"""

import sys
from queue import Empty
from time import monotonic

import nbformat
from nbclient import NotebookClient

CELL = 300  # seconds


def look_every_second(channel):
    """Let a channel look for a message once a second, besides waiting for the signal that one has come.

    nbclient answers a live control's Output widget on the shell socket while it waits there for the cell's
    reply. ZeroMQ signals an arrival once, and sending takes the signal away: a reply that comes in that moment
    lies unread, with client and kernel both idle, until the wait ends (nbclient's issue 312).
    """
    wait = channel.get_msg

    async def get_msg(timeout=None):
        end = None if timeout is None else monotonic() + timeout
        while True:
            left = 1 if end is None else min(1, max(0, end - monotonic()))
            try:
                return await wait(timeout=left)
            except Empty:
                if end is not None and monotonic() >= end:
                    raise

    channel.get_msg = get_msg


def main(path):
    """Execute all cells and store their outputs, also where one fails."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=CELL, kernel_name="python3")
    try:
        with client.setup_kernel():
            client.kc.allow_stdin = True  # which is how the course's package knows
            look_every_second(client.kc.shell_channel)
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
    finally:
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1])
