"""Train on chunks of a long sequence, one update a chunk: an echo of the input ten steps ago, and a running total.

Usage: ``python experiments/truncation.py [--shift N]``. A seed stands for the initial weights and for the data.
The echo: each chunk length gets 400 updates, and again 12,000 steps of reading. What a recurrence holds is measured by
a *probe*: the recurrence is frozen and a fresh head is trained on chunks of 20. The running total is the control for a
task in which short lags teach what long ones need.
"""

import torch
from clipping import LinearRNN
from record import keep, say, shift
from torch import nn
from torch.nn.functional import mse_loss

SEEDS = range(10)
LAG, UNITS, BATCH, RATE, UPDATES, READ, PROBE = 10, 32, 32, 0.005, 400, 12_000, 20
CHUNKS = (5, 10, 11, 15, 20, 60)


def signs(length, count, seed):
    """Return `count` sequences of signs, (length, count, 1)."""
    generator = torch.Generator().manual_seed(seed)
    return 2.0 * torch.randint(2, (length, count, 1), generator=generator) - 1


def train(layer, head, chunk, updates, seed, unrelated=False):
    """Train on one long sequence; with `unrelated` the targets are other signs, which nothing can name."""
    parameters = [p for p in [*layer.parameters(), *head.parameters()] if p.requires_grad]
    adam, x = torch.optim.Adam(parameters, lr=RATE), signs(LAG + updates * chunk, BATCH, 10_000 + seed)
    targets = signs(len(x), BATCH, 30_000 + seed)[LAG:] if unrelated else x[:-LAG]
    with torch.no_grad():
        _, h = layer(x[:LAG])
    for part, target in zip(x[LAG:].split(chunk), targets.split(chunk), strict=True):
        output, h = layer(part, h)
        loss = mse_loss(head(output), target)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()
        h = h.detach()


def error(layer, head, seed):
    """Return the squared error of the echo on another long sequence; always answering 0 has 1."""
    x = signs(500, 64, 20_000 + seed)
    with torch.no_grad():
        return mse_loss(head(layer(x)[0])[LAG:], x[:-LAG]).item()


def echo(seed, chunk=None, updates=UPDATES, orthogonal=False, unrelated=False):
    """Return the error after training on chunks (not at all without a length), and that of a probe."""
    torch.manual_seed(seed)
    layer, head = nn.RNN(1, UNITS), nn.Linear(UNITS, 1)
    if orthogonal:
        nn.init.orthogonal_(layer.weight_hh_l0)
    if chunk:
        train(layer, head, chunk, updates, seed, unrelated)
    trained = error(layer, head, seed)
    layer.requires_grad_(False)
    probe = nn.Linear(UNITS, 1)
    train(layer, probe, PROBE, UPDATES, seed + 500)
    return trained, error(layer, probe, seed)


def total(seed, chunk, sequences=60, length=100):
    """Return the relative error of a running total at its last ten steps after training on chunks."""
    torch.manual_seed(seed)
    model, generator = LinearRNN(16), torch.Generator().manual_seed(seed)
    adam, updates = torch.optim.Adam(model.parameters()), sequences * length // chunk
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=0.01, total_steps=updates)
    for _ in range(sequences):
        x, h = torch.rand(length, 16, 1, generator=generator) - 0.5, None
        for part, target in zip(x.split(chunk), x.cumsum(dim=0).split(chunk), strict=True):
            output, h = model(part, h, states=True)
            adam.zero_grad()
            mse_loss(output, target).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            schedule.step()
            h = h.detach()
    x = torch.rand(length, 200, 1, generator=generator) - 0.5
    with torch.no_grad():
        wrong = model(x) - x.cumsum(dim=0)
    return (wrong[-10:].square().mean() / x.cumsum(dim=0)[-10:].square().mean()).item()


def main():
    """Run all tasks and keep every error."""
    torch.set_num_threads(1)
    offset = shift(__doc__.partition("\n")[0])
    jobs = {"orthogonal, untrained": {"orthogonal": True}}
    for chunk in CHUNKS:
        jobs[f"default, {chunk}, equal updates"] = {"chunk": chunk}
        jobs[f"default, {chunk}, equal reading"] = {"chunk": chunk, "updates": READ // chunk}
        jobs[f"orthogonal, {chunk}, equal updates"] = {"chunk": chunk, "orthogonal": True}
    jobs["orthogonal, 60, unrelated targets"] = {"chunk": 60, "orthogonal": True, "unrelated": True}
    jobs["orthogonal, 10, unrelated targets"] = {"chunk": 10, "orthogonal": True, "unrelated": True}
    found, probed = {}, {}
    for name, job in jobs.items():
        found[name], probed[name] = map(list, zip(*(echo(offset + seed, **job) for seed in SEEDS), strict=True))
        say(name, *(f"{min(errors):.3f} to {max(errors):.3f}" for errors in (found[name], probed[name])), sep=", ")
    totals = {str(chunk): [total(offset + seed, chunk) for seed in SEEDS] for chunk in (10, 100)}
    for chunk, errors in totals.items():
        say(f"running total, chunks of {chunk}: {min(errors):.4f} to {max(errors):.4f}")
    settings = {
        "lag": LAG,
        "units": UNITS,
        "batch": BATCH,
        "rate": RATE,
        "updates": UPDATES,
        "read": READ,
        "probe": PROBE,
    }
    kept = {"errors": found, "probe": probed, "running total": totals}
    keep("truncation", kept | {"seeds": list(SEEDS), "settings": settings}, shift=offset)


if __name__ == "__main__":
    main()
