"""Create, complete or repair .venv: ``python3 tools/environment.py requirements.txt``.

Does nothing where everything that the named file asks for is in place. The syntax is
that of old Pythons, so that they too print a sentence and no SyntaxError.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = os.path.join(BIN, "python.exe" if os.name == "nt" else "python")
OLDEST, NEWEST = (3, 11), (3, 14)  # for which all pinned packages have wheels; README.md says it too

# Run by the Python of .venv: one line for each installed package.
LIST = (
    "import importlib.metadata as m; "
    "print('\\n'.join(sorted('%s==%s' % (d.metadata['Name'], d.version) for d in m.distributions())))"
)


def installed():
    """Return what .venv holds, as a set of ``name==version`` in bytes, or None where it does not run."""
    try:
        lines = subprocess.check_output([VENV_PYTHON, "-c", LIST], stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        return None
    return set(lines.splitlines())


def fingerprint():
    """Return a hash of all that decides what is installed."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", "requirements-book.txt", "constraints.txt", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest().encode()


def record(requirements):
    """Return the path of the note that a finished installation leaves in .venv."""
    return os.path.join(VENV, "installed-" + requirements)


def recorded(requirements):
    """Return the lines of that note: the folder, the fingerprint and what was installed.

    They are bytes: a folder's name need not have an encoding in the locale of this call.
    """
    if not os.path.exists(record(requirements)):
        return []
    with open(record(requirements), "rb") as file:
        return file.read().splitlines()


def folder():
    """Return the folder of the course as bytes."""
    return os.fsencode(ROOT)


def complete(requirements):
    """Say whether .venv still holds what it held when `requirements` were installed."""
    # requirements.txt includes requirements-book.txt, so its record serves for both.
    for lines in (recorded(requirements), recorded("requirements.txt")):
        if lines[:2] == [folder(), fingerprint()]:
            return set(lines[2:]) <= (installed() or set())
    return False


def install(requirements):
    """Bring .venv to `requirements`, starting afresh where it does not run or was moved."""
    run = subprocess.call
    moved = folder() not in (recorded("requirements.txt") or recorded("requirements-book.txt") or [folder()])
    with open(os.devnull, "wb") as null:
        pip = [VENV_PYTHON, "-m", "pip", "--version"]
        works = not moved and installed() is not None and not run(pip, stdout=null, stderr=null)
    if not works:
        print("Creating .venv with Python %d.%d." % sys.version_info[:2])
        if run([sys.executable, "-m", "venv", "--clear", VENV]):
            sys.exit("Could not create the virtual environment %s: the lines above say why." % VENV)
    for name in ("PIP_TARGET", "PIP_PREFIX", "PYTHONHOME", "PYTHONPATH"):  # would lead elsewhere
        os.environ.pop(name, None)
    os.environ["PIP_USER"] = "0"
    print("Installing %s into .venv." % requirements)
    sys.stdout.flush()
    if run([VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements], cwd=ROOT):
        sys.exit("The installation stopped: the lines above say why. Run the same command again to go on from there.")
    with open(record(requirements), "wb") as file:
        file.write(b"\n".join([folder(), fingerprint()] + sorted(installed())))


def main(requirements):
    """Check this Python, then install where something is missing."""
    os.environ.pop("PYTHONIOENCODING", None)  # pip prints its own path
    if sys.version_info < OLDEST:
        sys.exit(
            "Python %d.%d is too old: the course needs %d.%d or newer; name another one, "
            "as in `make book PYTHON=python3.12`." % (sys.version_info[:2] + OLDEST)
        )
    if sys.version_info[:2] > NEWEST:
        sys.exit(
            "Python %d.%d is too new: the pinned packages have no wheels for it, the newest is %d.%d; "
            "name another one, as in `make book PYTHON=python3.14`." % (sys.version_info[:2] + NEWEST)
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        sys.exit(
            "%s cannot create virtual environments: install its venv module "
            "(Debian and Ubuntu: `sudo apt install python3-venv`) and run the same command again." % sys.executable
        )
    if not complete(requirements):
        install(requirements)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "requirements.txt")
