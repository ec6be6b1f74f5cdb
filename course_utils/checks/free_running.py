"""The exercises of the chapter on free running."""

import math

import torch
from torch import nn

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise, Mistake
from course_utils.judging.limits import own_randomness

hint = hints.teller(hints.FREE_RUNNING)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


@own_randomness()
def _cell(size, dtype=torch.float64):
    torch.manual_seed(size)
    return nn.RNNCell(1, size, dtype=dtype), nn.Linear(size, 1, dtype=dtype)


def _free_run(cell, head, x, steps):
    h = x.new_zeros(x.shape[1], cell.hidden_size)
    for x_t in x[:-1]:
        h = cell(x_t, h)
    y, values = x[-1], []
    for _ in range(steps):
        h = cell(y, h)
        y = head(h)
        values.append(y)
    return torch.stack(values)


free_run = Exercise(
    task=(
        "``free_run(cell, head, x, steps)`` with a `torch.nn.RNNCell` (1 → H_out), a `torch.nn.Linear` (H_out "
        "→ 1) and the samples x (L, N, 1) starts from a zero state, reads x and returns the next `steps` "
        "values, shape (steps, N, 1)."
    ),
    reference=_free_run,
    solution=_free_run,
    against="a loop over the cell",
    cases=[
        (*_cell(3), _random(4, 2, 1), 5),
        (*_cell(5), _random(1, 3, 1), 4),
        (*_cell(4, torch.float32), _random(6, 1, 1, dtype=torch.float32), 3),
    ],
    mistakes=[
        Mistake("Only the last sample is read: run the cell over all of x first.", {"in x[:-1]:": "in x[:0]:"}),
        Mistake(
            "The last sample is fed again and again: the next input is the own output.",
            {"cell(y, h)": "cell(x[-1], h)"},
        ),
        Mistake("The state starts from zero at each step: hand it on.", {"cell(y, h)": "cell(y)"}),
        Mistake(
            "The last sample is read twice: after the warm-up `head(h)` already is the first forecast.",
            {"in x[:-1]:": "in x:"},
        ),
        Mistake(
            "The first value is the last sample: the forecast starts after it.",
            {"torch.stack(values)": "torch.stack([x[-1], *values[:-1]])"},
        ),
        Mistake(
            "The first forecast is missing: `head(h)` after the last sample belongs to the result.",
            {"range(steps)": "range(steps + 1)", "torch.stack(values)": "torch.stack(values[1:])"},
        ),
        Mistake(
            "The output is cut from the graph before it is fed back: no gradient flows through the loop.",
            {"cell(y, h)": "cell(y.detach(), h)"},
        ),
        Mistake(
            "The last axis is missing: return (steps, N, 1).", {"torch.stack(values)": "torch.stack(values)[..., 0]"}
        ),
        Mistake(
            "Time comes first: (steps, N, 1), not (N, steps, 1).", {"torch.stack(values)": "torch.stack(values, dim=1)"}
        ),
    ],
    differentiable=True,
)


# Weights whose loops fade: products of pairs of eigenvalues with sizes below 1.
_FADING = ([-0.9, 1.8], [-0.49, 0.3, 0.8], [0.2, -0.5, 0.1, 0.7])


def _half_life(a):
    matrix = torch.diag(torch.ones(len(a) - 1, dtype=a.dtype), diagonal=1)
    matrix[-1] = a
    size = torch.linalg.eigvals(matrix).abs().max()
    return math.log(0.5) / size.log()


half_life = Exercise(
    task=(
        "``half_life(a)`` with the weights a, shape (p,), of the last p values, the oldest first, returns the "
        "number of steps as a float or a tensor of one number: log 0.5 / log |λ| for the largest eigenvalue λ "
        "of the loop."
    ),
    reference=_half_life,
    solution=_half_life,
    against="the eigenvalues of the loop's matrix",
    cases=[(torch.tensor(a, dtype=torch.float64),) for a in _FADING],
    mistakes=[
        Mistake(
            "The weights are the wrong way round: the oldest value comes first.",
            {"matrix[-1] = a": "matrix[-1] = a.flip(0)"},
        ),
        Mistake("That is the real part: the size of a complex number is its `abs()`.", {".abs()": ".real"}),
        Mistake("That is the smallest eigenvalue: the part that lasts longest decides.", {".max()": ".min()"}),
        Mistake("That is the size squared.", {".max()": ".max() ** 2"}),
        Mistake("The sign is wrong: both logarithms are negative.", {"return math": "return -math"}),
        Mistake(
            "The fraction is upside down: log 0.5 stands above.",
            {"math.log(0.5) / size.log()": "size.log() / math.log(0.5)"},
        ),
        Mistake(
            "That is the size of the eigenvalue: after n steps size to the power of n is left.",
            {"math.log(0.5) / size.log()": "size"},
        ),
        Mistake("That is the time to a part of 1 / e, not to a half.", {"math.log(0.5)": "-1"}),
    ],
)
