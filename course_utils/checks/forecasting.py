"""The exercises of the chapter on forecasting."""

import torch

from course_utils.judging.cases import numbers
from course_utils.judging.exercise import Exercise


def random_series(length, *settings, walk=False, dtype=torch.float64):
    """Return a random series (T,), where asked for a random walk, and what else an exercise gets."""
    (series,) = numbers((length,), dtype=dtype)
    return series.cumsum(0) if walk else series, *settings


def _windows_ahead(series, length, ahead):
    inputs, values = [], []
    for start in range(len(series) - length - ahead + 1):
        inputs.append(series[start : start + length])
        values.append(series[start + length + ahead - 1])
    return torch.stack(inputs)[..., None], torch.stack(values)[:, None]


windows_ahead = Exercise(
    solution=_windows_ahead,
    against="windows cut one by one",
    cases=[
        random_series(9, 3, 2),
        random_series(12, 5, 1),
        random_series(7, 1, 3),
        random_series(10, 4, 2, dtype=torch.float32),
    ],
    hints=(
        "How many values does a window need together with the value that is asked for?",
        "`length + ahead`. Cut rows of that size, one step apart, with `unfold`.",
        "The first `length` values of a row are the input, with an axis at the end; its last value is the target.",
    ),
    mistakes={
        "The last window is missing: there are T − length − ahead + 1 of them.": {"ahead + 1)": "ahead)"},
        "There is one window too many: its value does not exist.": {
            "ahead + 1)": "ahead + 2)",
            "start + length + ahead - 1]": "min(start + length + ahead, len(series)) - 1]",
        },
        "The value comes one step too early: with `ahead` 1 it must be the next one.": {"ahead - 1]": "ahead - 2]"},
        "The value comes one step too late: with `ahead` 1 it must be the next one.": {
            "start + length + ahead - 1]": "min(start + length + ahead, len(series) - 1)]"
        },
        "The value comes one step too late, and so the last window is missing.": {
            "ahead + 1)": "ahead)",
            "start + length + ahead - 1]": "start + length + ahead]",
        },
        "The value is the next one after the window, whatever `ahead` says.": {" + ahead - 1]": "]"},
        "`ahead` counts from the window's last value, not from its first.": {
            "start + length + ahead - 1]": "start + ahead]"
        },
        "The first window is missing: it starts at 0.": {"range(len": "range(1, len"},
        "The windows lie side by side: start one at each step.": {
            "range(len(series) - length - ahead + 1)": "range(0, len(series) - length - ahead + 1, length)"
        },
        "The windows run backwards: the oldest value must come first.": {"stack(inputs)": "stack(inputs).flip(1)"},
        "The last axis is missing: a recurrent layer wants (N, L, H_in), here H_in = 1.": {"[..., None]": ""},
        "The values are (N,): against a network's (N, 1) a loss would broadcast them to (N, N).": {"[:, None]": ""},
    },
)


def _split(series, share):
    size = int(share * len(series))
    first, rest = series[:size], series[size:]
    mean, std = first.mean(), first.std()
    first, rest = (first - mean) / std, (rest - mean) / std
    return first, rest


split = Exercise(
    solution=_split,
    against="a split by hand",
    cases=[
        random_series(10, 0.7, walk=True),
        random_series(9, 0.4, walk=True),
        random_series(16, 0.5, dtype=torch.float32),
    ],
    hints=(
        "Which of the two parts may know the other's mean?",
        "`size = int(share * len(series))`; subtract `first.mean()` and divide by `first.std()` in both parts.",
    ),
    mistakes={
        "Mean and deviation are of the whole series: they know the future.": {
            "first.mean(), first.std()": "series.mean(), series.std()"
        },
        "The rest is scaled by its own mean and deviation, which know the future.": {
            "(rest - mean) / std": "(rest - rest.mean()) / rest.std()"
        },
        "The rest is not scaled: take mean and deviation before the first part is scaled.": {
            "(rest - mean) / std": "rest"
        },
        "The deviation is missing: divide by `torch.std` of the first part.": {"first.std()": "1.0"},
        "This divides by the variance: take the standard deviation.": {"first.std()": "first.var()"},
        "The brackets are missing: subtract first, then divide.": {
            "(first - mean) / std, (rest - mean) / std": "first - mean / std, rest - mean / std"
        },
        "That scales to the range 0 to 1: mean 0 and deviation 1 are asked for.": {
            "first.mean(), first.std()": "first.min(), first.max() - first.min()"
        },
        "The size is rounded to the nearest: `int` rounds down.": {"int(share": "round(share"},
        "The values are shuffled: forecasts go forward in time.": {
            "first, rest = series[": "series = series[torch.randperm(len(series))]\n    first, rest = series["
        },
        "The second part starts one value late.": {"series[size:]": "series[size + 1 :]"},
        "The mean is not taken off.": {"first.mean()": "0.0"},
        "This deviation divides by T, and `torch.std` by T − 1.": {"first.std()": "first.std(correction=0)"},
        "The parts are swapped: the earlier one must come first.": {"return first, rest": "return rest, first"},
        "The training part is the end: forecasts go forward.": {"[:size], series[size:]": "[-size:], series[:-size]"},
    },
)
