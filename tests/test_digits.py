"""Tests of course_utils.digits against a mirror on this machine.

The mirror serves small files in MNIST's format, made here: a stand-in for the real
archives, whose checksums replace the real ones while a test runs.
"""

import errno
import functools
import gzip
import hashlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch

from course_utils import digits

COUNTS = {"train": 20, "t10k": 10}


def idx(array):
    """Return an array of bytes in the IDX format: two zeros, the type, the axes, their lengths, the bytes."""
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.astype(np.uint8).tobytes()


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Serve MNIST-like archives from this machine and expect them; return the unpacked files."""
    random = np.random.default_rng(0)
    files = {}
    for part, count in COUNTS.items():
        files[f"{part}-images-idx3-ubyte"] = idx(random.integers(0, 256, (count, 28, 28)))
        files[f"{part}-labels-idx1-ubyte"] = idx(random.integers(0, 10, count))
    served = tmp_path / "served"
    served.mkdir()
    for name, content in files.items():
        (served / f"{name}.gz").write_bytes(gzip.compress(content))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=served))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sums = [(path.name, hashlib.md5(path.read_bytes()).hexdigest()) for path in sorted(served.iterdir())]
    monkeypatch.setattr(digits.MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    monkeypatch.setattr(digits.MNIST, "resources", sums)
    monkeypatch.setattr(digits, "FILES", {name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
    yield files
    server.shutdown()
    server.server_close()


@pytest.fixture
def no_network(monkeypatch):
    """Point torchvision to a port at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(digits.MNIST, "mirrors", [f"http://127.0.0.1:{port}/"])


