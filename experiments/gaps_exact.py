"""Hold networks that fill gaps against the exact conditional mean, on many short series.

Usage: ``python experiments/gaps_exact.py [--shift N]``. Series have 28 steps. A network is a GRU of 16 units in both
directions with a head of one linear layer, or of two with 32 units between; it reads the readings and the mask, or
the steps since and until a reading too. A seed is one of series, gaps and first weights. Rates are chosen for each
network and budget on a seed of its own. Errors are mean squares over the hidden readings; the variance is 1.
"""

from functools import partial

import numpy as np
import record
import torch
from scipy.interpolate import CubicSpline
from torch import nn
from torch.nn.functional import gaussian_nll_loss, mse_loss

from course_utils.gaps import block_mask, random_mask
from course_utils.training import train

SEEDS, LENGTH, GAP, SERIES, CHOICE = range(5), 28, 10, 9600, 900
UPDATES, RATES = (300, 1200), (0.003, 0.01, 0.03)
HEADS = {"linear head": None, "hidden layer": 32}
MASKS = {"random": random_mask, "blocks": block_mask}
RHO, PERIOD = 0.95, 12
A1, A2 = 2 * RHO * np.cos(2 * np.pi / PERIOD), -(RHO**2)


def oscillator(count, seed):
    """Draw an autoregression of order 2 with variance 1, (N, L), as the chapter's."""
    rng = np.random.default_rng(seed)
    x = [rng.standard_normal(count), rng.standard_normal(count)]
    r1 = A1 / (1 - A2)
    x[1] = r1 * x[0] + np.sqrt(1 - r1**2) * x[1]
    spread = np.sqrt(1 - A1 * r1 - A2 * (A1 * r1 + A2))
    for _ in range(LENGTH - 2):
        x.append(A1 * x[-1] + A2 * x[-2] + spread * rng.standard_normal(count))
    return torch.tensor(np.stack(x, axis=1)).float()


def covariance():
    """Return the oscillator's covariances of all readings, (L, L)."""
    r = [1.0, A1 / (1 - A2)]
    while len(r) < LENGTH:
        r.append(A1 * r[-1] + A2 * r[-2])
    t = torch.arange(LENGTH)
    return torch.tensor(r)[(t[:, None] - t).abs()].double()


def exact(x, mask):
    """Return conditional mean and deviation of all readings given the seen ones, (N, L) each."""
    m, c = mask.double()[:, :, None], covariance()
    gain = torch.linalg.solve(m * c * m.mT + torch.diag_embed(1 - mask.double()), m * c)
    mean = ((x * mask).double()[:, None] @ gain)[:, 0]
    return mean, (1 - (m * c * gain).sum(dim=1)).clamp(min=0).sqrt()


class Filler(nn.Module):
    """A GRU in both directions; a value for every step, or a mean and a log-variance."""

    def __init__(self, inputs, layer, outputs=1):
        super().__init__()
        self.gru = nn.GRU(inputs, 16, batch_first=True, bidirectional=True)
        parts = [nn.Linear(32, layer), nn.ReLU(), nn.Linear(layer, outputs)] if layer else [nn.Linear(32, outputs)]
        self.head = nn.Sequential(*parts)

    def forward(self, x):
        """Return the outputs of all steps, (N, L, outputs)."""
        return self.head(self.gru(x)[0])


def since(mask):
    """Return the steps since the last seen reading, (N, L)."""
    t = torch.arange(LENGTH)
    return t - torch.where(mask == 1, t, 0).cummax(dim=1).values


def features(x, mask, times):
    """Return readings with zeros in the gaps and the mask, and the steps to the readings on both sides, (N, L, F)."""
    both = [since(mask) / GAP, since(mask.flip(1)).flip(1) / GAP] if times else []
    return torch.stack([x * mask, mask, *both], dim=-1).float()


