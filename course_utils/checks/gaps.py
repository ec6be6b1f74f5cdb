"""The exercises of the chapter on filling gaps."""

import torch

from course_utils.checks import clocks, hints
from course_utils.checks.answers import Exercise
from course_utils.checks.compare import check

hint = hints.teller(hints.GAPS)


def since(function):
    """Check the time since the last reading seen before.

    Parameters
    ----------
    function : callable
        ``since(times, mask)`` with shapes (N, L) returns, for each step, the time that has passed
        since the last step before it at which something was seen, 0 at the first step, (N, L).

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, SINCE)


def straight(function):
    """Check a linear interpolation across gaps.

    Parameters
    ----------
    function : callable
        ``straight(x, mask)`` with shapes (N, L) returns x with straight lines across the gaps, (N, L).

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, STRAIGHT)


def merge(function):
    """Check the merging of what the past and the future say.

    Parameters
    ----------
    function : callable
        ``merge(mean_f, variance_f, mean_b, variance_b)`` with shapes (N, L) returns the mean and
        the variance given both sides, (N, L) each.

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, MERGE)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


def _times(*shape, dtype=torch.float64):
    return (_random(*shape, dtype=dtype).abs() + 0.1).cumsum(dim=1)


# Gaps of one, two and four; one row without any; the first and the last reading are always seen.
MASK = torch.tensor(
    [[1, 1, 0, 1, 0, 0, 1, 1], [1, 0, 0, 0, 0, 1, 0, 1], [1] * 8, [1, 0, 1, 0, 1, 0, 0, 1]], dtype=torch.float64
)
MASK_32, MASK_SQUARE = MASK[:2].float(), torch.tensor([[1, 0, 1], [1, 1, 1], [1, 0, 1]], dtype=torch.float64)


SINCE = Exercise(
    reference=clocks.since,
    against="a loop over the steps",
    cases=[(_times(4, 8), MASK), (_times(2, 8, dtype=torch.float32), MASK_32), (_times(3, 3), MASK_SQUARE)],
    mistakes=clocks.SINCE_MISTAKES,
)


STRAIGHT = Exercise(
    reference=clocks.line(),
    against="NumPy's interp",
    cases=[(_random(4, 8), MASK), (_random(2, 8, dtype=torch.float32), MASK_32), (_random(3, 3), MASK_SQUARE)],
    mistakes=clocks.LINE_MISTAKES,
)


def _merged(weigh=lambda v: 1 / v, total=lambda one, two: one + two - 1, spread=lambda p, v, w: 1 / p):
    """Return a merging in which some part may be wrong; the series has mean 0 and variance 1."""

    def merge(mean_f, variance_f, mean_b, variance_b):
        one, two = weigh(variance_f), weigh(variance_b)
        precision = total(one, two)
        return (one * mean_f + two * mean_b) / precision, spread(precision, variance_f, variance_b)

    return merge


def _sides(*shape, dtype=torch.float64):
    f, b = _random(*shape, dtype=dtype), _random(*shape, dtype=dtype).flip(0)
    return f, 0.05 + 0.9 * f.sigmoid(), b, 0.05 + 0.9 * b.cos().square()


MERGE = Exercise(
    reference=_merged(),
    against="the exact conditional mean and variance",
    cases=[_sides(4, 8), _sides(3, 3), _sides(2, 5, dtype=torch.float32)],
    mistakes={
        _merged(total=lambda one, two: one + two): "What is known without any reading, mean 0 and variance 1, is "
        "counted twice: both sides contain it. Take its precision, 1, off once.",
        _merged(total=lambda one, two: one + two + 1): "The precision of what is known without any reading is in both "
        "sides already: take it off once, do not add it.",
        lambda f, v, b, w: ((f + b) / 2, 1 / (1 / v + 1 / w - 1)): "The means count the same, whichever side is surer.",
        lambda f, v, b, w: ((f + b) / 2, (v + w) / 2): "Means and variances are averaged. Two sides know more than "
        "one: add their precisions.",
        _merged(
            weigh=lambda v: v, total=lambda one, two: one + two, spread=lambda p, v, w: 1 / (1 / v + 1 / w - 1)
        ): "The weights are exchanged: the side with the larger variance counts less.",
        _merged(weigh=lambda v: v**-0.5): "Precision is one over the variance, not over its root.",
        _merged(spread=lambda p, v, w: p): "The second result is the precision: the variance is one over it.",
        _merged(spread=lambda p, v, w: (1 / p).sqrt()): "The second result is the standard deviation: the variance is "
        "its square.",
        lambda f, v, b, w: (torch.where(v < w, f, b), torch.minimum(v, w)): "The surer side alone is taken: the other "
        "one still says something.",
    },
    differentiable=True,
)
