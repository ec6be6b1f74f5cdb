"""Train an RNN to echo its input of ten steps ago on chunks of a long sequence, one update a chunk.

Usage: ``python experiments/truncation.py [--shift N]``. A seed stands for the initial weights and for the data.
Each chunk length gets 400 updates, and again 12,000 steps of reading; a frozen orthogonal recurrence, of which the
head alone is trained, is the control for what the state holds without being taught.
"""

import torch
from record import keep, say, shift
from torch import nn
from torch.nn.functional import mse_loss

SEEDS = range(10)
LAG, UNITS, BATCH, RATE, UPDATES, READ = 10, 32, 32, 0.005, 400, 12_000
CHUNKS = (5, 10, 11, 15, 20, 60)


def signs(length, count, seed):
    """Return `count` sequences of signs, (length, count, 1)."""
    generator = torch.Generator().manual_seed(seed)
    return 2.0 * torch.randint(2, (length, count, 1), generator=generator) - 1


def error(chunk, updates, seed, orthogonal=False, frozen=False):
    """Train and return the squared error of the echo on another long sequence; always answering 0 has 1."""
    torch.manual_seed(seed)
    layer, head = nn.RNN(1, UNITS), nn.Linear(UNITS, 1)
    if orthogonal:
        nn.init.orthogonal_(layer.weight_hh_l0)
    layer.requires_grad_(not frozen)
    parameters = [p for p in [*layer.parameters(), *head.parameters()] if p.requires_grad]
    adam = torch.optim.Adam(parameters, lr=RATE)
    x, h = signs(LAG + updates * chunk, BATCH, 10_000 + seed), None
    with torch.no_grad():
        _, h = layer(x[:LAG], h)
    for part, target in zip(x[LAG:].split(chunk), x[:-LAG].split(chunk), strict=True):
        output, h = layer(part, h)
        loss = mse_loss(head(output), target)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()
        h = h.detach()
    x = signs(500, 64, 20_000 + seed)
    with torch.no_grad():
        return mse_loss(head(layer(x)[0])[LAG:], x[:-LAG]).item()


def main():
    """Run all chunk lengths and keep every error."""
    torch.set_num_threads(1)
    offset = shift(__doc__.partition("\n")[0])
    jobs = {}
    for chunk in CHUNKS:
        jobs[f"default, {chunk}, equal updates"] = {"chunk": chunk, "updates": UPDATES}
        jobs[f"default, {chunk}, equal reading"] = {"chunk": chunk, "updates": READ // chunk}
        jobs[f"orthogonal, {chunk}, equal updates"] = {"chunk": chunk, "updates": UPDATES, "orthogonal": True}
    jobs["orthogonal, frozen"] = {"chunk": 20, "updates": UPDATES, "orthogonal": True, "frozen": True}
    found = {}
    for name, job in jobs.items():
        found[name] = [error(seed=offset + seed, **job) for seed in SEEDS]
        say(f"{name}: {min(found[name]):.3f} to {max(found[name]):.3f}")
    settings = {"lag": LAG, "units": UNITS, "batch": BATCH, "rate": RATE, "updates": UPDATES, "read": READ}
    keep("truncation", {"errors": found, "seeds": list(SEEDS), "settings": settings}, shift=offset)


if __name__ == "__main__":
    main()
