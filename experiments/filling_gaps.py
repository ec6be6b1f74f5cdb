"""Run the program of the chapter on filling gaps with other seeds, with parts taken away, and against rivals.

Usage: ``python experiments/filling_gaps.py [--shift N]``. Each run executes the program's own text with a seed of the
invented file and of the network, and with lines changed as `CHANGES` says. Squared errors are in the channels'
variances, over the readings that were hidden on purpose, and over the real gaps, which are known here since the file
is invented.
"""

import warnings
from functools import partial

import executed as program
import numpy as np
import record
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.interpolate import CubicSpline, PchipInterpolator
from sklearn.ensemble import HistGradientBoostingRegressor
from statsmodels.tsa.statespace.sarimax import SARIMAX

SEEDS, LESSONS, AROUND, LONG = range(10), 20, 24, 400_000
GAPS = "    for column in x.T:"
RULE = "rule = blind.apply(lambda y: ar(y).states.smoothed[:, 0], raw=True)"
TABLE = "table = table.set_index(times).reindex(rows)"
INPUTS, WINDOWS = "torch.cat([y * left, left], -1)", "torch.cat([x * seen, seen], dim=-1)"
HEAD = "nn.Sequential(nn.Linear(2 * SIZE, 64), nn.ReLU(), nn.Linear(64, 2 * C))"
LINEAR = [("2 * np.tanh(s[:-3])", "s[:-3]"), ("abs(s[3:])", "-s[3:]")]
LONGER = ("0.01, 500", "0.01, 2000")
PARTS = {
    "one direction": [("bidirectional=True", "bidirectional=False"), ("Linear(2 * SIZE, 64)", "Linear(SIZE, 64)")],
    "no layer in the head": [(HEAD, "nn.Linear(2 * SIZE, 2 * C)")],
    "no mask": [(INPUTS, "torch.cat([y * left, 0 * left], -1)"), (WINDOWS, "torch.cat([x * seen, 0 * seen], dim=-1)")],
}
CHANGES = {
    "network": [],
    "second weights": [("torch.manual_seed(", "torch.manual_seed(1000 + ")],
    "four times the updates": [LONGER],
    **PARTS,
    **{f"{part}, four times": [*change, LONGER] for part, change in PARTS.items()},
}


def executed(seed, changes, **options):
    """Execute the program without its Kalman smoother, the slowest part, and keep what it hides from itself."""
    seeds = [("default_rng(0)", f"default_rng({seed})"), ("manual_seed(0)", f"manual_seed({seed})")]
    kept = [(GAPS, f"    whole = x.copy()\n{GAPS}"), (RULE, "rule = blind")]
    return program.executed("12-filling-gaps", [*seeds, *changes, *kept], **options)


def gaps(hidden):
    """Return for each gap which cells it has, (T, C) each."""
    number = np.cumsum(np.diff(hidden, axis=0, prepend=False) & hidden, axis=0)
    for c, row in enumerate(number.T):
        for k in range(1, row.max() + 1):
            one = np.zeros_like(hidden)
            one[:, c] = hidden[:, c] & (row == k)
            yield one


def judged(names, tested, final=None, sd=None):
    """Return errors on the hidden readings and, of a filling from all readings, in the real gaps; and of the bands."""
    wrong = tested - names["true"]
    row = {"error": np.mean(wrong[names["test"]] ** 2)}
    if final is not None:
        real = final - (names["whole"] - names["start"]) / names["scale"]
        row["real gaps"] = np.mean(real[~names["there"]] ** 2)
    if sd is not None:
        inside = abs(wrong) < 1.96 * sd
        row["in the bands"] = np.mean(inside[names["test"]])
        row["whole gaps in the bands"] = np.mean([inside[one].all() for one in gaps(names["test"])])
    return row


def by_channel(names, tested):
    """Return the errors on the hidden readings of each channel."""
    pairs = zip(names["table"], tested.T, names["true"].T, names["test"].T, strict=True)
    return {f"error, {name}": np.mean((mine - right)[asked] ** 2) for name, mine, right, asked in pairs}


def interpolated(names, seen, way):
    """Interpolate each channel; beyond the ends the first and the last reading are repeated."""
    filled, t = names["true"].copy(), np.arange(len(names["true"]))
    for c in range(filled.shape[1]):
        at = t[seen[:, c]]
        filled[:, c] = way(at, filled[at, c])(np.clip(t, at[0], at[-1]))
    return filled


def smoothed(model, parameters=None):
    """Return mean and deviation from a Kalman smoother, (T, C) each, of a model with noise in its readings."""
    result = model.fit(disp=0) if parameters is None else model.smooth(parameters)
    design, noise = model.ssm["design"].reshape(model.k_endog, -1), model.ssm["obs_cov"].reshape(model.k_endog, -1)
    spread = np.einsum("ci,ijt,cj->tc", design, result.smoother_results.smoothed_state_cov, design)
    return (design @ result.smoother_results.smoothed_state).T, np.sqrt(spread + noise.diagonal())


def kalman(names, seen, order):
    """Smooth each channel by itself: an autoregression, and noise in the readings."""
    channels = np.where(seen, names["true"], np.nan).T
    each = [smoothed(SARIMAX(y, order=(order, 0, 0), measurement_error=True)) for y in channels]
    return tuple(np.concatenate(part, axis=1) for part in zip(*each, strict=True))


