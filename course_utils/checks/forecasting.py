"""The exercises of the chapters on forecasting."""

import torch

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise, Mistake

hint = hints.teller(hints.FORECASTING)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


def _windows_ahead(series, length, ahead):
    inputs, values = [], []
    for start in range(len(series) - length - ahead + 1):
        inputs.append(series[start : start + length])
        values.append(series[start + length + ahead - 1])
    return torch.stack(inputs)[..., None], torch.stack(values)[:, None]


windows_ahead = Exercise(
    task=(
        "``windows_ahead(series, length, ahead)`` with shape (T,) returns the inputs, shape (N, length, 1), "
        "and the value `ahead` steps after the last one of each, shape (N, 1), for every place where both "
        "fit."
    ),
    reference=_windows_ahead,
    solution=_windows_ahead,
    against="windows cut one by one",
    cases=[(_random(9), 3, 2), (_random(12), 5, 1), (_random(7), 1, 3), (_random(10, dtype=torch.float32), 4, 2)],
    mistakes=[
        Mistake(
            "One window is missing at the end: there are T − length − ahead + 1 of them.", {"ahead + 1)": "ahead)"}
        ),
        Mistake(
            "There is one window too many: its value does not exist.",
            {
                "ahead + 1)": "ahead + 2)",
                "start + length + ahead - 1]": "min(start + length + ahead, len(series)) - 1]",
            },
        ),
        Mistake(
            "The value comes one step too early: with `ahead` 1 it is the next one after the window.",
            {"ahead - 1]": "ahead - 2]"},
        ),
        Mistake(
            "The value comes one step too late: with `ahead` 1 it is the next one after the window.",
            {"start + length + ahead - 1]": "min(start + length + ahead, len(series) - 1)]"},
        ),
        Mistake("The value is the next one after the window, whatever `ahead` says.", {" + ahead - 1]": "]"}),
        Mistake("The first window is missing: it starts at 0.", {"range(len": "range(1, len"}),
        Mistake(
            "The windows lie side by side; let them overlap, one for each start.",
            {"range(len(series) - length - ahead + 1)": "range(0, len(series) - length - ahead + 1, length)"},
        ),
        Mistake(
            "The windows run backwards: the oldest value comes first.",
            {"torch.stack(inputs)": "torch.stack(inputs).flip(1)"},
        ),
        Mistake(
            "The last axis is missing: a recurrent layer wants (N, L, H_in), here with H_in = 1.", {"[..., None]": ""}
        ),
        Mistake(
            "The values have the shape (N,): against a network's (N, 1) a loss would broadcast them to (N, N).",
            {"[:, None]": ""},
        ),
    ],
)


def _split(series, share):
    size = int(share * len(series))
    first, rest = series[:size], series[size:]
    mean, std = first.mean(), first.std()
    return (first - mean) / std, (rest - mean) / std


split = Exercise(
    task=(
        "``split(series, share)`` with shape (T,) returns the scaled first ``int(share * T)`` values and the "
        "scaled rest; the first part has mean 0 and (by `torch.std`) standard deviation 1."
    ),
    reference=_split,
    solution=_split,
    against="a split by hand",
    cases=[(_random(10).cumsum(0), 0.7), (_random(25).cumsum(0), 0.8), (_random(16, dtype=torch.float32), 0.5)],
    mistakes=[
        Mistake(
            "Mean and deviation are those of the whole series: they know the part that is to be forecast.",
            {"first.mean(), first.std()": "series.mean(), series.std()"},
        ),
        Mistake(
            "The rest is scaled by its own mean and deviation: at the time of a forecast nobody knows them.",
            {"(rest - mean) / std": "(rest - rest.mean()) / rest.std()"},
        ),
        Mistake(
            "The rest is not scaled: mean and deviation were taken from the first part after it had been scaled.",
            {"(rest - mean) / std": "rest"},
        ),
        Mistake("The deviation is missing: divide by `torch.std` of the first part.", {"first.std()": "1.0"}),
        Mistake("This divides by the variance: take the standard deviation.", {"first.std()": "first.var()"}),
        Mistake("The mean is not taken off.", {"first.mean()": "0.0"}),
        Mistake("This deviation divides by T, and `torch.std` by T − 1.", {"first.std()": "first.std(correction=0)"}),
        Mistake(
            "The parts are swapped: the earlier one comes first.",
            {"(first - mean) / std, (rest - mean) / std": "(rest - mean) / std, (first - mean) / std"},
        ),
        Mistake(
            "The training part is taken from the end: forecasts go forward in time.",
            {"series[:size], series[size:]": "series[-size:], series[:-size]"},
        ),
    ],
)


