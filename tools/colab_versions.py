"""Write tests/colab/torch-newest.txt: the course's packages in the versions that Colab has today.

Usage: ``python tools/colab_versions.py``; `make test-colab TORCH=newest` calls it.
"""

import sys
import urllib.request

from contents import ROOT

# What Colab has installed, in its own words (https://github.com/googlecolab/backend-info).
LIST = "https://raw.githubusercontent.com/googlecolab/backend-info/main/pip-freeze.txt"
FOLDER = ROOT / "tests" / "colab"
OURS = ("shell.txt", "torch-2.11.txt")


def versions(text):
    """Return the pinned packages of a list, name and version, without the variant of a wheel such as ``+cu128``."""
    lines = [line.partition("+")[0].partition("==") for line in text.splitlines() if "==" in line]
    return {name.lower(): version for name, _, version in lines}


def pinned(listing):
    """Return the lines of a requirements file: the course's packages in the versions of a list.

    Raises
    ------
    SystemExit
        With a sentence, where the list lacks one of them.
    """
    there = versions(listing)
    names = [name for file in OURS for name in versions((FOLDER / file).read_text(encoding="utf-8"))]
    missing = [name for name in names if name not in there]
    if missing:
        sys.exit(f"Colab no longer lists {', '.join(missing)}: look at {LIST}, and at what the notebooks import.")
    return [f"{name}=={there[name]}" for name in names]


def main():
    """Fetch the list and write the file."""
    try:
        with urllib.request.urlopen(LIST, timeout=60) as answer:
            lines = pinned(answer.read().decode("utf-8"))
    except OSError as error:
        sys.exit(f"Colab's list cannot be read from {LIST} ({error}): try again later, or take TORCH=2.11.")
    text = "\n".join([f"# Colab's versions, from {LIST}", *lines, ""])
    (FOLDER / "torch-newest.txt").write_text(text, encoding="utf-8", newline="\n")
    print(text, end="", flush=True)


if __name__ == "__main__":
    main()
