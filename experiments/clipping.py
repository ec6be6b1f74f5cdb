"""Train a linear recurrence to keep a running total: which limit of clipping, which place, which rate, which optimizer.

Usage: ``python experiments/clipping.py [--shift N]``. A seed stands for the initial weights and for the data.
A run ends at the first loss that is not finite.
"""

import math
from statistics import median

import torch
from record import keep, say, shift
from torch import nn
from torch.nn.functional import mse_loss

SEEDS = range(20)
LENGTH, BATCH, UNITS, STEPS = 100, 16, 16, 300
LIMITS = (0.1, 0.3, 1.0, 3.0, 10.0, math.inf)
SGD = {"rate": 0.003, "place": "after backward", "optimizer": "SGD"}
SETTINGS = {f"SGD, limit {limit:g}": SGD | {"limit": limit} for limit in LIMITS}
SETTINGS |= {
    f"SGD, clipped {place}": SGD | {"limit": 1.0, "place": place} for place in ("before backward", "after step")
}
SETTINGS |= {f"SGD, rate {rate}": SGD | {"limit": math.inf, "rate": rate} for rate in (0.0015, 0.001)}
SETTINGS |= {
    f"Adam, rate {rate}, limit {limit:g}": {
        "limit": limit,
        "rate": rate,
        "place": "after backward",
        "optimizer": "Adam",
    }
    for rate in (0.001, 0.003, 0.01)
    for limit in (1.0, math.inf)
}


class LinearRNN(nn.Module):
    """h_t = W_ih x_t + W_hh h_{t−1} + b, and a linear layer."""

    def __init__(self, size):
        super().__init__()
        self.ih, self.hh = nn.Linear(1, size), nn.Linear(size, size, bias=False)
        self.head = nn.Linear(size, 1)

    def forward(self, x, h=None, states=False):
        """Return outputs (L, N, 1) from inputs (L, N, 1), with `states` the last state (N, H) too."""
        h, found = 0 * self.ih(x[0]) if h is None else h, []
        for from_input in self.ih(x):
            h = from_input + self.hh(h)
            found.append(h)
        outputs = self.head(torch.stack(found))
        return (outputs, h) if states else outputs


def run(seed, limit, rate, place, optimizer):
    """Return the losses relative to the first one and the share of steps at which the limit acted."""
    torch.manual_seed(seed)
    inputs = torch.rand(LENGTH, BATCH, 1) - 0.5
    totals = inputs.cumsum(dim=0)
    model = LinearRNN(UNITS)
    kind = {"SGD": lambda p: torch.optim.SGD(p, lr=rate, momentum=0.9), "Adam": lambda p: torch.optim.Adam(p, lr=rate)}
    updates = kind[optimizer](model.parameters())
    steps = STEPS if rate >= SGD["rate"] or optimizer == "Adam" else 2 * STEPS
    losses, acted = [], 0
    for _ in range(steps):
        loss = mse_loss(model(inputs), totals)
        updates.zero_grad()
        if place == "before backward":
            nn.utils.clip_grad_norm_(model.parameters(), limit)
        loss.backward()
        if place == "after backward":
            acted += (nn.utils.clip_grad_norm_(model.parameters(), limit) > limit).item()
        updates.step()
        if place == "after step":
            nn.utils.clip_grad_norm_(model.parameters(), limit)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            break
    return [loss / losses[0] for loss in losses], acted / len(losses)


def main():
    """Run all settings; keep for each seed the median of the last 20 losses, None where the run ended early."""
    torch.set_num_threads(1)
    offset = shift(__doc__.partition("\n")[0])
    found = {}
    for name, setting in SETTINGS.items():
        runs = [run(offset + seed, **setting) for seed in SEEDS]
        ends = [median(losses[-20:]) if math.isfinite(losses[-1]) else None for losses, _ in runs]
        found[name] = {
            "end of first": ends,
            "steps": [len(losses) for losses, _ in runs],
            "share clipped": [share for _, share in runs],
        }
        finite = sorted(end for end in ends if end is not None)
        shown = f"median {median(finite):.3f}, worst {finite[-1]:.3f}" if finite else ""
        say(f"{name}: {len(ends) - len(finite)} of {len(ends)} not finite; {shown}")
    settings = {"length": LENGTH, "batch": BATCH, "units": UNITS, "steps": STEPS, "momentum": 0.9}
    keep("clipping", {"runs": found, "seeds": list(SEEDS), "settings": settings}, shift=offset)


if __name__ == "__main__":
    main()
