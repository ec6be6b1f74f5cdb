# @title Setup: installs course_utils where it is missing
import importlib.util
import shutil
import site
import subprocess
import sys
import urllib.error
import urllib.request
from os import getcwd
from os.path import dirname, exists, join

WANTED = "VERSION"
SOURCE = "ADDRESS"


def imported():
    """Say whether there is a course_utils as new as this notebook."""
    importlib.invalidate_caches()
    if importlib.util.find_spec("course_utils") is None:
        return False
    package = importlib.import_module("course_utils")
    if getattr(package, "__version__", "") >= WANTED:
        return True
    for name in [*sys.modules]:  # so that a newer one can be imported
        if name.split(".")[0] == "course_utils":
            del sys.modules[name]
    return False


def found():
    """Look beside and above this notebook, then where packages are."""
    folder = getcwd()
    while True:
        if exists(join(folder, "course_utils/__init__.py")):
            sys.path.insert(0, folder)
            if imported():
                return True
            sys.path.remove(folder)
        if folder == dirname(folder):
            return imported()
        folder = dirname(folder)


def install():
    """Install course_utils alone, without git where that is possible."""
    pip = [sys.executable, "-m", "pip", "install"]
    if importlib.util.find_spec("pip") is None:
        if shutil.which("uv"):
            pip = ["uv", "pip", "install", "--python", sys.executable]
        else:
            ensurepip = [sys.executable, "-m", "ensurepip"]
            subprocess.run(ensurepip, capture_output=True)
    pip += ["--quiet", "--no-deps", "--no-cache-dir", "--force-reinstall"]
    keep = {"capture_output": True, "encoding": "utf-8", "errors": "replace"}
    done = subprocess.run([*pip, SOURCE], **keep)
    if site.ENABLE_USER_SITE:  # for an environment that cannot be written
        site.addsitedir(site.getusersitepackages())
    return done


def cause(installer):
    """Say in words why there is no course_utils that is new enough."""
    if installer.returncode == 0:
        return f"{SOURCE} has none that is newer"
    if not (importlib.util.find_spec("pip") or shutil.which("uv")):
        return f"{sys.executable} has neither pip nor uv: install one of them"
    if SOURCE.startswith("git+") and not shutil.which("git"):
        return "git is missing: install it"
    page = SOURCE.removeprefix("git+").partition("@")[0]
    try:
        urllib.request.urlopen(page, timeout=30).close()
    except urllib.error.HTTPError as error:
        return f"{page} answers {error.code}: it is not there or not public"
    except OSError as error:
        return f"{page} cannot be reached ({error}): check the network"
    return "what is printed above says why"


if not found():
    done = install()
    if not imported():
        print(done.stderr)
        old = importlib.util.find_spec("course_utils")
        if old is None or old.origin is None:  # a folder is no package
            raise RuntimeError(
                f"There is no course_utils: {cause(done)}. "
                "Then run this cell again."
            )
        print(
            f"{old.origin} is older than this notebook, and was not "
            f"replaced: {cause(done)}. Some cells may fail."
        )
if importlib.util.find_spec("course_utils.needed"):  # an old one lacks it
    importlib.import_module("course_utils.needed").say_what_is_missing()
