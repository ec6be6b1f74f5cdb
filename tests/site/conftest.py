"""The built site, served on this machine, and a browser to read it with."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's own services would ask for other hosts; the superuser needs --no-sandbox.
ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-sandbox"]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Build the site from nothing, once for all workers, and return the folder of its pages."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    pages = shared / "site" / "_build" / "html"
    with FileLock(shared / "site.lock"):
        if not (shared / "site" / "built").exists():
            command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-n", "-W", "--keep-going"]
            command += ["--path-output", shared / "site"]
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
            (shared / "site" / "built").touch()
    return pages


@pytest.fixture(scope="session")
def address(site):
    """Serve the site and return its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Start Chromium: the one that Playwright has installed, or the system's."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = own if Path(own).exists() else next(filter(None, map(shutil.which, BROWSERS)), None)
        if path is None:
            pytest.skip("no browser: install one with `playwright install chromium` or `sudo apt install chromium`")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
