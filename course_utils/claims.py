"""Claims as values: whether one holds, and by how much."""

import sys
from dataclasses import dataclass

# What was judged so far, where somebody asks for it by setting a list (tools/redraw.py does).
judged = None


@dataclass(frozen=True)
class Verdict:
    """What a claim came to; true where it holds.

    Attributes
    ----------
    claim : str
        The name of the function that states the claim.
    value, threshold : float
        What was measured and what it is held against.
    margin : float
        How far the value lies on the right side, in the value's unit; negative where the claim does not hold.
    """

    claim: str
    value: float
    threshold: float
    margin: float

    def __bool__(self):
        """Say whether the claim holds. No number (nan) never does."""
        return self.margin >= 0


def at_least(value, threshold):
    """Judge whether a value reaches a threshold; to be called in the function that is named after the claim.

    Parameters
    ----------
    value, threshold : float
        Or a tensor of one number.

    Returns
    -------
    Verdict
        True or false in ``assert``, ``if`` and ``not``.
    """
    return _judge(float(value), float(threshold), float(value) - float(threshold))


def at_most(value, threshold):
    """Judge whether a value stays within a threshold; else as `at_least`."""
    return _judge(float(value), float(threshold), float(threshold) - float(value))


def _judge(value, threshold, margin):
    verdict = Verdict(sys._getframe(2).f_code.co_name, value, threshold, margin)
    if judged is not None:
        judged.append(verdict)
    return verdict
