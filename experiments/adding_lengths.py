"""Train recurrent networks on the adding problem, each at its best of four rates, and measure how far they see.

Usage: ``python experiments/adding_lengths.py [--shift N]``. All get the same examples, the same number
of updates and the same rates; the rate is chosen on validation examples, the errors are on others. Plain RNN
and LSTM are trained at four lengths, two starts that keep norms at the longest one. There the reach is
measured before and after training.
"""

from statistics import mean

import torch
from record import keep, say, shift
from torch import nn
from torch.nn.functional import mse_loss

from course_utils.gradients import reach
from course_utils.sequences import adding
from course_utils.training import evaluate, train

LENGTHS = (10, 20, 30, 40)
RATES = (0.002, 0.005, 0.01, 0.02)
SEEDS = range(10)  # of weights and of examples
STEPS, BATCH, UNITS = 640, 64, 32
LAGS = (20, 30, 39)  # the first mark lies 20 to 39 steps before the last one
ORTHOGONAL, IDENTITY = "orthogonal RNN", "identity ReLU RNN"
KINDS = ("RNN", "LSTM", ORTHOGONAL, IDENTITY)


class LastValue(nn.Module):
    """A recurrent layer and one number, read from its last state."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.linear = nn.Linear(recurrent.hidden_size, 1)

    def forward(self, x):
        """Return the answers (N,) to sequences (N, L, 2)."""
        output, _ = self.recurrent(x)
        return self.linear(output[:, -1]).squeeze(1)


def new_model(kind, seed):
    """Return an untrained network of one of the four kinds; RNN and LSTM are as PyTorch makes them."""
    torch.manual_seed(seed)
    nonlinearity = {"nonlinearity": "relu"} if kind == IDENTITY else {}
    model = LastValue((nn.LSTM if kind == "LSTM" else nn.RNN)(2, UNITS, batch_first=True, **nonlinearity))
    if kind == ORTHOGONAL:
        nn.init.orthogonal_(model.recurrent.weight_hh_l0)
    if kind == IDENTITY:  # Le, Jaitly and Hinton, 2015
        nn.init.eye_(model.recurrent.weight_hh_l0)
        nn.init.zeros_(model.recurrent.bias_ih_l0)
        nn.init.zeros_(model.recurrent.bias_hh_l0)
    return model


def fit(model, length, rate, seed):
    """Train a network and return its validation and test errors, on 2,000 examples each."""
    x, sums = adding(BATCH * STEPS, length, seed=10_000 + seed)
    train(model, x, sums, steps=STEPS, batch=BATCH, lr=rate, clip=1.0, loss=mse_loss, seed=seed)

    def score(outputs, targets):
        return mse_loss(outputs, targets).item()

    return [evaluate(model, *adding(2_000, length, seed=part + seed), score=score) for part in (20_000, 30_000)]


def reach_back(model, seed):
    """Return the reach of a network's loss on 500 other examples at each lag, in float64."""
    x, sums = adding(500, LENGTHS[-1], seed=40_000 + seed)
    model.double()
    x, sums = x.double(), sums.double()
    found = [reach(model.recurrent, x, lambda last: mse_loss(model.linear(last).squeeze(1), sums), lag) for lag in LAGS]
    model.float()
    return found


def errors_by_length(kind, lengths, offset):
    """Return the errors of one kind at the given lengths and all rates."""
    found = {}
    for length in lengths:
        pairs = {rate: [fit(new_model(kind, offset + s), length, rate, offset + s) for s in SEEDS] for rate in RATES}
        best = min(RATES, key=lambda rate: mean(validation for validation, _ in pairs[rate]))
        found[str(length)] = {
            "best rate": best,
            "test at best rate": [test for _, test in pairs[best]],
            "test": {str(rate): [test for _, test in pairs[rate]] for rate in RATES},
            "validation": {str(rate): [validation for validation, _ in pairs[rate]] for rate in RATES},
        }
        shown = " ".join(f"{test:.4f}" for test in found[str(length)]["test at best rate"])
        say(f"{kind}, length {length}, rate {best}: {shown}")
    return found


def reaches(kind, rate, offset):
    """Return the reach before and after training at the longest length, a list of lags for each seed."""
    found = {"before": [], "after": []}
    for seed in (offset + s for s in SEEDS):
        model = new_model(kind, seed)
        found["before"].append(reach_back(model, seed))
        fit(model, LENGTHS[-1], rate, seed)
        found["after"].append(reach_back(model, seed))
    last = {when: [row[-1] for row in rows] for when, rows in found.items()}
    say(f"{kind}: reach at lag {LAGS[-1]} " + ", ".join(f"{w} {min(v):.0e} to {max(v):.0e}" for w, v in last.items()))
    return found


def main():
    """Train all networks and keep every error and every reach."""
    torch.set_num_threads(1)
    offset = shift(__doc__.partition("\n")[0])
    found = {
        kind: errors_by_length(kind, LENGTHS if kind in ("RNN", "LSTM") else LENGTHS[-1:], offset) for kind in KINDS
    }
    back = {kind: reaches(kind, found[kind][str(LENGTHS[-1])]["best rate"], offset) for kind in KINDS}
    settings = {"steps": STEPS, "batch": BATCH, "units": UNITS, "clip": 1.0, "rates": RATES, "lengths": LENGTHS}
    keep(
        "adding_lengths",
        {"errors": found, "reach": back, "seeds": list(SEEDS), "settings": settings | {"lags": LAGS}},
        shift=offset,
    )


if __name__ == "__main__":
    main()
