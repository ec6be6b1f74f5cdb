"""The exercises of the chapter TITLE."""

import torch

from course_utils.judging.cases import numbers
from course_utils.judging.exercise import Exercise


def _running_total(x):
    total, totals = torch.zeros(()), []
    for x_t in x:
        total = total + x_t
        totals.append(total)
    return torch.stack(totals)


running_total = Exercise(
    solution=_running_total,
    reference=lambda x: x.cumsum(dim=0),
    against="torch.cumsum",
    cases=[numbers((5,)), numbers((8,))],
    hints=(
        "What does step t need to know of the steps before it?",
        "Start from zero, add one input a step, and keep each total in a list.",
        "After the loop, `torch.stack(totals)` makes one tensor of the list.",
    ),
    # What to say, and which words of the solution stand otherwise in the answer that needs to hear it.
    mistakes={
        "These are the inputs: each step adds its input to the total of the step before.": {"total + x_t": "x_t"},
        "That is the last total alone: return one for each step.": {"torch.stack(totals)": "total"},
        "The total lacks the input of its own step.": {"append(total)": "append(total - x_t)"},
    },
    forbidden=("cumsum",),
)
