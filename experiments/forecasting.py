"""Run the program of the chapter on forecasting with other seeds, with parts taken away, and against rivals.

Usage: ``python experiments/forecasting.py``. Each run executes the program's own text in an empty folder, with a
seed of the invented file and of the network, and with lines changed as `CHANGES` says; a line that is not there
stops it. Errors are root mean squares over the 24 hours ahead, in the units of the file.
"""

import executed as program
import record
import torch
from sklearn.ensemble import HistGradientBoostingRegressor
from torch import nn

SEEDS = range(10)
HIDE = "x[:, WINDOW:, : len(COLUMNS)] = 0"
CUT = "train, valid, test = "
HEAD = "nn.Linear(HIDDEN, 1)"
LAST = "head(gru(x)[0][:, WINDOW:])[..., 0]"
CHANGES = {
    "GRU": [],
    "no calendar": [(HIDE, f"{HIDE}\nx[:, :, 2:5] = 0")],
    "no week before": [(HIDE, f"{HIDE}\nx[:, :, 5] = 0")],
    "nothing known ahead": [(HIDE, f"{HIDE}\nx[:, :, 2:] = 0")],
    "no temperature": [(HIDE, f"{HIDE}\nx[:, :, 1] = 0")],
    "window of 72": [("UPDATES = 168, 24, 24", "UPDATES = 168, 72, 24")],
    "all from the last state": [(HEAD, "nn.Linear(HIDDEN, HORIZON)"), (LAST, "head(gru(x[:, :WINDOW])[0][:, -1])")],
    "all from the last state, told": [
        (HEAD, "nn.Sequential(nn.Linear(HIDDEN + 4 * HORIZON, 64), nn.ReLU(), nn.Linear(64, HORIZON))"),
        (LAST, "head(torch.cat([gru(x[:, :WINDOW])[0][:, -1], x[:, WINDOW:, 2:].flatten(1)], dim=1))"),
    ],
    "LSTM": [("nn.GRU(", "nn.LSTM(")],
    "RNN": [("nn.GRU(", "nn.RNN("), ("24, 64, 0.01", "24, 64, 0.003")],
    "leak: windows shuffled": [(CUT, f"order = torch.randperm(n)\nx[:n], y[:n] = x[order], y[order]\n{CUT}")],
    "leak: scaled on all rows": [("values[: int(0.7 * len(values))].agg", "values.agg")],
    "leak: the temperature ahead": [(HIDE, "x[:, WINDOW:, 0] = 0")],
    "leak: the load ahead": [(HIDE, "x[:, WINDOW:, 1] = 0")],
}


def executed(seed, changes, until=None):
    """Execute the program with a seed, or what stands before the words `until`, and return its variables."""
    seeds = [("default_rng(0)", f"default_rng({seed})"), ("manual_seed(0)", f"manual_seed({seed})")]
    return program.executed("09-forecasting", [*seeds, *changes], until=until)


def error(names, guess):
    """Return the error of a guess on the test windows."""
    wrong = (guess - names["y"])[names["test"]]
    return (wrong.square().mean().sqrt() * names["std"][0]).item()


def bands(names):
    """Return the shares of single hours and of whole days in the bands, of forecasts made at the file's last hour."""
    wrong = (names["y"] - names["network"])[names["test"]]
    wrong = wrong[(len(names["x"]) - 1 - names["b"]) % names["HORIZON"] :: names["HORIZON"]]
    inside = wrong == wrong.clamp(names["low"], names["high"])
    return {"hours": inside.double().mean().item(), "days": inside.all(dim=1).double().mean().item()}


