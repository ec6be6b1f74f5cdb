"""Train plain RNNs and LSTMs on the adding problem at several lengths, each at its best of four rates.

Usage: ``python experiments/adding_lengths.py [--shift N]``. All get the same examples, the same number
of updates and the same rates; the rate is chosen on validation examples, the errors are on others. At the
longest length the reach 40 steps back is measured before and after training, for an RNN with an
orthogonal weight_hh too.
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
STEPS, BATCH, UNITS, LAG = 640, 64, 32, 40


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
    """Return an untrained network: RNN, LSTM, both as PyTorch makes them, or orthogonal RNN."""
    torch.manual_seed(seed)
    model = LastValue((nn.LSTM if kind == "LSTM" else nn.RNN)(2, UNITS, batch_first=True))
    if kind == "orthogonal RNN":
        nn.init.orthogonal_(model.recurrent.weight_hh_l0)
    return model


def fit(model, length, rate, seed):
    """Train a network and return its validation and test errors, on 2,000 examples each."""
    x, sums = adding(BATCH * STEPS, length, seed=10_000 + seed)
    train(model, x, sums, steps=STEPS, batch=BATCH, lr=rate, clip=1.0, loss=mse_loss, seed=seed)

    def score(outputs, targets):
        return mse_loss(outputs, targets).item()

    return [evaluate(model, *adding(2_000, length, seed=part + seed), score=score) for part in (20_000, 30_000)]


def reach_back(model, seed):
    """Return the reach of a network's loss on 500 other examples of 50 steps, in float64."""
    x, sums = adding(500, 50, seed=40_000 + seed)
    model.double()
    found = reach(
        model.recurrent, x.double(), lambda output: mse_loss(model.linear(output).squeeze(1), sums.double()), LAG
    )
    model.float()
    return found


def errors_by_length(kind, offset):
    """Return the errors of one kind at all lengths and rates."""
    found = {}
    for length in LENGTHS:
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
    """Return the reach before and after training at the longest length, and the errors, for each seed."""
    found = {"rate": rate, "before": [], "after": [], "error": []}
    for seed in (offset + s for s in SEEDS):
        model = new_model(kind, seed)
        found["before"].append(reach_back(model, seed))
        found["error"].append(fit(model, LENGTHS[-1], rate, seed)[1])
        found["after"].append(reach_back(model, seed))
    say(f"{kind}: reach before {max(found['before']):.0e} at most, after {min(found['after']):.0e} at least")
    return found


def main():
    """Train all networks and keep every error and every reach."""
    torch.set_num_threads(1)
    offset = shift(__doc__.partition("\n")[0])
    found = {kind: errors_by_length(kind, offset) for kind in ("RNN", "LSTM")}
    rates = {kind: lengths[str(LENGTHS[-1])]["best rate"] for kind, lengths in found.items()}
    back = {kind: reaches(kind, rate, offset) for kind, rate in rates.items()}
    back["orthogonal RNN"] = reaches("orthogonal RNN", rates["RNN"], offset)
    settings = {"steps": STEPS, "batch": BATCH, "units": UNITS, "clip": 1.0, "rates": RATES, "lengths": LENGTHS}
    keep(
        "adding_lengths",
        {"errors": found, "reach": back, "seeds": list(SEEDS), "settings": settings | {"lag": LAG}},
        shift=offset,
    )


if __name__ == "__main__":
    main()
