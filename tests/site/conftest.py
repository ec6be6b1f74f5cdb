"""The built site, served on this machine, and a browser to read it with."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlparse

import browser as browsers
import contents
import pytest
import repository
import site_address
from browser import typeset
from contents import ROOT
from filelock import FileLock
from playwright.sync_api import sync_playwright

BY_NAME = {page.name: page for page in contents.pages()}
PAGES = list(BY_NAME)
# What is the same on every page is tested on three: the first page, a chapter with questions, an evidence page.
ASKING = (page.name for page in contents.chapters() if 'class=\\"question' in page.path.read_text(encoding="utf-8"))
SAMPLE = [PAGES[0], next(ASKING, contents.chapters()[0].name), *(page.name for page in contents.evidence()[:1])]
ALLOWED = ()  # other hosts that a page may ask: none
WIDTHS = {"desktop": 1280, "phone": 390}
WAIT = 150_000  # milliseconds, five times what a busy machine has needed


def build(folder, source=ROOT):
    """Build the site of a copy of the sources below a folder, warnings being errors, and return what was printed."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-n", "-W", "--keep-going"]
    result = subprocess.run([*command, "--path-output", folder], cwd=source, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Build the site from nothing, once for all workers, and return the folder of its pages."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    with FileLock(shared / "site.lock"):
        if not (shared / "site" / "built").exists():
            build(shared / "site")
            (shared / "site" / "built").touch()
    return shared / "site" / "_build" / "html"


@pytest.fixture(scope="session")
def address(site):
    """Serve the site and return its address."""
    url, _ = repository.read()
    # The page 404.html asks for all by the path below which the host will serve the site, in a fork /name/.
    below = urlparse(site_address.pages_address(url)).path.rstrip("/")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            return super().translate_path(path.removeprefix(below))

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
        if (browser := browsers.launch(playwright)) is None:
            pytest.skip("no browser: install one with `playwright install chromium` or `sudo apt install chromium`")
        yield browser
        browser.close()


def watched(context, name, address):
    """Return a new page of a browser's context that notes what goes wrong on it and stays on this site."""
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.name = name
    page.problems = []
    page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("response", lambda answer: answer.status >= 400 and page.problems.append(f"{answer.status} {answer.url}"))

    def keep_inside(route):
        if route.request.url.startswith((address, *ALLOWED)):
            route.continue_()
        else:
            page.problems.append(f"asks for {route.request.url}")
            route.abort()

    page.route("**/*", keep_inside)
    return page


@pytest.fixture(params=PAGES, scope="module")  # opened once for all tests of it
def page(request, browser, address, site):
    """Open one page in a window as wide as a phone, and note what it has loaded."""
    context = browser.new_context(viewport={"width": WIDTHS["phone"], "height": 844}, has_touch=True)
    context.set_default_timeout(WAIT)
    page = watched(context, request.param, address)
    page.loaded = set()
    page.on("response", lambda answer: page.loaded.add(site / answer.url.removeprefix(address).split("?")[0]))
    assert page.goto(f"{address}{request.param}.html", wait_until="load").ok
    typeset(page)
    yield page
    context.close()