def regression(names):
    """Return the error of regressions on the temperature, one for each hour of the clock, day off or not, and distance.

    Each has nine inputs: the last temperature to the third power, its mean in the window, the last load, the load a
    day and a week before the hour, and the load a week before the last; a ridge of 1e-3 (after Hong, Wilson and Xie
    2014, doi 10.1109/TSG.2013.2274373, who regress the load on such terms).
    """
    x, y, window = names["x"].double(), names["y"].double(), names["WINDOW"]
    clock = torch.atan2(x[:, window:, 2], x[:, window:, 3]).mul(12 / torch.pi).round() % 24
    group, guess = clock + 24 * x[:, window:, 4], torch.zeros_like(y)
    load, heat, mean = x[:, window - 1, 0], x[:, window - 1, 1], x[:, :window, 1].mean(dim=1)
    fit = torch.arange(len(x)) < names["train"].stop
    for k in range(y.shape[1]):
        columns = [torch.ones_like(heat), heat, heat**2, heat**3, mean, load, x[:, window - 24 + k, 0]]
        design = torch.stack([*columns, x[:, window + k, 5], x[:, window - 1, 5]], dim=1)
        for which in group[:, k].unique():
            rows = group[:, k] == which
            known = design[rows & fit]
            square = known.T @ known + 1e-3 * len(known) * torch.eye(known.shape[1], dtype=torch.float64)
            guess[rows, k] = design[rows] @ torch.linalg.solve(square, known.T @ y[rows & fit, k])
    return error(names, guess)


def trees(names):
    """Return the error of boosted trees: one model, which reads the window, what is known of an hour ahead, and which.

    One window in five is used to fit.
    """
    x, y, window = names["x"], names["y"], names["WINDOW"]

    def features(x):
        shape = (len(x), y.shape[1], -1)
        past = x[:, :window].flatten(1)[:, None].expand(shape)
        which = torch.arange(y.shape[1])[None, :, None].expand(len(x), -1, 1)
        return torch.cat([past, x[:, window:, 2:], which], dim=2).flatten(0, 1).numpy()

    model = HistGradientBoostingRegressor(max_iter=300, random_state=0)
    rows = range(0, names["train"].stop, 5)
    model.fit(features(x[rows]), y[rows].flatten().numpy())
    guess, test = torch.zeros_like(y, dtype=torch.float64), names["test"]
    guess[test] = torch.tensor(model.predict(features(x[test]))).view(-1, y.shape[1])
    return error(names, guess)


def recursive(seed):
    """Return the error of a GRU that forecasts the next row, both columns, and reads its own forecasts.

    At each row it reads the two columns of the row before and what is known of the row itself.
    """
    names = executed(seed, [(HIDE, "x = x.clone()")], until="torch.manual_seed")
    x, window = names["x"], names["WINDOW"]
    torch.manual_seed(seed)
    gru, head = nn.GRU(x.shape[2], 64, batch_first=True), nn.Linear(64, 2)
    model = nn.ModuleList([gru, head])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    shifted = torch.cat([x[:, :-1, :2], x[:, 1:, 2:]], dim=2)  # (N, L + H - 1, F)
    for _ in range(800):
        batch = torch.randint(names["train"].stop, (64,))
        loss = nn.functional.mse_loss(head(gru(shifted[batch])[0]), x[batch, 1:, :2])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        rows = shifted[names["test"]]
        output, h = gru(rows[:, : window - 1])
        last, guesses = x[names["test"], window - 1, :2], []
        for t in range(window - 1, rows.shape[1]):
            output, h = gru(torch.cat([last, rows[:, t, 2:]], dim=1)[:, None], h)
            last = head(output[:, 0])
            guesses.append(last[:, 0])
        guess = names["y"].clone()
        guess[names["test"]] = torch.stack(guesses, dim=1)
    return error(names, guess)


def measure(seeds, changes=CHANGES):
    """Return the errors of all ways by name, a number a seed."""
    found = {"bands": []}
    for seed in seeds:
        for name, change in changes.items():
            names = executed(seed, change)
            found.setdefault(name, []).append(error(names, names["network"]))
            if name == "GRU":
                for rival, guess in names["guesses"].items():
                    if rival != "network":
                        found.setdefault(rival, []).append(error(names, guess))
                found["bands"].append(bands(names))
                found.setdefault("boosted trees", []).append(trees(names))
                found.setdefault("regression by the hour", []).append(regression(names))
        found.setdefault("recursive", []).append(recursive(seed))
        record.say(seed, *(f"{name} {row[-1]:.2f}," for name, row in found.items() if isinstance(row[-1], float)))
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    shift = record.shift(__doc__)
    record.keep("forecasting", measure([seed + shift for seed in SEEDS]), shift=shift)
