"""Fill one gap in short series of five kinds by rules and by networks.

Usage: ``python experiments/gaps_kinds.py [--shift N]``. Series have 28 steps; the gap of 1, 3 or 10 lies in the middle.
The networks are those of `gaps_exact.py` with a hidden layer in the head, trained on gaps of 1 to 20 in 9,600 series.
A seed is one of series, gaps and first weights; the rate is chosen for each kind on a seed of its own. Errors are mean
squares over the hidden readings; the variance is 1.
"""

from functools import partial

import numpy as np
import record
import torch
from gaps_exact import CHOICE, LENGTH, MASKS, RATES, SERIES, error, filled, oscillator, trained
from scipy.interpolate import CubicSpline

SEEDS, UPDATES = range(3), 1200


def waves(count, seed, number, noise):
    """Draw sums of sines with periods of 8 to 20 steps, variance 1, (N, L)."""
    rng = np.random.default_rng(seed)
    period, phase = rng.uniform(8, 20, (number, count, 1)), rng.uniform(0, 2 * np.pi, (number, count, 1))
    x = np.sqrt(2 * (1 - noise**2) / number) * np.sin(2 * np.pi * np.arange(LENGTH) / period + phase).sum(axis=0)
    return torch.tensor(x + noise * rng.standard_normal(x.shape)).float()


def logistic(count, seed, noise=0):
    """Draw y_t = 1 - 2 y_{t-1}^2, scaled to variance 1, with noise in the readings, (N, L), float64."""
    rng = np.random.default_rng(seed)
    y = [np.cos(np.pi * rng.random(count))]
    while len(y) < LENGTH:
        y.append(1 - 2 * y[-1] ** 2)
    y = np.sqrt(2) * np.stack(y, axis=1)
    return torch.tensor(y + noise * rng.standard_normal(y.shape))


KINDS = {
    "smooth waves": partial(waves, number=2, noise=0),
    "noisy wave": partial(waves, number=1, noise=0.3),
    "oscillator": oscillator,
    "logistic map": logistic,
    "logistic map, noise of 1 %": partial(logistic, noise=0.01),
}


def mixed(seed):
    """Hide 1 to 20 readings, at random places or in a block, in each of the series for training."""
    makes = [(make, k) for make in MASKS.values() for k in range(1, 21)]
    return torch.cat([make(SERIES // len(makes), LENGTH, k, seed + k) for make, k in makes])


def central(count, gap):
    """Hide a block in the middle of each series, (N, L)."""
    mask, start = torch.ones(count, LENGTH), (LENGTH - gap) // 2
    mask[:, start : start + gap] = 0
    return mask


def sine(values, seen):
    """Return for each series the sine that fits its seen readings best, of 400 periods from 7 to 21 steps, (N, L)."""
    angle = 2 * np.pi * np.arange(LENGTH) / np.linspace(7, 21, 400)[:, None]
    waves = torch.tensor(np.stack([np.sin(angle), np.cos(angle)], axis=-1))  # (P, L, 2)
    basis, scale = torch.linalg.qr(waves[:, seen])
    parts = torch.einsum("psk,ns->pnk", basis, values[:, seen])
    best = parts.square().sum(dim=-1).argmax(dim=0)  # (N,)
    weights = torch.linalg.solve_triangular(scale[best], parts[best, range(len(best))][..., None], upper=True)
    return (waves[best] @ weights)[..., 0]


def rules(draw, x, mask, seed):
    """Return errors of rules on gaps of one place: line, spline, least squares, a sine, a quadratic rule.

    Least squares on all seen readings knows 5,000 series without gaps. The quadratic rule gives a reading from the one
    before; it is fitted to a single series, repeated across the gap, and kept within what was seen.
    """
    gone, whole, values = mask[0] == 0, draw(5000, seed + 1000).double(), x.double()
    seen, t = np.flatnonzero(~gone), np.arange(LENGTH)
    line = np.stack([np.interp(t, seen, row[seen]) for row in values.numpy()])
    linear, quadratic = values.clone(), values.clone()
    linear[:, gone] = values[:, ~gone] @ torch.linalg.lstsq(whole[:, ~gone], whole[:, gone], driver="gelsd").solution
    fit = np.polyfit(whole[0, :-1].numpy(), whole[0, 1:].numpy(), 2)
    for step in np.flatnonzero(gone):
        quadratic[:, step] = torch.tensor(np.polyval(fit, quadratic[:, step - 1])).clamp(whole.min(), whole.max())
    guesses = {"line": line, "spline": CubicSpline(seen, values[:, seen].numpy(), axis=1)(t)}
    guesses |= {"least squares": linear, "sine": sine(values, seen), "quadratic": quadratic}
    return {name: error(torch.as_tensor(guess), values, mask) for name, guess in guesses.items()}


def kinds(seeds):
    """Return errors by kind of series, length of the gap and filler, a number a seed."""
    found = {}
    for kind, draw in KINDS.items():
        nets = {}

        def errors(seed, rate, draw=draw, nets=nets):
            nets[seed] = trained(draw, mixed(seed), seed, rate=rate, updates=UPDATES)
            x = draw(2000, 5000 + seed)
            pairs = {gap: central(2000, gap) for gap in (1, 3, 10)}
            return {gap: error(filled(nets[seed], x, mask)[..., 0], x, mask) for gap, mask in pairs.items()}

        rate = min(RATES, key=lambda rate, errors=errors: sum(errors(CHOICE, rate).values()))
        for seed in seeds:
            network = errors(seed, rate)
            for gap in network:
                row = rules(draw, draw(2000, 5000 + seed), central(2000, gap), seed) | {"network": network[gap]}
                for name, value in row.items():
                    found.setdefault(f"{kind}, {gap}, {name}", []).append(value)
        record.say(
            kind, rate, *(f"{name.split(', ', 1)[1]} {np.mean(v):.2g}" for name, v in found.items() if kind in name)
        )
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    shift = record.shift(__doc__)
    record.keep("gaps_kinds", kinds([seed + shift for seed in SEEDS]), shift=shift)
