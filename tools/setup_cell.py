# @title Setup: installs course_utils where it is missing
import importlib.util
import os
import shutil
import site
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

WANTED, SOURCE = "VERSION", "ADDRESS"


def imported():
    """Import course_utils, and say whether it is there and as new as this notebook."""
    importlib.invalidate_caches()
    if importlib.util.find_spec("course_utils") is not None:
        if getattr(importlib.import_module("course_utils"), "__version__", "") >= WANTED:
            return True
        for name in [name for name in sys.modules if name.split(".")[0] == "course_utils"]:
            del sys.modules[name]  # so that a newer one can be imported
    return False


def found():
    """Look for course_utils beside and above this notebook, then among the installed packages."""
    for folder in map(str, (Path.cwd(), *Path.cwd().parents)):
        if os.path.exists(os.path.join(folder, "course_utils", "__init__.py")):
            sys.path.insert(0, folder)
            if imported():
                return True
            sys.path.remove(folder)
    return imported()


def install():
    """Install course_utils alone, from an archive and so without git, and return the finished process."""
    pip = [sys.executable, "-m", "pip"]
    if importlib.util.find_spec("pip") is None:
        if shutil.which("uv"):
            pip = ["uv", "pip"]
        else:
            subprocess.run([sys.executable, "-m", "ensurepip"], capture_output=True)
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--force-reinstall"]
    options += ["--python", sys.executable] if pip[0] == "uv" else []
    done = subprocess.run([*pip, "install", *options, SOURCE], capture_output=True, encoding="utf-8", errors="replace")
    if site.ENABLE_USER_SITE:  # where pip puts it if the environment cannot be written
        site.addsitedir(site.getusersitepackages())
    return done


def cause(installer):
    """Return in words what kept a new enough course_utils from being installed."""
    if installer.returncode == 0:
        return f"{SOURCE} has none that is newer"
    if importlib.util.find_spec("pip") is None and shutil.which("uv") is None:
        return f"this Python ({sys.executable}) has neither pip nor uv: install one of them"
    if SOURCE.startswith("git+") and shutil.which("git") is None:
        return "git is missing: install it"
    page = SOURCE.removeprefix("git+").partition("@")[0]
    try:
        urllib.request.urlopen(page, timeout=30).close()
    except urllib.error.HTTPError as error:
        return f"{page} answers {error.code}: it does not exist, or is not public"
    except OSError as error:
        return f"{page} cannot be reached ({error}): check the network"
    return "what is printed above says why"


if not found():
    done = install()
    if not imported():
        print(done.stderr)
        old = importlib.util.find_spec("course_utils")
        if old is None or old.origin is None:  # nothing, or a folder without a package
            raise RuntimeError(f"There is no course_utils: {cause(done)}. Then run this cell again.")
        print(f"{old.origin} is older than this notebook, and was not replaced: {cause(done)}. Some cells may fail.")
if importlib.util.find_spec("course_utils.needed") is not None:  # an old one lacks it
    importlib.import_module("course_utils.needed").say_what_is_missing()
