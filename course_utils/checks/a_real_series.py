"""The exercises of the chapter on a real series."""

import torch

from course_utils.checks.forecasting import random_series
from course_utils.judging.exercise import Exercise


def _seasonal(series, period, steps):
    gain = series[-1] - series[-1 - period]
    found = []
    for k in range(steps):
        rounds = k // period + 1
        found.append(series[k % period - period] + rounds * gain)
    return torch.stack(found)


seasonal = Exercise(
    solution=_seasonal,
    against="a forecast written out step by step",
    cases=[
        random_series(9, 4, 11),
        random_series(13, 3, 7),
        random_series(30, 12, 25),
        random_series(8, 3, 5, dtype=torch.float32),
    ],
    hints=(
        "Which value of the last period does step k repeat, and how often has the gain been added by then?",
        "Step k repeats place k modulo `period` of the last period, raised k // period + 1 times.",
        "`series[k % period - period] + (k // period + 1) * (series[-1] - series[-1 - period])`, with k from 0.",
    ),
    mistakes={
        "The gain is missing: add what the series gains in a period.": {" + rounds * gain": ""},
        "The gain is added once: the second period has it twice, and so on.": {"k // period + 1": "1"},
        "The gain comes one period late: the first one already has it once.": {"k // period + 1": "k // period"},
        "The gain has the wrong sign: it is the last value minus the one a period before.": {
            "+ rounds * gain": "- rounds * gain"
        },
        "The gain is added anew at each step: add it once a period.": {"k // period + 1": "k + 1"},
        "A value is repeated before the next one comes: repeat the whole period.": {
            "k % period - period": "(k // (steps // period + 1)) % period - period"
        },
        "The first period is repeated: repeat the last one.": {"k % period - period": "k % period"},
        "Each month has its own gain here: take that of the last value.": {
            "rounds * gain": "rounds * (series[k % period - period] - series[k % period - 2 * period])"
        },
        "The gain is that of one step, times the period: take the one over a period.": {
            "series[-1] - series[-1 - period]": "period * (series[-1] - series[-2])"
        },
        "The gain is over one step less than a period: compare with `series[-1 - period]`.": {
            "series[-1 - period]": "series[-period]"
        },
        "The last value goes on along a line; take the same season's.": {
            "k % period - period": "-1",
            "k // period + 1": "(k + 1) / period",
        },
        "The season is one step late: start with `series[-period]`.": {"period - period]": "period - period - 1]"},
        "The period is a step too long: step `period` goes with the first forecast again.": {
            "k % period - period": "k % (period + 1) - period - 1",
            "k // period": "k // (period + 1)",
        },
        "The gain is that of the first period: take that of the last one.": {
            "series[-1] - series[-1 - period]": "series[period] - series[0]"
        },
        "The gain is the mean of all; take that of the last value.": {
            "series[-1] - series[-1 - period]": "(series[period:] - series[:-period]).mean()"
        },
        "The gain grows with each step: it must grow from period to period.": {
            "// period + 1": "/ period + 1 / period"
        },
    },
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


# Box and Jenkins (1970), chapter 9; signs as in statsmodels.
airline = Exercise(
    solution=_airline,
    against="a loop over the months",
    cases=[
        random_series(40, -0.4, -0.8, walk=True),
        random_series(33, 0.5, -0.3, walk=True),
        random_series(30, -0.7, 0.6, walk=True, dtype=torch.float32),
    ],
    hints=(
        "What does the forecast of month t need that the months before it have left behind?",
        "Keep a list of errors, thirteen zeros at first, and go through the months with a loop.",
        "`series[t - 1] + series[t - 12] - series[t - 13] + theta * e[t - 1] + …`, then append `series[t]` minus it.",
    ),
    mistakes={
        "The last term is missing: theta * season * e of 13 months ago.": {" + theta * season * errors[t - 13]": ""},
        "The errors have the wrong sign: they are value minus forecast.": {"series[t] - guess": "guess - series[t]"},
        "The errors stay 0: append each value minus its forecast.": {"series[t] - guess": "0 * guess"},
        "The errors are taken one month too late: e of t - 1, t - 12 and t - 13.": {"] * 13": "] * 14"},
        "`theta` and `season` have the wrong signs: their terms are added.": {
            "theta, season):": "theta, season):\n    theta, season = -theta, -season"
        },
        "`theta` and `season` are added in the last term: multiply them.": {
            "theta * season * errors": "(theta + season) * errors"
        },
        "`series[t - 13]` is added: take it off.": {"- series[t - 13]": "+ series[t - 13]"},
        "The forecasts are fed back: each must read the true values before it.": {
            "series[t] - guess)": "series[t] - guess)\n        series = series.clone()\n        series[t] = guess"
        },
        "The lags are a month short: they must be 1, 12 and 13.": {
            "series[t - 12] - series[t - 13]": "series[t - 11] - series[t - 12]",
            "season * errors[t - 12]": "season * errors[t - 11]",
            "* errors[t - 13]": "* errors[t - 12]",
        },
        "The error of the month itself is used, which nobody knows: begin with that of t − 1.": {
            "theta * errors[t - 1] + season * errors[t - 12]": "theta * (series[t] - guess) + season * errors[t - 12]"
        },
        "The errors are cut to whole numbers: is their tensor one of integers?": {
            "series[t] - guess)": "(series[t] - guess).trunc())"
        },
        "The month itself is used, which is to be forecast: begin with `series[t - 1]`.": {
            "guess = series[t - 1]": "guess = series[t]"
        },
        "`theta` and `season` are swapped.": {"theta, season):": "season, theta):"},
        "These are the errors: return the forecasts.": {"torch.stack(forecasts)": "torch.stack(errors[13:])"},
        "The first forecast, of time 13, is missing.": {"stack(forecasts)": "stack(forecasts[1:])"},
        "The sign of the last term is wrong: all three are added.": {"+ theta * season": "- theta * season"},
    },
)
