"""Results of the course's experiments, each with every seed and every repeat."""

import importlib.resources
import json

FOLDER = importlib.resources.files(__name__)


def load(name):
    """Return the result of an experiment.

    Parameters
    ----------
    name : str
        The experiment's name, such as ``"mnist"``.

    Returns
    -------
    dict
        What ``NAME.json`` holds: under ``"machine"`` when and on what it was measured, and the measurements.

    Raises
    ------
    FileNotFoundError
        If there is no result of that name.
    """
    names = sorted(entry.name[: -len(".json")] for entry in FOLDER.iterdir() if entry.name.endswith(".json"))
    if name not in names:
        raise FileNotFoundError(f"There is no result named {name!r}; there are {', '.join(names)}.")
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
