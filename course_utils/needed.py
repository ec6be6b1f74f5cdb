"""What the notebooks need of an environment."""

import importlib.metadata
import re
import sys

# The oldest versions with which every notebook was run (tests/colab/torch-2.4.txt); pyproject.toml has them, too.
OLDEST = {
    "ipython": "7.34.0",
    "ipywidgets": "7.7.1",
    "matplotlib": "3.8.4",
    "numpy": "1.26.4",
    "pillow": "10.3.0",
    "scikit-learn": "1.4.2",
    "scipy": "1.13.0",
    "statsmodels": "0.14.2",
    "torch": "2.4.0",
    "torchvision": "0.19.0",
    "tqdm": "4.66.4",
}


def too_old(version, oldest):
    """Compare two versions by their first two numbers.

    Parameters
    ----------
    version, oldest : str
        Versions such as ``"2.4.0+cpu"``.

    Returns
    -------
    bool
    """
    first, second = (tuple(map(int, re.findall(r"\d+", text)[:2])) for text in (version, oldest))
    return first < second


def say_what_is_missing():
    """Print a sentence where this environment lacks a package of the course, or has one that is too old."""
    lacks = {}
    for name, oldest in OLDEST.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            lacks[name] = name
        else:
            if too_old(version, oldest):
                lacks[name] = f"{name} {oldest} or newer (it has {version})"
    if lacks:
        packages = " ".join(f'"{name}>={OLDEST[name]}"' for name in lacks)
        print(
            f"This kernel ({sys.executable}) lacks {', '.join(lacks.values())}.\n"
            "Cells that need them will fail. Choose another kernel, or run this in a terminal and restart the kernel:\n"
            f"{sys.executable} -m pip install {packages}"
        )
