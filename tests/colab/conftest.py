"""An environment like Colab's, without course_utils, and a stand-in for GitHub.

The variable COLAB says which one: unset, it has the PyTorch of the tests, and one notebook runs in it;
``own``, all notebooks; ``2.11`` and the like, all notebooks with what torch-2.11.txt names.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from threading import Thread

import nbformat
import pytest
import repository
from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SETS = sorted(path.stem.removeprefix("torch-") for path in HERE.glob("torch-*.txt"))
SET = os.environ.get("COLAB", "")
# For each package its version and when it was installed.
STATE = """
import importlib.metadata, json, os
print(json.dumps({d.metadata["Name"]: [d.version, os.stat(d.locate_file(next(
    file for file in d.files if file.name == "METADATA"))).st_mtime_ns] for d in importlib.metadata.distributions()}))
"""


def run(*command, **settings):
    """Run a command, fail with its last lines where it fails, and return what it printed."""
    settings = {"capture_output": True, "text": True} | settings
    result = subprocess.run(command, **settings)
    assert result.returncode == 0, result.stdout[-1000:] + result.stderr[-3000:]
    return result.stdout


def with_all_that_they_need(names):
    """Return the distributions of this environment with the given names, and those that they require."""
    found, left = {}, list(names)
    while left:
        requirement = Requirement(left.pop())
        if requirement.name.lower() in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            found[requirement.name.lower()] = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        left += distribution(requirement.name).requires or []
    return found.values()


def share(site_packages, names):
    """Link packages and what they need from this environment, a copy would fill 5 GB; return the links."""
    links = []
    for package in with_all_that_they_need(names):
        for entry in {file.parts[0] for file in package.files} - {"..", "__pycache__"}:
            if not (site_packages / entry).exists():  # Colab's own version goes first
                (site_packages / entry).symlink_to(package.locate_file(entry))
                links.append(site_packages / entry)
    return links


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Create the environment and return its Python."""
    if SET not in ("", "own", *SETS):
        pytest.exit(f"There is no tests/colab/torch-{SET}.txt: TORCH is one of {', '.join(SETS)}, or left out.", 1)
    folder = tmp_path_factory.mktemp("colab")
    try:
        yield create(folder)
    finally:
        shutil.rmtree(folder)


def create(folder):
    """Fill a folder with the environment and return its Python."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(os.environ.get("COLAB_PYTHON") or sys.executable if SET in SETS else sys.executable, "-m", "venv", folder)
    name = f"torch-{SET}.txt" if SET in SETS else "shell.txt"
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", HERE / name]
    pip = subprocess.run(install, capture_output=True, encoding="utf-8")
    if pip.returncode:  # with CI=true a skipped test is a failure
        pytest.skip(f"pip could not install tests/colab/{name}: {(pip.stderr.strip() or '?').splitlines()[-1]}")
    if SET not in SETS:
        needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
        site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        share(site, [line for line in needed if not line.startswith("ipy")])
    return python


@pytest.fixture
def colab(environment):
    """Return the environment's Python, and leave it without course_utils again."""
    assert "course_utils" not in state(environment)
    yield environment
    run(environment, "-I", "-m", "pip", "uninstall", "-q", "-y", "course_utils")


def state(python):
    """Return what is installed: for each package its version and the time of its installation."""
    return json.loads(run(python, "-I", "-c", STATE))  # -I: not what lies in the current folder


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Return an address that has the archive of this folder's package: a stand-in for https://github.com."""
    url, branch = repository.read()
    served = tmp_path_factory.mktemp("network")
    top = served / "files" / f"course-{branch}"
    for folder in ("course_utils", "experiments/results"):
        shutil.copytree(ROOT / folder, top / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, top)
    archive = served / repository.archive(url, branch).removeprefix("https://github.com/")
    archive.parent.mkdir(parents=True)
    shutil.make_archive(str(archive.with_suffix("")), "zip", top.parent, top.name)
    handler = partial(QuietHandler, directory=served)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """A server that prints no line for each request."""

    def log_message(self, *arguments):
        """Print nothing."""


def lead(path, address):
    """Let a notebook's setup cell ask an address instead of GitHub."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == "setup"]
    assert cell.source.count("https://github.com") == 1
    cell.source = cell.source.replace("https://github.com", address)
    nbformat.write(notebook, path)
