"""The version of course_utils is the day of its last change that a notebook relies on.

Usage: ``python tools/versions.py`` sets it to today, and each notebook's setup cell asks for it from then on.
A test says when that is due: when the package has names that an older one lacks.
"""

import ast
import datetime

import budgets
import repository
from contents import ROOT

PACKAGE = ROOT / "course_utils"


def public_names():
    """Return what the package's modules define, as a sorted list of dotted names."""
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [node]
            defined = [getattr(target, "id", getattr(target, "name", None)) for target in targets]
            names += [f"{module}.{name}".strip(".") for name in defined if name and not name.startswith("_")]
    return sorted(names)


def next_version(old, today):
    """Return today's version, with a number behind it where there was one today already.

    Setup cells compare versions as text, in which 10 is less than 9: behind 9 comes 91, behind 99 991.
    """
    if not old.startswith(today):
        return today
    last = old.removeprefix(today).strip(".") or "0"
    return f"{today}.{last}1" if set(last) == {"9"} else f"{today}.{int(last) + 1}"


def main():
    """Raise the version, and let the notebooks ask for it."""
    old = repository.version()
    new = next_version(old, datetime.date.today().strftime("%Y.%m.%d"))
    path = PACKAGE / "__init__.py"
    text = path.read_text(encoding="utf-8").replace(f'"{old}"', f'"{new}"')
    path.write_text(text, encoding="utf-8", newline="\n")
    budgets.keep("package", {"names": public_names(), "version": new})
    print(f"course_utils {old} becomes {new}.")
    repository.main(*repository.read())


if __name__ == "__main__":
    main()
