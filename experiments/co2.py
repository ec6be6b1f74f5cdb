"""Forecast monthly CO2 at Mauna Loa one and twelve months ahead: rules, ETS, ARIMA, least squares and networks.

Usage: ``python experiments/co2.py [--shift N]``. Every setting is chosen by rolling origin: in each January of the ten
years before the test a model is fitted to all months before it and forecasts that year with frozen parameters. What is
chosen, for one month and for twelve apart, is fitted once to all months before the test. A seed stands for the weights;
in the choice each origin has its own. 1982 to 1991 is a control. Errors are in ppm, for each seed; squared errors of
each month are means over the seeds. A grid's order is that of the settings, rates first.
"""

import warnings
from copy import deepcopy
from functools import partial

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from record import keep, rounded, say, shift
from statsmodels.datasets import co2
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX
from torch import nn

SEEDS, UNITS, WINDOW, NEED = range(10), 16, 24, 36
RATES, UPDATES = (0.003, 0.01, 0.03), (25, 50, 100, 200, 400)
CELLS, HORIZONS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}, {"one": 0, "twelve": 11}
WRITTEN = ("year before", "last gain", "mean gain", "month means")
CROSSED = ("gains told, on the last value", "waves, on the last gain")  # read, and added to
WHOLE = ("gains", "waves", "direct", *CROSSED)
ORDERS = {"gains": (1, 2, 3, 6, 12, 13, 24), "waves": (1, 2, 6, 13), "dummies": (1, 2, 6, 13)}
additive = partial(ETSModel, trend="add", seasonal="add", seasonal_periods=12)
airline = partial(SARIMAX, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12))


def rms(errors):
    """Return the root of the mean of the squares over months, the last axis."""
    return np.sqrt(np.mean(np.square(errors), axis=-1))


def season(t):
    """Return sine and cosine of one and two cycles a year for months counted from a January."""
    angle = 2 * np.pi * np.asarray(t)[..., None] / 12
    return np.concatenate([f(n * angle) for n in (1, 2) for f in (np.sin, np.cos)], axis=-1)


def recursive(step, x, t):
    """Forecast each month of `t` and the eleven after it from what is before it; a step names the next, or all."""
    past = x[t[:, None] - np.arange(NEED, 0, -1)]
    while past.shape[1] < NEED + 12:
        past = np.column_stack([past, step(past[:, -NEED:], t + past.shape[1] - NEED)])
    return past[:, NEED:]


def rule(past, name, **_):
    """Return a forecast that is written down, its few numbers from the past, as a choice of one."""
    t, fit = np.arange(len(past)), np.mean(past[12:] - past[:-12])
    design = np.column_stack([np.eye(12)[t % 12], t, t**2])
    effect, drift = np.linalg.lstsq(design, past, rcond=None)[0][:12], np.mean(np.diff(past)[(len(past) - 1) % 12 :])
    steps = {
        "year before": lambda h, t: h[:, -12],
        "last gain": lambda h, t: h[:, -12] + h[:, -1] - h[:, -13],
        "mean gain": lambda h, t: h[:, -12] + fit,
        "month means": lambda h, t: h[:, -1] + drift + effect[t % 12] - effect[(t - 1) % 12],
    }
    return {"": partial(recursive, steps[name])}


def fitted(past, name, **_):
    """Return ETS(A,A,A) or the airline model, all that is in it estimated from the past."""
    if name == "ETS":
        found = additive(past).fit(disp=False).params
        return {"": lambda x, t: np.array([additive(x[:month]).smooth(found).forecast(12) for month in t])}
    fit = airline(past).fit(disp=False)
    return {"": lambda x, t: np.array([fit.apply(x[:month]).forecast(12) for month in t])}


def columns(past, t, kind, order):
    """Return the inputs of least squares and the value that its answer is added to."""
    if kind == "gains":
        return np.column_stack([(past[:, 12:] - past[:, :-12])[:, -order:], np.ones(len(t))]), past[:, -12]
    month = np.eye(12)[t % 12] if kind == "dummies" else np.column_stack([season(t), np.ones(len(t))])
    return np.column_stack([np.diff(past)[:, -order:], month]), past[:, -1]


def least_squares(past, kind, **_):
    """Return one linear map for each order."""
    found = {}
    for order in ORDERS[kind]:
        t = np.arange(max(order + (12 if kind == "gains" else 1), 13), len(past))
        inputs, base = columns(sliding_window_view(past, t[0])[: len(t)], t, kind, order)
        found[order] = np.linalg.lstsq(inputs, past[t] - base, rcond=None)[0]

    def step(order, h, t):
        inputs, base = columns(h, t, kind, order)
        return base + inputs @ found[order]

    return {str(order): partial(recursive, partial(step, order)) for order in found}


def inputs_of(past, t, view):
    """Return the steps of a network's window (N, 24, features) and the value that its answer is added to."""
    if "levels" in view:
        return past[:, -WINDOW:, None] - (base := past[:, -1] * (view != "levels"))[:, None, None], base
    base = past[:, -12] + past[:, -1] - past[:, -13] if view in ("gains", CROSSED[1]) else past[:, -1]
    steps = (past[:, 12:] - past[:, :-12] if "gains" in view else np.diff(past))[:, -WINDOW:, None]
    if view not in ("gains", "differences"):  # at each step the month of the value that follows it
        steps = np.concatenate([steps, season(t[:, None] - np.arange(WINDOW - 1, -1, -1))], axis=2)
    return steps, base