def best_linear(names, seen, seed, changes=()):
    """Fill by the best linear rule from all channels, 24 hours to each side, with covariances of 400,000 hours."""
    until = "    for column in x.T"
    changes = [*changes, ("size=6003", f"size={LONG}"), ("default_rng(0)", f"default_rng({seed + 50_000})")]
    x = program.executed("12-filling-gaps", changes, until=until)["x"]
    x, lags = (x - x.mean(axis=0)) / names["scale"], range(2 * AROUND + 1)
    at = [x[: len(x) - k].T @ x[k:] / (len(x) - k) for k in lags]  # (C, C) each
    block = np.block([[at[j - i] if j >= i else at[i - j].T for j in lags] for i in lags])
    values, known = (np.pad(part, ((AROUND, AROUND), (0, 0))) for part in (names["true"], seen))
    filled = names["true"].copy()
    for t in np.flatnonzero(~seen.all(axis=1)):
        use = np.flatnonzero(known[t : t + len(lags)].ravel())
        gain = np.linalg.solve(block[np.ix_(use, use)], block[np.ix_(use, np.arange(3) + 3 * AROUND)])
        guess = values[t : t + len(lags)].ravel()[use] @ gain
        filled[t, ~seen[t]] = guess[~seen[t]]
    return filled


def trees(names, known, fills, seed):
    """Fill by boosted trees, one model a channel, from what is seen up to 24 hours away, learned as the network is."""
    true, rng = names["true"], np.random.default_rng(seed)

    def features(seen, c):  # without the reading that is to be filled
        padded = np.pad(np.where(seen, true, np.nan), ((AROUND, AROUND), (0, 0)), constant_values=np.nan)
        around = sliding_window_view(padded, 2 * AROUND + 1, axis=0).reshape(len(true), -1)
        return np.delete(around, c * (2 * AROUND + 1) + AROUND, axis=1)

    lessons = [known & np.roll(known, rng.integers(len(true)), axis=0) for _ in range(LESSONS)]
    filled = [true.copy() for _ in fills]
    for c in range(true.shape[1]):
        rows = [known[:, c] & ~left[:, c] for left in lessons]
        x = np.concatenate([features(left, c)[row] for left, row in zip(lessons, rows, strict=True)])
        y = np.concatenate([true[row, c] for row in rows])
        model = HistGradientBoostingRegressor(max_iter=400, max_leaf_nodes=63, random_state=0).fit(x, y)
        for one, seen in zip(filled, fills, strict=True):
            one[~seen[:, c], c] = model.predict(features(seen, c)[~seen[:, c]])
    return filled


def own_channel(seed):
    """Return the error of three networks that read and fill one channel each."""
    row, wrong = {}, []
    for name in ("level", "flow", "power"):
        names = executed(seed, [(TABLE, f"{TABLE}[['{name}']]")])
        wrong.append((names["mean"][0] - names["true"])[names["test"]])
        row |= by_channel(names, names["mean"][0])
    return row | {"error": np.mean(np.concatenate(wrong) ** 2)}


def linear_sensors(seed):
    """Return what network and best linear rule reach where all sensors are linear in the same signal."""
    names = executed(seed, LINEAR)
    best = (best_linear(names, seen, seed, LINEAR) for seen in (names["known"].numpy(), names["there"]))
    found = {"linear sensors": judged(names, *names["mean"], names["sd"][0])}
    return found | {"linear sensors, best linear": judged(names, *best)}


def rivals(names, seed):
    """Return what the rivals reach on a file, by name."""
    known, there = names["known"].numpy(), names["there"]
    ways = {"line": lambda t, y: partial(np.interp, xp=t, fp=y), "spline": CubicSpline, "pchip": PchipInterpolator}
    found = {
        name: judged(names, *(interpolated(names, seen, way) for seen in (known, there))) for name, way in ways.items()
    }
    for name, order in (("Kalman", 6), ("Kalman, order 3", 3)):
        (tested, sd), (final, _) = kalman(names, known, order), kalman(names, there, order)
        found[name] = judged(names, tested, final, sd) | by_channel(names, tested)
    found["best linear"] = judged(names, *(best_linear(names, seen, seed) for seen in (known, there)))
    found["boosted trees"] = judged(names, *trees(names, known, (known, there), seed))
    return found


def measure(seeds):
    """Return for all ways by name what they reach, a list with a number a seed each."""
    found = {}
    for seed in seeds:
        rows = {}
        for name, change in CHANGES.items():
            names = executed(seed, change)
            rows[name] = judged(names, *names["mean"], names["sd"][0])
        rows |= {"own channel only": own_channel(seed)} | rivals(names, seed) | linear_sensors(seed)
        for name, row in rows.items():
            for score, value in row.items():
                found.setdefault(score, {}).setdefault(name, []).append(float(value))
        record.say(seed, *(f"{name} {row['error']:.3f}," for name, row in rows.items()))
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # the likelihood is flat near its top: "failed to converge"
    shift = record.shift(__doc__)
    record.keep("filling_gaps", measure([seed + shift for seed in SEEDS]), shift=shift)
