"""Train a plain RNN and an LSTM on the adding problem at several lengths, each at its best of four rates.

Usage: ``python experiments/adding_lengths.py [--shift N]``. Both get the same examples, the same number
of updates and the same rates; the rate is chosen on validation examples, the errors are on others.
"""

from statistics import mean

import torch
from record import keep, say, shift
from torch import nn
from torch.nn.functional import mse_loss

from course_utils.sequences import adding
from course_utils.training import evaluate, train

LENGTHS = (10, 20, 30, 40)
RATES = (0.002, 0.005, 0.01, 0.02)
SEEDS = range(10)  # of weights and of examples
STEPS, BATCH, UNITS = 640, 64, 32
KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM}  # as PyTorch makes them


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


def errors(kind, length, rate, seed):
    """Train one network and return its validation and test errors, on 2,000 examples each."""
    torch.manual_seed(seed)
    model = LastValue(KINDS[kind](2, UNITS, batch_first=True))
    x, sums = adding(BATCH * STEPS, length, seed=10_000 + seed)
    train(model, x, sums, steps=STEPS, batch=BATCH, lr=rate, clip=1.0, loss=mse_loss, seed=seed)

    def score(outputs, targets):
        return mse_loss(outputs, targets).item()

    return [evaluate(model, *adding(2_000, length, seed=part + seed), score=score) for part in (20_000, 30_000)]


def main():
    """Train all networks and keep every error."""
    torch.set_num_threads(1)
    offset = shift(__doc__.partition("\n")[0])
    found = {}
    for kind in KINDS:
        for length in LENGTHS:
            all_errors = {rate: [errors(kind, length, rate, offset + seed) for seed in SEEDS] for rate in RATES}
            best = min(RATES, key=lambda rate: mean(validation for validation, _ in all_errors[rate]))
            found.setdefault(kind, {})[str(length)] = {
                "best rate": best,
                "test at best rate": [test for _, test in all_errors[best]],
                "test": {str(rate): [test for _, test in pairs] for rate, pairs in all_errors.items()},
                "validation": {
                    str(rate): [validation for validation, _ in pairs] for rate, pairs in all_errors.items()
                },
            }
            shown = " ".join(f"{test:.4f}" for test in found[kind][str(length)]["test at best rate"])
            say(f"{kind}, length {length}, rate {best}: {shown}")
    settings = {"steps": STEPS, "batch": BATCH, "units": UNITS, "clip": 1.0, "rates": RATES, "lengths": LENGTHS}
    keep("adding_lengths", {"errors": found, "seeds": list(SEEDS), "settings": settings}, shift=offset)


if __name__ == "__main__":
    main()
