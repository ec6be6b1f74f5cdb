"""MNIST as sequences of rows, checked byte by byte, with an offline stand-in.

The data set is that of LeCun, Cortes and Burges, read and downloaded by torchvision.
Where neither the files nor a network are at hand, scikit-learn's own handwritten
digits take its place, and the result says so.
"""

import contextlib
import errno
import hashlib
import io
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torchvision.datasets import MNIST
from torchvision.datasets.mnist import read_image_file, read_label_file

from course_utils import stand_in
from course_utils.training import watched

# SHA-256 of the four unpacked files, computed from the archives whose MD5 torchvision checks.
FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
PATIENCE = 12.0  # seconds without a new byte after which a download is given up

_KEPT = []  # folders of this process


@dataclass(frozen=True)
class Digits:
    """Handwritten digits, each image a sequence of 28 rows.

    Attributes
    ----------
    name : str
        ``"MNIST"`` or ``"stand-in digits"``.
    note : str
        One sentence: which images these are and, for the stand-in, why.
    train_images, test_images : torch.Tensor
        Shape (N, 28, 28), float32 in [0, 1]; 0 is the background.
    train_labels, test_labels : torch.Tensor
        Shape (N,), int64 in 0 … 9.
    """

    name: str
    note: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor


def load(root=None):
    """Load MNIST, downloading or repairing its files where needed, or the stand-in.

    Parameters
    ----------
    root : str or pathlib.Path, optional
        Folder in torchvision's layout (files in ``root/MNIST/raw``). Without it the
        environment variable ``COURSE_DATA``, else torch's folder in the user's cache.

    Returns
    -------
    Digits

    Raises
    ------
    OSError
        If the disk that holds `root` is full.
    """
    raw = find_root(root) / "MNIST" / "raw"
    faults = _find_faults(raw)
    if faults:
        missing = len(faults) == len(FILES) and all("lacks" in fault for fault in faults.values())
        found = f"there is no MNIST in {raw}" if missing else f"{raw} {', '.join(faults.values())}"
        if watched():
            print(f"Downloading MNIST (12 MB), because {found}.")
        try:
            _download(raw, faults)
        except (OSError, RuntimeError) as error:  # the latter: no mirror answered, or the archive was damaged
            if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                message = f"The disk that holds {raw} is full: MNIST needs 65 MB there. Free some, or set COURSE_DATA."
                raise OSError(error.errno, message) from error
            return _stand_in(f"{found}, and the download failed ({_one_line(error)})")
    images = [read_image_file(raw / f"{part}-images-idx3-ubyte") / 255 for part in ("train", "t10k")]
    labels = [read_label_file(raw / f"{part}-labels-idx1-ubyte") for part in ("train", "t10k")]
    note = f"MNIST: {len(labels[0]):,} training and {len(labels[1]):,} test images."
    return Digits("MNIST", note, images[0], labels[0], images[1], labels[1])


def provide(root=None):
    """Make sure that torchvision's `MNIST` finds its files, or else those of the stand-in.

    Sets the environment variable ``COURSE_DATA`` to the folder to read from. Where MNIST is not to be had, that is
    a temporary one with the stand-in in MNIST's format, each training image eight times, which goes when Python ends.

    Returns
    -------
    str
        One sentence: which images these are and, for the stand-in, why. `root` and errors are those of `load`.
    """
    data, folder = load(root), find_root(root)
    if data.name != "MNIST":
        _KEPT.append(tempfile.TemporaryDirectory(prefix="stand-in-"))
        folder = Path(_KEPT[-1].name)
        stand_in.write(folder / "MNIST" / "raw")
    os.environ["COURSE_DATA"] = str(folder)
    return data.note


def find_root(root=None):
    """Return the folder under which `load` looks for MNIST, as an absolute `pathlib.Path`."""
    root = root or os.environ.get("COURSE_DATA") or Path(torch.hub.get_dir()).parent / "datasets"
    return Path(root).expanduser().absolute()


def _find_faults(raw):
    """Return what is missing or differs from `FILES` in a folder: for each such file, what is wrong."""
    faults = {}
    for name, expected in FILES.items():
        try:
            with open(raw / name, "rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                    size = os.fstat(file.fileno()).st_size
                    faults[name] = f"holds a damaged {name} ({size:,} bytes)"
        except FileNotFoundError:
            faults[name] = f"lacks {name}"
        except OSError as error:
            faults[name] = f"holds a {name} that cannot be read ({error.strerror})"
    return faults


def _download(raw, faults):
    """Put sound copies of the files named in `faults` into `raw`.

    torchvision fetches into a folder of this call's own, on the same disk. Each file
    then takes its place in one step, so that a second process never sees half a file
    and a damaged file goes only when its successor is there.
    """
    raw.mkdir(parents=True, exist_ok=True)
    # A process that was killed leaves its folder behind.
    for old in raw.parent.glob("download-*"):
        if time.time() - old.stat().st_mtime > 3600:
            shutil.rmtree(old, ignore_errors=True)
    own = Path(tempfile.mkdtemp(prefix="download-", dir=raw.parent))
    try:
        fetched = _fetch(own)
        for fault in _find_faults(fetched).values():
            raise RuntimeError(f"the mirror's copy {fault}")
        for name in faults:
            try:
                os.replace(fetched / name, raw / name)
            except PermissionError:  # Windows, while another process reads the one that is there
                if name in _find_faults(raw):
                    raise
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _fetch(root):
    """Let torchvision download MNIST into `root`, giving up when no byte comes for a while."""
    errors = []

    def work():
        try:
            MNIST(root, download=True)
        except Exception as error:
            errors.append(error)

    # A thread, because a name server that does not answer cannot be timed out.
    thread = threading.Thread(target=work, daemon=True)
    # torchvision draws a progress bar on stderr: only for somebody who looks.
    quiet = contextlib.nullcontext() if watched() else contextlib.redirect_stderr(io.StringIO())
    with quiet:
        thread.start()
        size, since = 0, time.monotonic()
        while thread.is_alive():
            thread.join(0.1)
            now = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
            if now != size:
                size, since = now, time.monotonic()
            if time.monotonic() - since > PATIENCE:
                raise TimeoutError(f"no byte came for {PATIENCE:.0f} seconds")
    if errors:
        raise errors[0]
    return root / "MNIST" / "raw"


def _one_line(error):
    """Return the last line of an error's text, which is where torchvision says what happened."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def _stand_in(reason):
    """Return the stand-in, and the reason for it."""
    note = f"Stand-in digits: scikit-learn's 1,797 images replace MNIST, because {reason}."
    return Digits("stand-in digits", note, *stand_in.read())
