"""The exercises of the chapter TITLE."""

import torch

from course_utils.checks.hints import teller
from course_utils.judging.answers import Exercise
from course_utils.judging.verdicts import check

hint = teller(
    {
        "running_total": (
            "What does step t need to know of the steps before it?",
            "Start from zero, add one input a step, and keep each total in a list.",
            "After the loop, `torch.stack(totals)` makes one tensor of the list.",
        )
    }
)


def running_total(function):
    """Check a running total.

    Parameters
    ----------
    function : callable
        ``running_total(x)`` returns the total after each step, shape (L,), from inputs (L,).

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, RUNNING_TOTAL)


def _numbers(count, seed):
    return (torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64),)


RUNNING_TOTAL = Exercise(
    reference=lambda x: x.cumsum(dim=0),
    against="torch.cumsum",
    cases=[_numbers(5, 0), _numbers(8, 1)],
    mistakes={
        lambda x: x: "These are the inputs: each step adds its input to the total of the step before.",
        lambda x: x.sum(): "That is the last total alone: return one for each step.",
        lambda x: torch.stack([x[:t].sum() for t in range(len(x))]): "The total lacks the input of its own step.",
    },
    forbidden=("cumsum",),
)
