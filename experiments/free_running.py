"""Train networks on the next value of a sine in several ways, and let them run free.

Usage: ``python experiments/free_running.py``. Ten networks of 16 units for each way and draw are trained side by
side; a draw has first weights, training waves, coins and test waves of its own. Errors are mean squares over 32 test
waves of random phase: of one step, of the first 50 free steps after ten samples and after forty, and of the free
steps 400 to 450 after forty.
"""

import math

import record
import torch
from torch import nn

DRAWS, NETS, SIZE, STEP = range(10), 10, 16, 0.2
UPDATES, BATCH, LENGTH = (500, 1500), 8, 50
# For each way: which inputs are true, and the first output that is in the loss.
WAYS = {
    "true": ("true", 0),
    "true, scored from 10": ("true", 9),
    "true, noise": ("noise", 9),
    "own": ("own", 9),
    "own, warm-up varied": ("varied", 9),
    "scheduled": ("scheduled", 9),
    "coin": ("coin", 9),
    "coin, detached": ("detached", 9),  # own outputs are read, and no gradient goes back through them
}


class Nets(nn.Module):
    """Networks side by side, each an `nn.RNN` of one layer and a linear layer with weights of its own."""

    def __init__(self, count, generator):
        super().__init__()
        shapes = {"w_ih": (1, SIZE), "w_hh": (SIZE, SIZE), "b": (1, SIZE), "w": (SIZE, 1), "c": (1, 1)}
        for name, shape in shapes.items():
            draw = 2 * torch.rand(NETS, *shape, generator=generator) - 1
            setattr(self, name, nn.Parameter((draw / math.sqrt(SIZE)).repeat(count // NETS, 1, 1)))

    def forward(self, x, given, cut=False):
        """Read x (S or 1, N, L) where `given` is true, else own outputs, detached where `cut`; return (S, N, L)."""
        cut = torch.as_tensor(cut)
        h, outputs = x.new_zeros(len(self.b), x.shape[1], SIZE), []
        for t in range(x.shape[2]):
            x_t = x[..., t, None]
            if outputs:
                own = torch.where(cut, outputs[-1].detach(), outputs[-1])
                x_t = torch.where(given[..., t, None], x_t, own)
            h = torch.tanh(torch.baddbmm(self.b, h, self.w_hh) + x_t * self.w_ih)
            outputs.append(torch.baddbmm(self.c, h, self.w))
        return torch.cat(outputs, dim=2)


def waves(count, length, generator):
    """Return sines of random phase, shape (N, L)."""
    phase = 2 * math.pi * torch.rand(count, 1, generator=generator)
    return torch.sin(phase + STEP * torch.arange(length))


def inputs_given(done, generator):
    """Return for all networks which inputs are true, shape (S, N, L); `done` is the share of the training done."""
    steps = torch.arange(LENGTH).expand(BATCH, LENGTH)
    warm = torch.randint(10, 46, (BATCH, 1), generator=generator)
    tossed = torch.rand(BATCH, LENGTH, generator=generator)
    start = steps < 10
    kinds = {"true": steps >= 0, "noise": steps >= 0, "own": start, "varied": steps < warm}
    kinds |= {"scheduled": start | (tossed > done), "coin": start | (tossed > 0.5)}
    kinds["detached"] = kinds["coin"]
    return torch.stack([kinds[kind] for kind, _ in WAYS.values()]).repeat_interleave(NETS, dim=0)


def trained(draw, updates):
    """Return the networks of all ways after their training: Adam, one cycle, each clipped by itself."""
    generator = torch.Generator().manual_seed(draw)
    nets = Nets(NETS * len(WAYS), generator)
    first = torch.tensor([first for _, first in WAYS.values()]).repeat_interleave(NETS)
    counts = (torch.arange(LENGTH) >= first[:, None]).double()[:, None]  # (S, 1, L)
    kinds = [kind for kind, _ in WAYS.values() for _ in range(NETS)]
    noisy, cut = (torch.tensor([kind == name for kind in kinds])[:, None, None] for name in ("noise", "detached"))
    optimizer = torch.optim.Adam(nets.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=updates, cycle_momentum=False)
    for step in range(updates):
        x = waves(BATCH, LENGTH + 1, generator)
        read = x[None, :, :-1] + 0.05 * noisy * torch.randn(BATCH, LENGTH, generator=generator)
        error = nets(read, inputs_given(step / updates, generator), cut) - x[:, 1:]
        losses = (error.square() * counts).sum(dim=(1, 2)) / counts.sum(dim=(1, 2)) / BATCH
        optimizer.zero_grad()
        losses.sum().backward()
        norms = sum(p.grad.square().sum(dim=(1, 2)) for p in nets.parameters()).sqrt()
        for parameter in nets.parameters():
            parameter.grad *= (1 / norms).clamp(max=1)[:, None, None]
        optimizer.step()
        schedule.step()
    return nets, generator


def measure(draw, updates):
    """Return for each way the errors of its ten networks by name."""
    nets, generator = trained(draw, updates)
    x = waves(32, 491, generator)
    steps = torch.arange(490).expand(1, 32, 490)

    def errors(given, first, last):
        with torch.no_grad():
            wrong = nets(x[None, :, :-1], given) - x[:, 1:]
        return wrong[..., first:last].square().mean(dim=(1, 2)).view(-1, NETS).tolist()

    found = {"one step": errors(steps >= 0, 10, 90)}
    found |= {f"after {k}": errors(steps < k, k - 1, k + 49) for k in (10, 40)}
    found["late"] = errors(steps < 40, 439, 489)
    return {way: {name: rows[place] for name, rows in found.items()} for place, way in enumerate(WAYS)}


def main():
    """Measure all draws and keep them."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    shift = record.shift(__doc__)
    kept = {str(updates): [] for updates in UPDATES}
    for draw in DRAWS:
        for updates in UPDATES:
            kept[str(updates)].append(measure(draw + shift, updates))
            rows = {way: torch.tensor(row["after 40"]).median() for way, row in kept[str(updates)][-1].items()}
            record.say(draw, updates, *(f"{way} {row:.1e}," for way, row in rows.items()))
    record.keep("free_running", {"draws": kept}, shift=shift)


if __name__ == "__main__":
    main()
