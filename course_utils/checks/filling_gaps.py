"""The exercises of the chapter on filling gaps."""

import torch

from course_utils.judging.cases import numbers
from course_utils.judging.exercise import Exercise


def _hide(x, lent):
    there = ~x.isnan()
    seen = there & lent
    inputs = x.nan_to_num() * seen
    mask = seen
    scored = there & ~lent
    return torch.cat([inputs, mask.to(x)], dim=-1), scored


def _windows(*shape, dtype=torch.float64):
    """Return readings of which some are nan, and a lent mask; each of the four combinations occurs."""
    x, lent, missing = numbers(shape, shape, shape, dtype=dtype)
    return x.where(missing > -0.3, torch.nan), lent > -0.3


hide = Exercise(
    solution=_hide,
    against="masks written out",
    cases=[_windows(3, 8, 3), _windows(2, 12, 1), _windows(2, 9, 4, dtype=torch.float32)],
    hints=(
        "For each reading: is it there, is it still seen, is it scored?",
        "`there = ~x.isnan()`; still seen is what `lent` leaves of it; scored is the rest of it.",
        "`torch.cat([x.nan_to_num() * left, left], dim=-1)` with `left = there & lent`, and `there & ~lent`.",
    ),
    mistakes={
        "nan * 0 is nan: put zeros in first, with `nan_to_num`.": {".nan_to_num()": ""},
        "The readings that are hidden on purpose are still in the inputs.": {" * seen": ""},
        "Nothing is hidden: the network sees what it is asked for.": {" * seen": "", "mask = seen": "mask = there"},
        "The mask is that of the file: it calls the zeros of the hidden readings readings.": {
            "mask = seen": "mask = there"
        },
        "The mask is the lent one: it calls the zeros of the missing readings readings.": {
            "mask = seen": "mask = lent"
        },
        "The mask is the wrong way round: 1 stands for seen.": {"mask = seen": "mask = ~seen"},
        "It scores where readings are missing: there the target is the zero that was put in.": {
            "there & ~lent": "~there"
        },
        "It scores all that is not seen, missing readings too, whose target is the zero that was put in.": {
            "there & ~lent": "~seen"
        },
        "It scores all that the lent mask hides, missing readings too, which nobody knows.": {"there & ~lent": "~lent"},
        "It scores readings that the network still sees: it can copy these.": {"there & ~lent": "there"},
        "It scores what is seen: score what is hidden on purpose.": {"there & ~lent": "seen"},
        "Readings and mask alternate in the last axis: all readings must come first.": {
            "torch.cat([inputs, mask.to(x)], dim=-1)": "torch.stack([inputs, mask.to(x)], dim=-1).flatten(-2)"
        },
        "`lent` is taken the wrong way round: False is where readings are hidden.": {
            "(x, lent):": "(x, lent):\n    lent = ~lent"
        },
        "nan is not equal to anything, itself included: ask with isnan.": {"~x.isnan()": "x != torch.nan"},
        "isnan says where nothing was read: turn it round.": {"~x.isnan()": "x.isnan()"},
        "The mask comes first: readings, then mask.": {"[inputs, mask.to(x)]": "[mask.to(x), inputs]"},
        "The results are swapped: the inputs must come first.": {
            "return torch": "return scored, torch",
            ", scored": "",
        },
        "torch.stack makes a new axis: put readings and mask side by side, with torch.cat.": {"cat(": "stack("},
        "The mask is missing: a zero could be a reading.": {"torch.cat([inputs, mask.to(x)], dim=-1)": "inputs"},
    },
)


def _merge(mean_f, variance_f, mean_b, variance_b):
    variance = 1 / (1 / variance_f + 1 / variance_b - 1)
    mean = variance * (mean_f / variance_f + mean_b / variance_b)
    return mean, variance


def _sides(*shape, dtype=torch.float64):
    """Return random means, and variances between 0.05 and 0.95: below the 1 of what is known without readings."""
    mean_f, mean_b, *given = numbers(shape, shape, shape, shape, dtype=dtype)
    variance_f, variance_b = (0.05 + 0.9 * part.sigmoid() for part in given)
    return mean_f, variance_f, mean_b, variance_b


merge = Exercise(
    solution=_merge,
    against="the exact conditional mean and variance",
    cases=[_sides(4, 8), _sides(3, 3), _sides(2, 5, dtype=torch.float32)],
    hints=(
        "What do both sides know without any reading, and how often does it count?",
        "Compare coefficients of x²: precisions, 1 / variance, add up; the prior's 1 is in both, so take it off once.",
        "The mean is the sum of precision times mean, divided by the joint precision.",
    ),
    mistakes={
        "What is known without any reading, mean 0 and variance 1, is in both sides: take its precision off once.": {
            " - 1)": ")"
        },
        "The precision of what is known without any reading is in both sides: take it off, do not add it.": {
            " - 1)": " + 1)"
        },
        "The 1 of what is known without any reading is taken off the variance: take it off the precision.": {
            " - 1)": ") - 1"
        },
        "The variance is right; the mean is divided by the precision without its − 1.": {
            "mean = variance": "mean = 1 / (1 / variance_f + 1 / variance_b)"
        },
        "The means count the same, whichever side is surer.": {
            "variance * (mean_f / variance_f + mean_b / variance_b)": "(mean_f + mean_b) / 2"
        },
        "Means and variances are averaged. Two sides know more than one: add their precisions.": {
            "1 / (1 / variance_f + 1 / variance_b - 1)": "(variance_f + variance_b) / 2",
            "variance * (mean_f / variance_f + mean_b / variance_b)": "(mean_f + mean_b) / 2",
        },
        "The variances are added: precisions, 1 / variance, add up.": {
            "1 / (1 / variance_f + 1 / variance_b - 1)": "variance_f + variance_b"
        },
        "The weights are exchanged: the side with the larger variance must count less.": {
            "mean_f / variance_f + mean_b / variance_b": "mean_f / variance_b + mean_b / variance_f"
        },
        "The sum of precision times mean is not divided by the joint precision.": {"mean = variance * ": "mean = "},
        "The sum is multiplied by the joint precision: divide by it.": {"mean = variance * ": "mean = 1 / variance * "},
        "Precision is one over the variance, not over its root.": {
            "    variance = ": "    variance_f, variance_b = variance_f.sqrt(), variance_b.sqrt()\n    variance = "
        },
        "Precision is one over the variance, not over its square.": {
            "    variance = ": "    variance_f, variance_b = variance_f**2, variance_b**2\n    variance = "
        },
        "The second result is the precision: the variance is one over it.": {
            "return mean, variance": "return mean, 1 / variance"
        },
        "The second result is the standard deviation: the variance is its square.": {
            "return mean, variance": "return mean, variance.sqrt()"
        },
        "The surer side alone is taken: the other one still says something.": {
            "mean, variance\n": "mean_f.where(variance_f < variance_b, mean_b), variance_f.minimum(variance_b)\n"
        },
        "The results are swapped: the mean must come first.": {"return mean, variance": "return variance, mean"},
    },
    differentiable=True,
)
