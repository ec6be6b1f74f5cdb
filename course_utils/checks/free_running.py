"""The exercises of the chapter on free running."""

import math

import torch
from torch import nn

from course_utils.checks import hints
from course_utils.checks.series import alone, twice, with_last
from course_utils.judging.exercise import Exercise
from course_utils.judging.limits import own_randomness

hint = hints.teller(hints.FREE_RUNNING)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


@own_randomness()
def _cell(size, dtype=torch.float64):
    torch.manual_seed(size)
    return nn.RNNCell(1, size, dtype=dtype), nn.Linear(size, 1, dtype=dtype)


free_run = Exercise(
    task=(
        "``free_run(cell, head, x, steps)`` with a `torch.nn.RNNCell` (1 → H_out), a `torch.nn.Linear` (H_out "
        "→ 1) and the samples x (L, N, 1) starts from a zero state, reads x and returns the next `steps` "
        "values, shape (steps, N, 1)."
    ),
    reference=alone(),
    against="a loop over the cell",
    cases=[
        (*_cell(3), _random(4, 2, 1), 5),
        (*_cell(5), _random(1, 3, 1), 4),
        (*_cell(4, torch.float32), _random(6, 1, 1, dtype=torch.float32), 3),
    ],
    mistakes={
        alone(warm=False): "Only the last sample is read: run the cell over all of x first.",
        alone(feed=lambda y, x: x): "The last sample is fed again and again: the next input is the own output.",
        alone(restart=True): "The state starts from zero at each step: hand it on.",
        twice: "The last sample is read twice: after the warm-up `head(h)` already is the first forecast.",
        with_last: "The first value is the last sample: the forecast starts after it.",
        alone(late=1): "The first forecast is missing: `head(h)` after the last sample belongs to the result.",
        alone(feed=lambda y, x: y.detach()): "The output is cut from the graph before it is fed back: no "
        "gradient flows through the loop.",
        lambda *given: alone()(*given)[..., 0]: "The last axis is missing: return (steps, N, 1).",
        lambda *given: alone()(*given).transpose(0, 1): "Time comes first: (steps, N, 1), not (N, steps, 1).",
    },
    differentiable=True,
)


def _loop(a, size=torch.abs, turn=lambda a: a, pick=torch.max):
    """Return the size of the largest eigenvalue of the closed loop, or what a wrong way takes for it."""
    matrix = torch.diag(torch.ones(len(a) - 1, dtype=a.dtype), diagonal=1)
    matrix[-1] = turn(a)
    return pick(size(torch.linalg.eigvals(matrix)))


def _halved(**how):
    return lambda a: math.log(0.5) / _loop(a, **how).log()


# Weights whose loops fade: products of pairs of eigenvalues with sizes below 1.
_FADING = ([-0.9, 1.8], [-0.49, 0.3, 0.8], [0.2, -0.5, 0.1, 0.7])
half_life = Exercise(
    task=(
        "``half_life(a)`` with the weights a, shape (p,), of the last p values, the oldest first, returns the "
        "number of steps as a float or a tensor of one number: log 0.5 / log |λ| for the largest eigenvalue λ "
        "of the loop."
    ),
    reference=_halved(),
    against="the eigenvalues of the loop's matrix",
    cases=[(torch.tensor(a, dtype=torch.float64),) for a in _FADING],
    mistakes={
        _halved(turn=lambda a: a.flip(0)): "The weights are the wrong way round: the oldest value comes first.",
        _halved(size=lambda v: v.real): "That is the real part: the size of a complex number is its `abs()`.",
        _halved(pick=torch.min): "That is the smallest eigenvalue: the part that lasts longest decides.",
        _halved(size=lambda v: v.abs() ** 2): "That is the size squared.",
        lambda a: -_halved()(a): "The sign is wrong: both logarithms are negative.",
        lambda a: 1 / _halved()(a): "The fraction is upside down: log 0.5 stands above.",
        lambda a: _loop(a): "That is the size of the eigenvalue: after n steps size to the power of n is left.",
        lambda a: -1 / _loop(a).log(): "That is the time to a part of 1 / e, not to a half.",
    },
)
