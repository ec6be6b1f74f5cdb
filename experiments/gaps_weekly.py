"""Fill further gaps in the weekly CO2 of Mauna Loa, of the lengths that occur, with rules, state space and networks.

Usage: ``python experiments/gaps_weekly.py [--shift N]``. The file has 59 weeks without a reading, in gaps of 1 to 18. A
draw hides as many again, twice, at places where something was seen, and asks there. The networks are those of the
chapter's program, whose own text is executed. Errors are root mean squares in ppm.
"""

import tempfile
import warnings
from pathlib import Path

import executed as program
import numpy as np
import pandas as pd
import record
import torch
from scipy.interpolate import CubicSpline, PchipInterpolator
from statsmodels.datasets import co2
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents

DRAWS, YEAR, WAVES = range(10), 52.1775, 3  # YEAR in weeks; WAVES a year
series = co2.load_pandas().data.co2
y, t = series.to_numpy(), np.arange(len(series))
seen = ~np.isnan(y)
edges = np.flatnonzero(np.diff(np.r_[0, ~seen, 0]))
LENGTHS = edges[1::2] - edges[::2]
turn = 2 * np.pi * t / YEAR
CALENDAR = np.column_stack([f((k + 1) * turn) for k in range(WAVES) for f in (np.sin, np.cos)])
TEST = "test = there & (number % 6 == 1)"
RULE = "rule = blind.apply(lambda y: ar(y).states.smoothed[:, 0], raw=True)"


def hide(seed):
    """Return the number of the gap that hides a week, 0 where none does, (T,)."""
    rng, number = np.random.default_rng(seed), np.zeros(len(y), dtype=int)
    for k, length in enumerate(np.repeat(LENGTHS, 2), start=1):
        while True:
            start = rng.integers(1, len(y) - length - 1)
            around = slice(start - 1, start + length + 1)
            if seen[around].all() and not number[around].any():
                break
        number[start : start + length] = k
    return number


def seasonal_fit(known):
    """Return a cubic and three waves a year whose height changes with time, by least squares."""
    u = t / len(t) * 2 - 1
    design = np.column_stack([np.vander(u, 4), CALENDAR, CALENDAR * u[:, None]])
    return design @ np.linalg.lstsq(design[known], y[known], rcond=None)[0]


def interpolated(known, way, base=0.0):
    """Interpolate what `base` leaves of the weeks known."""
    rest = y - base
    return way(t[known], rest[known])(np.clip(t, t[known][0], t[known][-1])) + base


def smoothed(model):
    """Return mean and deviation of the readings from a Kalman smoother, (T,) each."""
    result = model.fit(disp=0, maxiter=100).smoother_results
    design = model.ssm["design"].reshape(-1)
    spread = np.einsum("i,ijt,j->t", design, result.smoothed_state_cov, design) + model.ssm["obs_cov"].item()
    return design @ result.smoothed_state, np.sqrt(spread)


def structural(known, level, **options):
    """Smooth a level and three waves a year that may change, a structural model."""
    season = {"freq_seasonal": [{"period": YEAR, "harmonics": WAVES}], "stochastic_freq_seasonal": [True]}
    return smoothed(UnobservedComponents(np.where(known, y, np.nan), level, **season, **options))


def network(known, hidden, seed, base=0.0, calendar=False):
    """Return mean and deviation from the chapter's program, on what `base` leaves, told the calendar or not."""
    with tempfile.TemporaryDirectory() as folder:
        frame = pd.DataFrame({"co2": np.where(seen, y - base, np.nan)}, series.index.rename("time"))
        for k, column in enumerate(CALENDAR.T[: 2 * calendar]):
            frame[f"wave {k}"] = column
        frame.to_csv(Path(folder) / "weekly.csv")
        changes = [
            ('"gappy.csv", "time"', '"weekly.csv", "time"'),
            ("RATE, UPDATES = 16", "RATE, UPDATES = 18"),
            ("torch.manual_seed(0)", f"torch.manual_seed({seed})"),
            (TEST, "test = hidden[:, None] & (table.columns == 'co2')"),
            (RULE, "rule = blind"),
        ]
        names = program.executed("12-filling-gaps", changes, file=Path(folder) / "weekly.csv", given={"hidden": hidden})
    start, scale = names["start"][0], names["scale"][0]
    return names["mean"][0, :, 0] * scale + start + base, names["sd"][0, :, 0] * scale


def judged(number, mean, sd=None):
    """Return the error in the hidden weeks and the shares of weeks and of whole gaps in bands of 95 %."""
    row = {"error": np.sqrt(np.mean((mean - y)[number > 0] ** 2))}
    if sd is not None:
        inside = abs(mean - y) < 1.96 * sd
        row["in the bands"] = np.mean(inside[number > 0])
        row["whole gaps in the bands"] = np.mean([inside[number == k].all() for k in range(1, number.max() + 1)])
    return row


def line(at, values):
    """Return a function that draws straight lines, as SciPy's interpolators do."""
    return lambda where: np.interp(where, at, values)


def ways(seed):
    """Yield what each way reaches on a draw, by name."""
    number = hide(seed)
    known = seen & (number == 0)
    base = seasonal_fit(known)
    yield "line", judged(number, interpolated(known, line))
    yield "spline", judged(number, interpolated(known, CubicSpline))
    yield "pchip", judged(number, interpolated(known, PchipInterpolator))
    yield "seasonal fit", judged(number, base)
    yield "seasonal fit, line", judged(number, interpolated(known, line, base))
    yield "structural, local linear trend", judged(number, *structural(known, "local linear trend"))
    yield "structural, smooth trend and AR(1)", judged(number, *structural(known, "smooth trend", autoregressive=1))
    rest = np.where(known, y - base, np.nan)
    mean, sd = smoothed(SARIMAX(rest, order=(2, 0, 0), measurement_error=True))
    yield "seasonal fit, AR(2)", judged(number, mean + base, sd)
    hidden = number > 0
    yield "program", judged(number, *network(known, hidden, seed))
    yield "program, told the calendar", judged(number, *network(known, hidden, seed, calendar=True))
    yield "seasonal fit, program", judged(number, *network(known, hidden, seed, base))
    yield "seasonal fit, program, told", judged(number, *network(known, hidden, seed, base, calendar=True))


def measure(seeds):
    """Return for all ways by name what they reach, a list with a number a draw each."""
    found = {}
    for seed in seeds:
        for name, row in ways(seed):
            for score, value in row.items():
                found.setdefault(score, {}).setdefault(name, []).append(float(value))
            record.say(seed, f"{name} {row['error']:.3f}")
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # a likelihood that is flat near its top: "failed to converge"
    shift = record.shift(__doc__)
    record.keep("gaps_weekly", measure([seed + shift for seed in DRAWS]), shift=shift)