def network(past, view, cell, seed, rates=RATES):
    """Return a forecast for each learning rate and number of updates."""
    ahead, need = 12 if view == "direct" else 1, NEED if "gain" in view else WINDOW + 1
    t = np.arange(need, len(past) - ahead + 1)
    steps, base = inputs_of(sliding_window_view(past, need)[: len(t)], t, view)
    change = sliding_window_view(past[need:], ahead) - base[:, None]
    middle, scale, first = change.mean(axis=0), change.std(axis=0), np.eye(steps.shape[2])[0]
    center, spread = first * steps[..., 0].mean(), np.where(first, steps[..., 0].std(), 1)
    x, y, kept = torch.tensor((steps - center) / spread).float(), torch.tensor((change - middle) / scale).float(), {}

    def read(net, x):
        return net[1](net[0](x)[0][:, -1])

    def answer(net, h, t):
        steps, base = inputs_of(h, t, view)
        output = read(net, torch.tensor((steps - center) / spread).float())
        return base[:, None] + middle + scale * output.detach().double().numpy()

    for rate in rates:
        torch.manual_seed(seed)
        net = nn.ModuleList([CELLS[cell](x.shape[2], UNITS, batch_first=True), nn.Linear(UNITS, ahead)])
        adam = torch.optim.Adam(net.parameters(), lr=rate)
        for update in range(1, max(UPDATES) + 1):
            adam.zero_grad()
            nn.functional.mse_loss(read(net, x), y).backward()
            adam.step()
            if update in UPDATES:
                kept[f"{rate}, {update}"] = partial(recursive, partial(answer, deepcopy(net)))
    return kept


def wrong(forecast, x, t):
    """Return the errors one month ahead, and those twelve months ahead whose target is in the series."""
    ahead, late = forecast(x, t), t[t + 11 < len(x)]
    return {"one": x[t] - ahead[:, 0], "twelve": x[late + 11] - ahead[: len(late), 11]}


def validate(fit, x, seeds):
    """Return the root mean squared error of each setting in the last ten years of a series, by rolling origin."""
    found = {}
    for origin in range(len(x) - 120, len(x), 12):
        for name, forecast in (part for s in seeds for part in fit(x[:origin], seed=s + 100 + origin).items()):
            found.setdefault(name, []).append(wrong(forecast, x, np.arange(origin, origin + 12)))
    return {h: {n: float(rms(np.concatenate([e[h] for e in es]))) for n, es in found.items()} for h in HORIZONS}


def judge(fit, x, first, tries, seeds, whole=True):
    """Choose by rolling origin before month `first`, fit once, and return what the ten years after it show."""
    grid, x = validate(fit, x[:first], tries), x[: first + 120]
    chosen = {h: min(part, key=part.get) for h, part in grid.items()}
    rates = sorted({float(name.split(",")[0]) for name in chosen.values() if "," in name})
    fits, kept = [fit(x[:first], seed=seed, rates=rates) for seed in seeds], {"tries": len(tries)}
    for h, name in chosen.items():
        rows = np.array([wrong(forecasts[name], x, np.arange(first, len(x)))[h] for forecasts in fits])
        kept[h] = {"chosen": name, "validation": grid[h][name], "grid": list(grid[h].values())}
        kept[h] |= {"test": rms(rows).tolist(), "mean forecast": float(rms(rows.mean(axis=0)))}
        kept[h]["squares"] = np.square(rows).mean(axis=0).tolist() if whole else []
        kept[h]["likeness"] = np.corrcoef(rows)[np.triu_indices(len(rows), 1)].mean() if len(rows) > 1 else 1.0
    return kept


def main():
    """Judge every model in the last decade and the main ones in the decade before it, and keep the errors."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # one fit of the airline model to few years stops early
    offset, kept = shift(__doc__.partition("\n")[0]), {"seeds": list(SEEDS)}
    seeds = [offset + seed for seed in SEEDS]
    x = co2.load_pandas().data["co2"]["1965":].resample("MS").mean().to_numpy()
    still = {n: partial(rule, name=n) for n in WRITTEN} | {n: partial(fitted, name=n) for n in ("ETS", "airline")}
    still |= {f"squares {kind}": partial(least_squares, kind=kind) for kind in ORDERS}
    nets = [(view, cell) for view in WHOLE[:2] for cell in CELLS] + [(view, "GRU") for view in CROSSED]
    nets += [(view, cell) for view in ("direct", "differences") for cell in CELLS]
    nets += [("levels", "LSTM"), ("levels minus last", "LSTM")]
    for decade, first in {"1992 to 2001": 27 * 12, "1982 to 1991": 17 * 12}.items():
        last, found, jobs = first > 300, {}, {name: (fit, [0], [0]) for name, fit in still.items()}
        for view, cell in nets if last else nets[:8]:
            tries = seeds[: 2 if last and view in WHOLE[:2] else 1]
            job = partial(network, view=view, cell=cell), tries, seeds[:5] if "levels" in view else seeds
            jobs[f"{view}, {cell}"] = *job, view in WHOLE
        for name, (fit, *job) in jobs.items():
            part = found[name] = judge(fit, x, first, *job)
            say(decade, name, *(rounded([part[h][k] for k in ("chosen", "validation", "test")]) for h in HORIZONS))
        half, wrongs = 1.96 * airline(x[:first]).fit(disp=False).get_forecast(12).se_mean, found["airline"]
        bands = {h: [half[k], np.mean(np.sqrt(wrongs[h]["squares"]) < half[k])] for h, k in HORIZONS.items()}
        kept[decade] = {"models": found, "bands": bands}
    kept["settings"] = {"units": UNITS, "window": WINDOW, "rates": RATES, "updates": UPDATES, "orders": ORDERS}
    keep("co2", kept, shift=offset)


if __name__ == "__main__":
    main()