def hidden_loss(outputs, targets):
    """Score the hidden readings only: squared error, or the negative log-likelihood of two outputs."""
    truth, gone = targets[..., 0], targets[..., 1] == 0
    mean = outputs[..., 0][gone]
    if outputs.shape[-1] == 1:
        return mse_loss(mean, truth[gone])
    return gaussian_nll_loss(mean, truth[gone], outputs[..., 1][gone].exp())


def trained(draw, mask, seed, *, rate, updates, layer=32, times=False, outputs=1):
    """Return a network trained on series and gaps of a seed."""
    x = draw(SERIES, seed).float()
    torch.manual_seed(seed)
    net = Filler(4 if times else 2, layer, outputs)
    options = {"steps": updates, "batch": 32, "lr": rate, "one_cycle": True, "clip": 1.0}
    train(net, features(x, mask, times), torch.stack([x, mask], dim=-1).float(), loss=hidden_loss, **options)
    return net


def filled(net, x, mask, times=False):
    """Return a network's outputs, (N, L, outputs)."""
    with torch.no_grad():
        return net(features(x.float(), mask, times))


def error(guess, x, mask):
    """Return the mean squared error over the hidden readings."""
    return (guess.double() - x.double())[mask == 0].square().mean().item()


def above_the_floor(seeds):
    """Return errors over the exact one, by the kind of gaps and of network, and the spline's; and the rates chosen."""
    found = {}
    for gaps, make in MASKS.items():
        for seed in seeds:
            x, mask = oscillator(4000, 5000 + seed), make(4000, LENGTH, GAP, 5000 + seed)
            rows = [
                CubicSpline(np.flatnonzero(m), r[m])(np.arange(LENGTH))
                for r, m in zip(x.numpy(), mask.numpy() == 1, strict=True)
            ]
            spline = error(torch.tensor(np.stack(rows)), x, mask) / error(exact(x, mask)[0], x, mask)
            found.setdefault(f"{gaps}, spline", []).append(spline)
        for head, layer in HEADS.items():
            for times in (False, True):
                for updates in UPDATES:
                    how = {"updates": updates, "layer": layer, "times": times}

                    def ratio(seed, rate, how=how, make=make, times=times):
                        net = trained(oscillator, make(SERIES, LENGTH, GAP, seed), seed, rate=rate, **how)
                        x, mask = oscillator(4000, 5000 + seed), make(4000, LENGTH, GAP, 5000 + seed)
                        return error(filled(net, x, mask, times)[..., 0], x, mask) / error(exact(x, mask)[0], x, mask)

                    rate = min(RATES, key=partial(ratio, CHOICE))
                    name = f"{gaps}, {head}{', times' * times}, {updates}"
                    found[name] = [ratio(seed, rate) for seed in seeds]
                    found[f"rate: {name}"] = rate
                    record.say(name, rate, *(f"{r:.3f}" for r in found[name]))
    return found


def bands(seeds):
    """Return the shares of readings and of whole blocks of ten in bands of 95 %, by the gaps of the training."""
    lessons = {
        "single readings": partial(random_mask, SERIES, LENGTH, 1),
        "blocks": partial(block_mask, SERIES, LENGTH, GAP),
    }
    found = {}
    for seed in seeds:
        x, mask = oscillator(4000, 5000 + seed), block_mask(4000, LENGTH, GAP, 5000 + seed)
        said = {"exact": exact(x, mask)}
        for name, lesson in lessons.items():
            net = trained(oscillator, lesson(seed), seed, rate=0.01, updates=1200, outputs=2)
            output = filled(net, x, mask)
            said[name] = output[..., 0], (output[..., 1] / 2).exp()
        for name, (mean, sd) in said.items():
            inside = ((mean - x).abs() < 1.96 * sd)[mask == 0].view(-1, GAP).double()
            found.setdefault(name, []).append([inside.mean().item(), inside.amin(dim=1).mean().item()])
        record.say(seed, {name: row[-1] for name, row in found.items()})
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    shift = record.shift(__doc__)
    seeds = [seed + shift for seed in SEEDS]
    record.keep("gaps_exact", {"bands": bands(seeds), "floor": above_the_floor(seeds)}, shift=shift)