def _seasonal(series, period, steps):
    gain = series[-1] - series[-1 - period]
    found = []
    for k in range(steps):
        rounds = k // period + 1
        found.append(series[k % period - period] + rounds * gain)
    return torch.stack(found)


seasonal = Exercise(
    task=(
        "``seasonal(series, period, steps)`` with shape (T,) returns the next `steps` values, shape (steps,): "
        "the last `period` values over and over, each time raised by what the last of them has gained on the "
        "value a period before."
    ),
    reference=_seasonal,
    solution=_seasonal,
    against="a forecast written out step by step",
    cases=[(_random(9), 4, 11), (_random(13), 3, 7), (_random(30), 12, 25), (_random(8, dtype=torch.float32), 3, 5)],
    mistakes=[
        Mistake("The gain is missing: add what the series gains in a period.", {" + rounds * gain": ""}),
        Mistake("The second round must gain twice as much: the gain is added in each round.", {"k // period + 1": "1"}),
        Mistake("The first round has no gain: it is already one period on.", {"k // period + 1": "k // period"}),
        Mistake(
            "The gain is that of one step times the period; in one step the season changes too.",
            {"series[-1] - series[-1 - period]": "period * (series[-1] - series[-2])"},
        ),
        Mistake(
            "The gain is over one step less than a period: compare with `series[-1 - period]`.",
            {"series[-1 - period]": "series[-period]"},
        ),
        Mistake(
            "The last value is raised along a line; take the value of the same season.",
            {"series[k % period - period]": "series[-1]", "k // period + 1": "(k + 1) / period"},
        ),
        Mistake(
            "The season is shifted by one step: the first forecast goes with `series[-period]`.",
            {"k % period - period": "k % period - period - 1"},
        ),
        Mistake(
            "The gain is the mean over the whole series: here it is that of the last value alone.",
            {"series[-1] - series[-1 - period]": "(series[period:] - series[:-period]).mean()"},
        ),
        Mistake(
            "The gain grows with each step here; it is to grow by rounds.", {"k // period + 1": "(k + 1) / period"}
        ),
    ],
)


def _airline(series, theta, season):
    errors, forecasts = [torch.zeros_like(series[0])] * 13, []
    for t in range(13, len(series)):
        guess = series[t - 1] + series[t - 12] - series[t - 13]
        guess = guess + theta * errors[t - 1] + season * errors[t - 12]
        guess = guess + theta * season * errors[t - 13]
        forecasts.append(guess)
        errors.append(series[t] - guess)
    return torch.stack(forecasts)


airline = Exercise(
    task=(
        "``airline(series, theta, season)`` with shape (T,) returns the forecasts of time 13 and all after "
        "it, each from the values before it, shape (T - 13,), with errors of 0 before time 13 (Box and "
        "Jenkins 1970, chapter 9; signs as in statsmodels)."
    ),
    reference=_airline,
    solution=_airline,
    against="a loop over the months",
    cases=[
        (_random(40).cumsum(0), -0.4, -0.8),
        (_random(33).cumsum(0), 0.5, -0.3),
        (_random(30, dtype=torch.float32).cumsum(0), -0.7, 0.6),
    ],
    mistakes=[
        Mistake(
            "The last term is missing: theta * season * e of 13 months ago.", {" + theta * season * errors[t - 13]": ""}
        ),
        Mistake(
            "The errors have the wrong sign: an error is the value minus its forecast.",
            {"series[t] - guess": "guess - series[t]"},
        ),
        Mistake(
            "The errors stay 0: after each forecast append its error to the state.", {"series[t] - guess": "0 * guess"}
        ),
        Mistake("The errors are taken one month too late: e of t - 1, t - 12 and t - 13.", {"] * 13": "] * 14"}),
        Mistake("`theta` and `season` are swapped.", {"theta, season):": "season, theta):"}),
        Mistake("These are the errors: return the forecasts.", {"torch.stack(forecasts)": "torch.stack(errors[13:])"}),
        Mistake(
            "The first forecast, of time 13, is missing.", {"torch.stack(forecasts)": "torch.stack(forecasts[1:])"}
        ),
        Mistake(
            "The last term is added, not taken off: (1 + theta B)(1 + season B^12) multiplied out.",
            {"+ theta * season": "- theta * season"},
        ),
    ],
)
