"""The exercises of the chapter TITLE."""

import torch

from course_utils.checks.hints import teller
from course_utils.judging.exercise import Exercise, Mistake

hint = teller(
    {
        "running_total": (
            "What does step t need to know of the steps before it?",
            "Start from zero, add one input a step, and keep each total in a list.",
            "After the loop, `torch.stack(totals)` makes one tensor of the list.",
        )
    }
)


def _numbers(count, seed):
    return (torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64),)


def _running_total(x):
    total, totals = torch.zeros(()), []
    for x_t in x:
        total = total + x_t
        totals.append(total)
    return torch.stack(totals)


running_total = Exercise(
    task="``running_total(x)`` returns the total after each step, shape (L,), from inputs (L,).",
    reference=lambda x: x.cumsum(dim=0),
    solution=_running_total,
    against="torch.cumsum",
    cases=[_numbers(5, 0), _numbers(8, 1)],
    # Each with the lines of the solution that its author has otherwise.
    mistakes=[
        Mistake(
            "These are the inputs: each step adds its input to the total of the step before.",
            {"total + x_t": "x_t"},
        ),
        Mistake("That is the last total alone: return one for each step.", {"torch.stack(totals)": "total"}),
        Mistake("The total lacks the input of its own step.", {"append(total)": "append(total - x_t)"}),
    ],
    forbidden=("cumsum",),
)
