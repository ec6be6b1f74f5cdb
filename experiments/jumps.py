"""Split the gradient of tanh networks by lag where it is largest in training, and at an ordinary step.

Usage: ``python experiments/jumps.py [--shift N]``. The networks keep a running total; a seed stands for the initial
weights and for the data. The term of a lag holds the gradients of weight_hh, weight_ih and the bias.
"""

import copy

import torch
from record import keep, say, shift
from torch import nn
from torch.nn.functional import mse_loss

SEEDS = range(20)
LENGTH, BATCH, UNITS, STEPS, RATE = 100, 16, 16, 300, 0.003


class TanhRNN(nn.Module):
    """PyTorch's layer and a linear one."""

    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.RNN(1, UNITS), nn.Linear(UNITS, 1)

    def forward(self, x):
        """Return outputs (L, N, 1) from inputs (L, N, 1)."""
        return self.head(self.rnn(x)[0])


@torch.no_grad()
def split_by_lag(model, inputs, totals):
    """Return the size of each lag's term and the norm of their sum."""
    h, _ = model.rnn(inputs)
    read = torch.cat([torch.cat([0 * h[:1], h[:-1]]), inputs, torch.ones_like(inputs)], dim=2)
    row, by_lag = 2 * (model.head(h) - totals) / totals.numel() @ model.head.weight, []
    while len(row):
        alpha = row * (1 - h[: len(row)] ** 2)
        by_lag.append(torch.einsum("tni,tnj->ij", alpha, read[: len(row)]))
        row = (alpha @ model.rnn.weight_hh_l0)[1:]
    by_lag = torch.stack(by_lag)
    return by_lag.flatten(1).norm(dim=1).tolist(), by_lag.sum(dim=0).norm().item()


def trained(seed):
    """Return the gradient norms of a run, and the split at its ordinary and at its largest step."""
    torch.manual_seed(seed)
    inputs = torch.rand(LENGTH, BATCH, 1) - 0.5
    totals = inputs.cumsum(dim=0)
    model = TanhRNN()
    sgd = torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9)
    norms, models = [], []
    for _ in range(STEPS):
        loss = mse_loss(model(inputs), totals)
        sgd.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), torch.inf).item())
        models.append(copy.deepcopy(model))
        sgd.step()
    order = sorted(range(STEPS), key=norms.__getitem__)
    found = {}
    for name, place in (("ordinary", order[STEPS // 2]), ("jump", order[-1])):
        sizes, total = split_by_lag(models[place], inputs, totals)
        found[name] = {"step": place, "norm": norms[place], "recurrent norm": total, "by lag": sizes}
    return found


def main():
    """Train all networks and keep every split."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    offset = shift(__doc__.partition("\n")[0])
    found = [trained(offset + seed) for seed in SEEDS]
    for entry in found:
        sizes = entry["jump"]["by lag"]
        many = sum(size > max(sizes) / 10 for size in sizes)
        times = entry["jump"]["norm"] / entry["ordinary"]["norm"]
        say(f"jump by {times:.0f}; {many} lags matter; largest term {max(sizes) / sizes[0]:.1f} times that of lag 0")
    settings = {"length": LENGTH, "batch": BATCH, "units": UNITS, "steps": STEPS, "rate": RATE, "momentum": 0.9}
    keep("jumps", {"networks": found, "seeds": list(SEEDS), "settings": settings}, shift=offset)


if __name__ == "__main__":
    main()
