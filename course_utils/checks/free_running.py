"""The exercises of the chapter on free running."""

import math

import torch
from torch import nn

from course_utils.judging.cases import numbers, weighted
from course_utils.judging.exercise import Exercise


def _case(size, length, batch, steps, dtype=torch.float64):
    """Return a cell, its linear layer, samples and the number of steps."""
    layers = weighted(nn.RNNCell, 1, size, dtype=dtype), weighted(nn.Linear, size, 1, dtype=dtype)
    return *layers, *numbers((length, batch, 1), dtype=dtype), steps


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
    solution=_free_run,
    against="a loop over the cell",
    cases=[_case(3, 4, 2, 5), _case(5, 1, 3, 4), _case(4, 6, 1, 3, torch.float32)],
    hints=(
        "What does the first forecast depend on, and what the second?",
        "Read all of `x` first. The first forecast is `head(h)`; each next one reads the forecast before it.",
        "For `steps - 1` times: `h = cell(forecast[-1], h)`, then append `head(h)`. Nothing is detached.",
    ),
    mistakes={
        "The samples before the last are not read, or their state is lost on the way.": {"in x[:-1]:": "in x[:0]:"},
        "The last sample is fed again and again: feed the own output.": {"cell(y, h)": "cell(x[-1], h)"},
        "After the first forecast the state starts from zero: hand it on.": {
            "values.append(y)": "values.append(y)\n        h = None if len(values) == 1 else h"
        },
        "The same forecast is fed again and again: feed the newest.": {
            "cell(y, h)": "cell(values[0] if values else y, h)"
        },
        "Zeros are fed: feed the own output.": {"cell(y, h)": "cell(y if not values else torch.zeros_like(y), h)"},
        "The state starts from zero at each step: hand it on.": {"cell(y, h)": "cell(y)"},
        "The last sample is read twice: `head(h)` after it is the first forecast.": {"in x[:-1]:": "in x:"},
        "The first value is the last sample: start after it.": {"stack(values)": "stack([x[-1], *values[:-1]])"},
        "The first forecast is missing: it is `head(h)` after the last sample.": {
            "range(steps)": "range(steps + 1)",
            "torch.stack(values)": "torch.stack(values[1:])",
        },
        "The output is cut from the graph before it is fed back.": {"cell(y, h)": "cell(y.detach(), h)"},
        "The last axis is missing: return (steps, N, 1).": {"stack(values)": "stack(values)[..., 0]"},
        "Time comes first: (steps, N, 1), not (N, steps, 1).": {"stack(values)": "stack(values, dim=1)"},
    },
    differentiable=True,
)


# Weights whose loops fade: products of pairs of eigenvalues with sizes below 1.
_FADING = (
    *([-0.9, 1.8], [-0.49, 0.3, 0.8], [0.2, -0.5, 0.1, 0.7]),
    # The largest eigenvalue is not the first that LAPACK finds.
    *([0.241, 0.0525, 0.0267, -0.1841], [0.03, 0.15, -0.13, -1.1], [0.01, 0.02, 0.14, 0.15]),
)


def _half_life(a):
    matrix = torch.diag(torch.ones(len(a) - 1, dtype=a.dtype), diagonal=1)
    matrix[-1] = a
    size = torch.linalg.eigvals(matrix).abs().max()
    return math.log(0.5) / size.log()


half_life = Exercise(
    solution=_half_life,
    against="the eigenvalues of the loop's matrix",
    cases=[(torch.tensor(a, dtype=torch.float64),) for a in _FADING],
    hints=(
        "Which matrix turns the last p values into those one step later?",
        "Ones above the diagonal drop the oldest value; the last row holds the weights.",
        "`size = torch.linalg.eigvals(matrix).abs().max()`; after n steps size ** n is left.",
    ),
    mistakes={
        "The weights are the wrong way round: the oldest one's must come first.": {"[-1] = a": "[-1] = a.flip(0)"},
        "That is the real part: the size of a complex number is its `abs()`.": {".abs()": ".real"},
        "That is the smallest eigenvalue: the part that lasts longest decides.": {".max()": ".min()"},
        "That is the first eigenvalue: they come in no order, so look for the largest.": {".abs().max()": "[0].abs()"},
        "eigvalsh is for symmetric matrices: this one has eigvals.": {"eigvals(matrix)": "eigvalsh(matrix)"},
        "That is the largest singular value: the eigenvalues decide.": {"eigvals(matrix).abs()": "svdvals(matrix)"},
        "That is the sum of the weights, not the size of an eigenvalue.": {
            "torch.linalg.eigvals(matrix).abs().max()": "a.sum()"
        },
        "The ones stand below the diagonal: each place takes the value of the next one, above it.": {
            "diagonal=1": "diagonal=-1"
        },
        "It is rounded up: steps may be a fraction.": {
            "math.log(0.5) / size.log()": "math.ceil(math.log(0.5) / size.log())"
        },
        "The ones stand on the diagonal, where they keep values: they belong above it.": {
            "matrix[-1] = a": "matrix = torch.eye(len(a), dtype=a.dtype)\n    matrix[-1] = a"
        },
        "That is the size squared.": {".max()": ".max() ** 2"},
        "The sign is wrong: both logarithms are negative.": {"return math": "return -math"},
        "The fraction is upside down: log 0.5 is above.": {"math.log(0.5) / size.log()": "size.log() / math.log(0.5)"},
        "That is the size: after n steps its n-th power is left.": {"math.log(0.5) / size.log()": "size"},
        "That is the time to a part of 1 / e, not to a half.": {"math.log(0.5)": "-1"},
    },
)
