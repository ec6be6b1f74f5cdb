"""Find and start the browser that tests and tools read the site with."""

import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's own services would ask for other hosts; the superuser needs --no-sandbox.
ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-sandbox"]


def launch(playwright):
    """Start Chromium, the one that Playwright has installed or the system's, or return None without either."""
    own = playwright.chromium.executable_path
    path = own if Path(own).exists() else next(filter(None, map(shutil.which, NAMES)), None)
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS) if path else None


def typeset(page):
    """Wait until all formulas of a page are set."""
    page.wait_for_function("!document.querySelector('script[src*=mathjax]') || window.MathJax?.startup?.promise")
    page.evaluate("Promise.resolve(window.MathJax?.startup?.promise).then(() => null)")


def height(page, address):
    """Open an address and return the height of what is there, in pixels."""
    page.goto(address, wait_until="load")
    typeset(page)
    return page.evaluate("document.documentElement.scrollHeight")
