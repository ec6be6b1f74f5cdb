"""The exercises of the chapters on forecasting."""

import torch

from course_utils.checks import hints
from course_utils.checks.series import backwards, cut, parted, rounds, smoothed
from course_utils.judging.exercise import Exercise

hint = hints.teller(hints.FORECASTING)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


windows_ahead = Exercise(
    task=(
        "``windows_ahead(series, length, ahead)`` with shape (T,) returns the inputs, shape (N, length, 1), "
        "and the value `ahead` steps after the last one of each, shape (N, 1), for every place where both "
        "fit."
    ),
    reference=cut(),
    against="windows cut one by one",
    cases=[(_random(9), 3, 2), (_random(12), 5, 1), (_random(7), 1, 3), (_random(10, dtype=torch.float32), 4, 2)],
    mistakes={
        cut(more=-1): "One window is missing at the end: there are T − length − ahead + 1 of them.",
        cut(more=1): "There is one window too many: its value does not exist.",
        cut(after=-1): "The value comes one step too early: with `ahead` 1 it is the next one after the window.",
        cut(after=1): "The value comes one step too late: with `ahead` 1 it is the next one after the window.",
        lambda s, n, k: (cut()(s, n, k)[0], cut()(s, n, 1)[1][: len(s) - n - k + 1]): "The value is the next one after "
        "the window, whatever `ahead` says.",
        cut(first=1): "The first window is missing: it starts at 0.",
        lambda s, n, k: cut(step=n)(s, n, k): "The windows lie side by side; let them overlap, one for each start.",
        backwards: "The windows run backwards: the oldest value comes first.",
        lambda *given: (cut()(*given)[0][..., 0], cut()(*given)[1]): "The last axis is missing: a recurrent "
        "layer wants (N, L, H_in), here with H_in = 1.",
        lambda *given: (cut()(*given)[0], cut()(*given)[1][:, 0]): "The values have the shape (N,): against a "
        "network's (N, 1) a loss would broadcast them to (N, N).",
    },
)


split = Exercise(
    task=(
        "``split(series, share)`` with shape (T,) returns the scaled first ``int(share * T)`` values and the "
        "scaled rest; the first part has mean 0 and (by `torch.std`) standard deviation 1."
    ),
    reference=parted(),
    against="a split by hand",
    cases=[(_random(10).cumsum(0), 0.7), (_random(25).cumsum(0), 0.8), (_random(16, dtype=torch.float32), 0.5)],
    mistakes={
        parted(known=lambda s, n: s): "Mean and deviation are those of the whole series: they know the part that is "
        "to be forecast.",
        parted(own=lambda s, n: s[n:]): "The rest is scaled by its own mean and deviation: at the time of a forecast "
        "nobody knows them.",
        parted(
            own=lambda s, n: (s[:n] - s[:n].mean()) / s[:n].std()
        ): "The rest is not scaled: mean and deviation were taken from the first part after it had been scaled.",
        parted(spread=lambda s: 1.0): "The deviation is missing: divide by `torch.std` of the first part.",
        parted(spread=torch.var): "This divides by the variance: take the standard deviation.",
        parted(middle=lambda s: 0.0): "The mean is not taken off.",
        parted(spread=lambda s: s.std(correction=0)): "This deviation divides by T, and `torch.std` by T − 1.",
        parted(halves=lambda s, n: (s[n:], s[:n])): "The parts are swapped: the earlier one comes first.",
        parted(halves=lambda s, n: (s[len(s) - n :], s[: len(s) - n])): "The training part is taken from the end: "
        "forecasts go forward in time.",
    },
)


seasonal = Exercise(
    task=(
        "``seasonal(series, period, steps)`` with shape (T,) returns the next `steps` values, shape (steps,): "
        "the last `period` values over and over, each time raised by what the last of them has gained on the "
        "value a period before."
    ),
    reference=rounds(),
    against="a forecast written out step by step",
    cases=[(_random(9), 4, 11), (_random(13), 3, 7), (_random(30), 12, 25), (_random(8, dtype=torch.float32), 3, 5)],
    mistakes={
        rounds(gain=lambda s, p: 0): "The gain is missing: add what the series gains in a period.",
        rounds(times=lambda k, p: 1): "The second round must gain twice as much: the gain is added in each round.",
        rounds(times=lambda k, p: k // p): "The first round has no gain: it is already one period on.",
        rounds(gain=lambda s, p: p * (s[-1] - s[-2])): "The gain is that of one step times the period; in one "
        "step the season changes too.",
        rounds(gain=lambda s, p: s[-1] - s[-p]): "The gain is over one step less than a period: compare with "
        "`series[-1 - period]`.",
        rounds(lambda k, p: -1, lambda k, p: (k + 1) / p): "The last value is raised along a line; take the value "
        "of the same season.",
        rounds(lambda k, p: k % p - p - 1): "The season is shifted by one step: the first forecast goes with "
        "`series[-period]`.",
        rounds(
            gain=lambda s, p: (s[p:] - s[:-p]).mean()
        ): "The gain is the mean over the whole series: here it is that of the last value alone.",
        rounds(times=lambda k, p: (k + 1) / p): "The gain grows with each step here; it is to grow by rounds.",
    },
)


airline = Exercise(
    task=(
        "``airline(series, theta, season)`` with shape (T,) returns the forecasts of time 13 and all after "
        "it, each from the values before it, shape (T - 13,), with errors of 0 before time 13 (Box and "
        "Jenkins 1970, chapter 9; signs as in statsmodels)."
    ),
    reference=smoothed(),
    against="a loop over the months",
    cases=[
        (_random(40).cumsum(0), -0.4, -0.8),
        (_random(33).cumsum(0), 0.5, -0.3),
        (_random(30, dtype=torch.float32).cumsum(0), -0.7, 0.6),
    ],
    mistakes={
        smoothed(product=0): "The last term is missing: theta * season * e of 13 months ago.",
        smoothed(sign=-1): "The errors have the wrong sign: an error is the value minus its forecast.",
        smoothed(learn=0): "The errors stay 0: after each forecast append its error to the state.",
        smoothed(late=1): "The errors are taken one month too late: e of t - 1, t - 12 and t - 13.",
        lambda series, theta, season: smoothed()(series, season, theta): "`theta` and `season` are swapped.",
        lambda *given: given[0][13:] - smoothed()(*given): "These are the errors: return the forecasts.",
        lambda *given: smoothed()(*given)[1:]: "The first forecast, of time 13, is missing.",
        smoothed(product=-1): "The last term is added, not taken off: (1 + theta B)(1 + season B^12) multiplied out.",
    },
)
