"""The repository's address: it stands once, in _config.yml, and each notebook's setup cell follows it.

Usage: ``python tools/repository.py URL [BRANCH]`` writes the address to _config.yml and to the
notebooks; ``make notebooks`` writes the address that stands there to the notebooks.
"""

import re
import sys
from pathlib import Path

import contents
import nbformat
from contents import ROOT

PLACEHOLDER = "https://github.com/OWNER/REPOSITORY"
# Each value with or without quotes, and with a comment or none.
IN_CONFIG = re.compile(
    r"""^repository: *\n  url: *["']?([^\s"']+)["']? *(?:#.*)?\n  branch: *["']?([^\s"']+)["']? *(?:#.*)?\n""",
    re.MULTILINE,
)
# They become part of a Python string and of links, so no quote and no percent sign.
ON_GITHUB = re.compile(r"https://(?:www\.)?github\.com(/[\w.-]+/[\w.-]+)", re.IGNORECASE)
ELSEWHERE = re.compile(r"https://(?!(?:www\.)?github\.com/)[\w.-]+(/[\w.-]+){2,}", re.IGNORECASE)
BRANCH = re.compile(r"(?!-)[\w.-]+(/[\w.-]+)*")
TITLE = "# @title Setup: installs course_utils where it is missing"

SETUP = Path(__file__).with_name("setup_cell.py")
VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
# Folded in Colab, in JupyterLab and on the site.
METADATA = {
    "cellView": "form",
    "jupyter": {"source_hidden": True},
    "mystnb": {
        "code_prompt_hide": "Hide the setup",
        "code_prompt_show": "Setup: installs course_utils where it is missing",
    },
    "tags": ["hide-input"],
}


def stated():
    """Return address and branch as _config.yml states them, or stop with a sentence where it does not."""
    found = IN_CONFIG.search((ROOT / "_config.yml").read_text(encoding="utf-8"))
    if not found:
        sys.exit("_config.yml lacks `repository:`, `  url: …` and `  branch: …` on three lines: put them back.")
    return found.groups()


def clean(url):
    """Return an address as its links are: without ``www``, without a slash or ``.git`` at the end."""
    url = url.strip().rstrip("/").removesuffix(".git")
    on_github = ON_GITHUB.fullmatch(url)
    return f"https://github.com{on_github[1]}" if on_github else url


def checked(url, branch):
    """Return an address and a branch in the form that links and the setup cell need.

    Raises
    ------
    SystemExit
        With one sentence, where either of them cannot be right.
    """
    url = clean(url)
    if not (ON_GITHUB.fullmatch(url) or ELSEWHERE.fullmatch(url)):
        sys.exit(f"The address must look like https://github.com/owner/name, not like this: {url or '(none given)'}")
    if not BRANCH.fullmatch(branch) or ".." in branch:
        sys.exit(
            f"The branch must have letters, digits and the signs . _ - / alone in its name, unlike this one: {branch}"
        )
    return url, branch


def read():
    """Return the repository's address and branch, from _config.yml."""
    return checked(*stated())


def archive(url, branch):
    """Return where pip finds the repository: on GitHub an archive, for which it needs no git."""
    return f"{url}/archive/{branch}.zip" if ON_GITHUB.fullmatch(url) else f"git+{url}@{branch}"


def version():
    """Return the version of ``course_utils`` that lies here."""
    return VERSION.search((ROOT / "course_utils" / "__init__.py").read_text(encoding="utf-8"))[1]


def setup_cell(url, branch):
    """Return the cell that makes ``course_utils`` available in a notebook."""
    source = SETUP.read_text(encoding="utf-8").rstrip()
    source = source.replace('"VERSION"', f'"{version()}"').replace('"ADDRESS"', f'"{archive(url, branch)}"')
    return nbformat.v4.new_code_cell(source, id="setup", metadata=nbformat.from_dict(METADATA))


def write_setup_cell(notebook, url, branch):
    """Bring a notebook's setup cell up to date; where there is none, insert it below the title."""
    cell = setup_cell(url, branch)
    for old in notebook.cells:
        if old.source.startswith(TITLE):
            old.update(source=cell.source, metadata=cell.metadata)
            return
    title = notebook.cells and notebook.cells[0].cell_type == "markdown"
    notebook.cells.insert(1 if title else 0, cell)


def main(url, branch=None):
    """Write the address to _config.yml and to every notebook."""
    url, branch = checked(url, branch or stated()[1])
    config = ROOT / "_config.yml"
    # In quotes: YAML would take a branch called 2026 or 1.10 for a number.
    lines = f'repository:\n  url: "{url}"\n  branch: "{branch}"\n'
    texts = {config: IN_CONFIG.sub(lines, config.read_text(encoding="utf-8"))}
    for path in contents.notebooks(ROOT):
        try:
            notebook = nbformat.read(path, as_version=4)
        except nbformat.reader.NotJSONError:
            sys.exit(f"{path} cannot be read as a notebook, so nothing was changed: mend it and run this again.")
        write_setup_cell(notebook, url, branch)
        texts[path] = nbformat.writes(notebook) + "\n"
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    print(f"The address is {url}, branch {branch}, in _config.yml and in {len(texts) - 1} notebooks.")


if __name__ == "__main__":
    main(*(sys.argv[1:] or [""]))