def fill(root, files):
    """Write the files where torchvision looks for them and return their folder."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in files.items():
        (raw / name).write_bytes(content)
    return raw


def leftovers(root):
    """Return the download folders that are still there."""
    return list(root.rglob("download-*"))


def test_downloads_what_is_missing(mirror, tmp_path):
    data = digits.load(tmp_path / "data")
    assert data.name == "MNIST" and data.note == "MNIST: 20 training and 10 test images."
    assert data.train_images.shape == (20, 28, 28) and data.test_images.shape == (10, 28, 28)
    assert data.train_images.dtype == torch.float32 and data.train_labels.dtype == torch.int64
    first = np.frombuffer(mirror["train-images-idx3-ubyte"][16:], np.uint8)[: 28 * 28]
    assert torch.equal(data.train_images[0].flatten(), torch.tensor(first / 255, dtype=torch.float32))
    assert data.test_labels.tolist() == list(mirror["t10k-labels-idx1-ubyte"][8:])
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-100],
        lambda content: content + b"x",
        lambda content: content[:-1] + b"x",
        lambda _: b"",
    ],
    ids=["truncated", "too long", "one byte changed", "empty"],
)
def test_names_and_repairs_a_damaged_file(mirror, tmp_path, monkeypatch, capsys, damage):
    raw = fill(tmp_path, mirror)
    name = "train-images-idx3-ubyte"
    broken = damage(mirror[name])
    (raw / name).write_bytes(broken)
    untouched = (raw / "t10k-images-idx3-ubyte").stat().st_mtime_ns
    assert digits._find_faults(raw) == {name: f"holds a damaged {name} ({len(broken):,} bytes)"}
    monkeypatch.setattr(digits, "watched", lambda: True)
    assert digits.load(tmp_path).name == "MNIST"
    assert f"because {raw} holds a damaged {name}" in capsys.readouterr().out
    assert (raw / name).read_bytes() == mirror[name]
    assert (raw / "t10k-images-idx3-ubyte").stat().st_mtime_ns == untouched


def test_without_a_network_the_stand_in_says_why(no_network, tmp_path):
    data = digits.load(tmp_path / "data")
    assert data.name == "stand-in digits"
    assert f"there is no MNIST in {tmp_path / 'data'}" in data.note and "refused" in data.note
    assert data.note.count("\n") == 0 and data.note.endswith(".")
    assert data.train_images.shape == (1440, 28, 28) and data.test_images.shape == (357, 28, 28)
    assert data.train_images.min() == 0 and data.train_images.max() == 1
    assert sorted(set(data.test_labels.tolist())) == list(range(10))


def test_torchvision_reads_the_stand_in_where_the_program_looks(no_network, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert digits.provide().startswith("Stand-in digits: ")
    folder, data = os.environ["COURSE_DATA"], digits.load(tmp_path)
    read, test = (digits.MNIST(folder, train, download=True) for train in (True, False))
    assert torch.equal(test.targets, data.test_labels)
    assert (test.data / 255 - data.test_images).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal(read.targets.unique(), torch.arange(10)) and len(read.data) == 8 * 1440
    # What the program sets aside is not among what it is trained on.
    fit, rest = ({tuple(row) for row in part.tolist()} for part in read.data.flatten(1).split(len(read.data) * 5 // 6))
    assert len(fit) > 1190 and len(rest) > 230 and not fit & rest


def test_torchvision_reads_mnist_where_the_program_looks(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "")
    assert digits.provide(tmp_path) == "MNIST: 20 training and 10 test images."
    assert os.environ["COURSE_DATA"] == str(tmp_path)
    assert len(digits.MNIST(tmp_path, train=False, download=True)) == 10


def test_a_damaged_file_stays_where_it_cannot_be_repaired(mirror, no_network, tmp_path):
    raw = fill(tmp_path, mirror)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(b"half")
    assert "damaged t10k-labels-idx1-ubyte (4 bytes)" in digits.load(tmp_path).note
    assert (raw / "t10k-labels-idx1-ubyte").read_bytes() == b"half"
    assert leftovers(tmp_path) == []


def test_a_damaged_archive_on_the_mirror_changes_nothing(mirror, tmp_path, monkeypatch):
    resources = [(name, "0" * 32) for name, _ in digits.MNIST.resources]
    monkeypatch.setattr(digits.MNIST, "resources", resources)
    data = digits.load(tmp_path / "data")
    assert data.name == "stand-in digits" and "corrupted" in data.note
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_a_server_that_never_answers_is_given_up(tmp_path, monkeypatch):
    assert digits.PATIENCE <= 15
    monkeypatch.setattr(digits, "PATIENCE", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setattr(digits.MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        start, stream = time.monotonic(), sys.stderr
        data = digits.load(tmp_path)
        assert sys.stderr is stream
        assert time.monotonic() - start < 10
    assert "no byte came for 1 seconds" in data.note


# Run by two processes at once: what they patch comes as JSON in the first argument.
LOAD = """
import json, sys
from course_utils import digits
patch = json.loads(sys.argv[1])
digits.MNIST.mirrors, digits.MNIST.resources, digits.FILES = patch
print(digits.load(sys.argv[2]).note)
"""


def test_two_processes_at_once_do_not_disturb_each_other(mirror, tmp_path):
    patch = json.dumps([digits.MNIST.mirrors, digits.MNIST.resources, digits.FILES])
    command = [sys.executable, "-c", LOAD, patch, str(tmp_path / "data")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(2)]
    assert [process.communicate(timeout=60)[0].split(":")[0] for process in processes] == ["MNIST", "MNIST"]
    assert digits._find_faults(tmp_path / "data" / "MNIST" / "raw") == {}
    assert leftovers(tmp_path) == []


def test_sound_files_are_read_without_writing(mirror, tmp_path, monkeypatch):
    raw = fill(tmp_path, mirror)
    raw.chmod(0o555)
    # The superuser may write everywhere, so the attempt itself must not happen.
    monkeypatch.setattr(digits, "_download", lambda *_: pytest.fail("it tried to write"))
    assert digits.load(tmp_path).name == "MNIST"
    raw.chmod(0o755)


def test_a_folder_that_cannot_be_written_gives_the_stand_in(mirror, tmp_path, monkeypatch):
    def refuse(*arguments, **settings):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(digits.tempfile, "mkdtemp", refuse)
    assert "Read-only file system" in digits.load(tmp_path).note


def test_a_full_disk_is_an_error_that_says_so(mirror, tmp_path, monkeypatch):
    def fill_up(*arguments, **settings):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(digits, "MNIST", fill_up)
    with pytest.raises(OSError, match="The disk that holds .* is full: MNIST needs 65 MB there") as caught:
        digits.load(tmp_path)
    assert caught.value.errno == errno.ENOSPC
    assert leftovers(tmp_path) == []


def test_a_killed_download_is_cleared_away_later(mirror, tmp_path):
    old = tmp_path / "MNIST" / "download-old"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    digits.load(tmp_path)
    assert leftovers(tmp_path) == []


def test_the_folder_is_argument_then_variable_then_cache(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "variable"))
    digits.load(tmp_path / "argument")
    assert [path.name for path in tmp_path.iterdir() if (path / "MNIST").exists()] == ["argument"]
    digits.load()
    assert (tmp_path / "variable" / "MNIST").exists()
    monkeypatch.setenv("COURSE_DATA", "")  # an empty variable counts as none
    digits.load()
    assert (tmp_path / "cache" / "datasets" / "MNIST").exists()


def test_an_unwatched_download_prints_nothing(mirror, tmp_path, capfd):
    digits.load(tmp_path / "data")
    assert capfd.readouterr() == ("", "")


def test_the_real_data_or_the_stand_in_of_this_machine():
    data = digits.load()
    counts = {"MNIST": (60_000, 10_000), "stand-in digits": (1440, 357)}[data.name]
    assert (len(data.train_labels), len(data.test_labels)) == counts
    assert data.train_labels.bincount(minlength=10).min() > 0.08 * len(data.train_labels)
