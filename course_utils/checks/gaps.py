"""The exercises of the chapter on filling gaps."""

import torch

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise

hint = hints.teller(hints.GAPS)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


def _windows(*shape, dtype=torch.float64):
    """Return readings of which some are nan, and a lent mask; each of the four combinations occurs."""
    x, lent = _random(*shape, dtype=dtype), _random(*shape, dtype=dtype).flip(1) > -0.3
    return x.where(_random(*shape, dtype=dtype).cos() > 0.2, torch.nan), lent


def _hiding(inputs=None, mask=None, score=None):
    """Return what hides seen readings, in which some part may be wrong.

    Each part is a function of the readings, nan where there is none, of where there are readings, and of the lent mask.
    """
    inputs = inputs or (lambda x, there, lent: x.nan_to_num() * (there & lent))
    mask = mask or (lambda x, there, lent: there & lent)
    score = score or (lambda x, there, lent: there & ~lent)

    def hide(x, lent):
        given = x, ~x.isnan(), lent
        return torch.cat([inputs(*given), mask(*given).to(x)], dim=-1), score(*given)

    return hide


def _turned(x, lent):
    inputs, score = _hiding()(x, lent)
    return torch.cat(inputs.chunk(2, dim=-1)[::-1], dim=-1), score


hide = Exercise(
    task=(
        "``hide(x, lent)`` with shapes (N, L, C), x with nan where nothing was read and `lent`, bool, False "
        "where readings are to be hidden, returns the inputs, (N, L, 2 C), readings with zeros and then the "
        "mask, and where the loss counts, bool, (N, L, C)."
    ),
    reference=_hiding(),
    against="masks written out",
    cases=[_windows(3, 8, 3), _windows(2, 12, 1), _windows(2, 9, 4, dtype=torch.float32)],
    mistakes={
        _hiding(
            inputs=lambda x, there, lent: x * (there & lent)
        ): "nan * 0 is nan: put zeros in first, with `nan_to_num`.",
        _hiding(
            inputs=lambda x, there, lent: x.nan_to_num()
        ): "The readings that are hidden on purpose are still in the inputs: multiply with the mask.",
        _hiding(
            inputs=lambda x, there, lent: x.nan_to_num(), mask=lambda x, there, lent: there
        ): "Nothing is hidden: the network sees what it is asked for.",
        _hiding(
            mask=lambda x, there, lent: there
        ): "The mask is that of the file: it calls the zeros of the readings hidden on purpose readings.",
        _hiding(
            mask=lambda x, there, lent: lent
        ): "The mask is the lent one: it calls the zeros of the missing readings "
        "readings. Seen is what is there and not hidden.",
        _hiding(mask=lambda x, there, lent: ~(there & lent)): "The mask is the wrong way round: 1 stands for seen.",
        _hiding(
            score=lambda x, there, lent: ~there
        ): "It scores where readings are missing: their target is the zero that "
        "was put in, and the network learns to say 0.",
        _hiding(
            score=lambda x, there, lent: ~(there & lent)
        ): "It scores all that is not seen, missing readings too: their target is the zero that was put in.",
        _hiding(
            score=lambda x, there, lent: ~lent
        ): "It scores all that the lent mask hides, missing readings too: nobody "
        "knows these. Score where there was a reading.",
        _hiding(
            score=lambda x, there, lent: there
        ): "It scores readings that the network still sees: it can copy these.",
        _hiding(
            score=lambda x, there, lent: there & lent
        ): "It scores what is seen: it should be what is hidden on purpose.",
        _turned: "The mask comes first: readings, then mask.",
        lambda x, lent: _hiding()(x, lent)[::-1]: "The results are swapped: the inputs come first.",
        lambda x, lent: (
            torch.stack(_hiding()(x, lent)[0].chunk(2, dim=-1), dim=-1),
            _hiding()(x, lent)[1],
        ): "`torch.stack` makes a new axis: put readings and mask side by side in the last one, with `torch.cat`.",
        lambda x, lent: (
            _hiding()(x, lent)[0].chunk(2, dim=-1)[0],
            _hiding()(x, lent)[1],
        ): "The mask is missing: a zero could be a reading.",
    },
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


merge = Exercise(
    task=(
        "``merge(mean_f, variance_f, mean_b, variance_b)`` with shapes (N, L) returns the mean and the "
        "variance given both sides, (N, L) each."
    ),
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
