"""What the notebooks of the course import: one module, one job."""

from pathlib import Path

# The day of the last change that a notebook relies on: each notebook's setup cell asks for it (`make version`).
__version__ = "2026.11.29.991"

# In a copy of the course the dated results lie beside the package, and not in it as where it is installed.
_RESULTS = Path(__file__).parent.parent / "experiments"
if (_RESULTS / "results" / "__init__.py").exists():
    __path__.append(str(_RESULTS))
