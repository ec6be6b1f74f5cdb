"""Train readers of padded sequences: name the last real reading, from a final state taken in different ways.

Usage: ``python experiments/padding.py``. Kept are the errors of ten seeds (weights and data) after 500 and 2,500
steps. Always saying 0.5 has a mean squared error of 1/12. Two controls have five possible ends as well, but near the
end of the tensor: lengths 16 to 20 padded to 20, and 1 to 5 padded to 5.
"""

import record
import torch
from torch import nn
from torch.nn.functional import mse_loss

SEEDS, STEPS, WIDTH = 10, (500, 2500), 20
LONGEST = (1, 2, 5, 20)
GATED = {"GRU": nn.GRU, "LSTM": nn.LSTM}
CONTROLS = {"lengths 16 to 20": (20, {"shortest": 16}), "lengths 1 to 5 of 5": (5, {"width": 5})}
WAYS = ("padded end", "padded end, flag", "own last step")


def draw(count, generator, longest, shortest=1, width=WIDTH):
    """Return padded readings (N, width, 1), lengths and last readings (N,)."""
    lengths = torch.randint(shortest, longest + 1, (count,), generator=generator)
    x = torch.rand(count, width, 1, generator=generator)
    x[torch.arange(width) >= lengths[:, None]] = 0.0
    return x, lengths, x[torch.arange(count), lengths - 1, 0]


def guess(rnn, head, x, lengths, way):
    """Name a number (N,) from the state that a way takes as the final one."""
    if way == "padded end, flag":  # a second input: 1 at each real step, 0 in the padding
        real = (torch.arange(x.shape[1]) < lengths[:, None]).float()
        x = torch.cat([x, real[:, :, None]], dim=2)
    output, _ = rnn(x)
    final = output[torch.arange(len(x)), lengths - 1] if way == "own last step" else output[:, -1]
    return head(final)[:, 0]


def learn(kind, way, longest, seed, **task):
    """Return the errors on other sequences after each budget."""
    torch.manual_seed(seed)
    rnn, head = kind(2 if "flag" in way else 1, 16, batch_first=True), nn.Linear(16, 1)
    optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()], lr=0.01)
    generator, errors = torch.Generator().manual_seed(seed), []
    for step in range(1, max(STEPS) + 1):
        x, lengths, last = draw(64, generator, longest, **task)
        loss = mse_loss(guess(rnn, head, x, lengths, way), last)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in STEPS:
            with torch.no_grad():
                x, lengths, last = draw(2000, torch.Generator().manual_seed(10_000 + seed), longest, **task)
                errors.append(mse_loss(guess(rnn, head, x, lengths, way), last).item())
    return errors


def main():
    """Train every way on every range of lengths, print a line for each and keep the errors."""
    shift, errors = record.shift(__doc__), {}
    torch.set_num_threads(1)
    settings = {
        f"RNN, {way}, lengths 1 to {longest}": (nn.RNN, way, longest, {}) for longest in LONGEST for way in WAYS
    }
    settings |= {f"{name}, padded end, lengths 1 to 20": (kind, "padded end", 20, {}) for name, kind in GATED.items()}
    settings |= {f"RNN, padded end, {name}": (nn.RNN, "padded end", *rest) for name, rest in CONTROLS.items()}
    for name, (kind, way, longest, task) in settings.items():
        found = [learn(kind, way, longest, shift + seed, **task) for seed in range(SEEDS)]
        for steps, part in zip(STEPS, zip(*found, strict=True), strict=True):
            errors[f"{name}, {steps} steps"] = list(part)
            record.say(f"{name}, {steps} steps".ljust(58), " ".join(f"{error:.4f}" for error in part))
    record.keep("padding", {"errors": errors, "seeds": SEEDS}, shift=shift)


if __name__ == "__main__":
    main()
