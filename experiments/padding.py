"""Train readers of padded sequences: name the last real reading, from a final state taken in different ways.

Usage: ``python experiments/padding.py``. Kept are the errors of ten seeds (weights and data) after 500 and 2,500
steps. Always saying 0.5 has a mean squared error of 1/12.
"""

import record
import torch
from torch import nn
from torch.nn.functional import mse_loss

SEEDS, STEPS, WIDTH = 10, (500, 2500), 20
LONGEST = (1, 2, 5, 20)
WAYS = ("padded end", "padded end, flag", "own last step")


def draw(count, generator, longest):
    """Return padded readings (N, 20, 1), lengths and last readings (N,)."""
    lengths = torch.randint(1, longest + 1, (count,), generator=generator)
    x = torch.rand(count, WIDTH, 1, generator=generator)
    x[torch.arange(WIDTH) >= lengths[:, None]] = 0.0
    return x, lengths, x[torch.arange(count), lengths - 1, 0]


def guess(rnn, head, x, lengths, way):
    """Name a number (N,) from the state that a way takes as the final one."""
    if way == "padded end, flag":  # a second input: 1 at each real step, 0 in the padding
        real = (torch.arange(WIDTH) < lengths[:, None]).float()
        x = torch.cat([x, real[:, :, None]], dim=2)
    output, _ = rnn(x)
    final = output[torch.arange(len(x)), lengths - 1] if way == "own last step" else output[:, -1]
    return head(final)[:, 0]


def learn(kind, way, longest, seed):
    """Return the errors on other sequences after each budget."""
    torch.manual_seed(seed)
    rnn, head = kind(2 if "flag" in way else 1, 16, batch_first=True), nn.Linear(16, 1)
    optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()], lr=0.01)
    generator, errors = torch.Generator().manual_seed(seed), []
    for step in range(1, max(STEPS) + 1):
        x, lengths, last = draw(64, generator, longest)
        loss = mse_loss(guess(rnn, head, x, lengths, way), last)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in STEPS:
            with torch.no_grad():
                x, lengths, last = draw(2000, torch.Generator().manual_seed(10_000 + seed), longest)
                errors.append(mse_loss(guess(rnn, head, x, lengths, way), last).item())
    return errors


def main():
    """Train every way on every range of lengths, print a line for each and keep the errors."""
    shift, errors = record.shift(__doc__), {}
    torch.set_num_threads(1)
    settings = [(nn.RNN, way, longest) for longest in LONGEST for way in WAYS]
    settings += [(kind, "padded end", 20) for kind in (nn.GRU, nn.LSTM)]
    for kind, way, longest in settings:
        found = [learn(kind, way, longest, shift + seed) for seed in range(SEEDS)]
        for steps, part in zip(STEPS, zip(*found, strict=True), strict=True):
            name = f"{kind.__name__}, {way}, lengths 1 to {longest}, {steps} steps"
            errors[name] = list(part)
            record.say(f"{name:58}", " ".join(f"{error:.4f}" for error in part))
    record.keep("padding", {"errors": errors, "seeds": SEEDS}, shift=shift)


if __name__ == "__main__":
    main()
