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
        "The mask comes first: readings, then mask.": {"[inputs, mask.to(x)]": "[mask.to(x), inputs]"},
        "The results are swapped: the inputs come first.": {"return torch": "return scored, torch", ", scored": ""},
        "torch.stack makes a new axis: put readings and mask side by side, with torch.cat.": {"cat(": "stack("},
        "The mask is missing: a zero could be a reading.": {"torch.cat([inputs, mask.to(x)], dim=-1)": "inputs"},
    },
)


def _merge(mean_f, variance_f, mean_b, variance_b):
    one, two = 1 / variance_f, 1 / variance_b
    precision = one + two - 1
    mean = (one * mean_f + two * mean_b) / precision
    variance = 1 / precision
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
            " - 1": ""
        },
        "The precision of what is known without any reading is in both sides: take it off, do not add it.": {
            "two - 1": "two + 1"
        },
        "The prior's precision is taken off the variance, not off the weights' sum.": {
            "mean_b) / precision": "mean_b) / (one + two)"
        },
        "The means count the same, whichever side is surer.": {
            "(one * mean_f + two * mean_b) / precision": "(mean_f + mean_b) / 2"
        },
        "Means and variances are averaged. Two sides know more than one: add their precisions.": {
            "(one * mean_f + two * mean_b) / precision": "(mean_f + mean_b) / 2",
            "1 / precision": "(variance_f + variance_b) / 2",
        },
        "The weights are exchanged: the side with the larger variance counts less.": {
            "(one * mean_f + two * mean_b) / precision": "(two * mean_f + one * mean_b) / (one + two)"
        },
        "Precision is one over the variance, not over its root.": {
            "1 / variance_f, 1 / variance_b": "variance_f**-0.5, variance_b**-0.5"
        },
        "The second result is the precision: the variance is one over it.": {"variance = 1 / ": "variance = "},
        "The second result is the standard deviation: the variance is its square.": {
            "1 / precision": "precision**-0.5"
        },
        "The surer side alone is taken: the other one still says something.": {
            "return mean, variance": "return torch.where(one > two, mean_f, mean_b), 1 / torch.maximum(one, two)"
        },
        "The results are swapped: the mean comes first.": {"return mean, variance": "return variance, mean"},
    },
    differentiable=True,
)
