"""Train recurrent layers to follow a small machine on 1 to 20 symbols, and test them on sequences of up to 200.

Usage: ``python experiments/automata.py``; 40 minutes on two cores. *Parity*: has there been an odd number of ones?
*Permutations*: in which of six orders are three things, after swaps of the first or of the last two? An answer is
asked for at every step. Beside the layers of ``recurrences.py``, in the same blocks with 10,000 parameters: a GRU
without the old state in its gates, in its new state, in both, and a minGRU with it in its gate or in its new state,
in one block. Every layer gets 1,000 updates and for each depth four settings: two rates, two starts; the best is taken
by the validation answers of another seed at the places 21 to 40. Kept are the shares of right answers for each ten
places, for five seeds of weights and data: on random symbols, on ones alone, and for a trained minGRU on random ones
with its factors *held*, that is, set to 1 or -1 where they are near, and *faded*, set to 0.97 or -0.97.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import permutations, product

import record
import torch
from recurrences import KINDS, STARTS, blocks, width
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from course_utils.scan import MinGRU, scan

DEPTHS, RATES, SEEDS, TUNING = (1, 2), (0.003, 0.01), 5, 100
UPDATES, BATCH, TRAINED, LONG, PARAMETERS = 1000, 64, 20, 200, 10_000


def blind(size, _, gates, new):
    """Return a GRU whose gates, or whose new state, do not see the state before."""
    layer = nn.GRU(size, size, batch_first=True)
    mask, bias = torch.ones(3 * size, 1), torch.ones(3 * size)
    mask[: 2 * size], mask[2 * size :] = not gates, not new
    bias[2 * size :] = not new  # the bias of the new state would bring h in, as r multiplies it
    for weight, kept in ((layer.weight_hh_l0, mask), (layer.bias_hh_l0, bias)):
        weight.data.mul_(kept)
        weight.register_hook(kept.mul)
    return layer


class Seeing(MinGRU):
    """A minGRU whose gate, or whose new state, sees the state before: a loop."""

    def __init__(self, size, _, gate):
        super().__init__(size, size)
        self.sees, self.back = gate, nn.Linear(size, size, bias=False)

    def forward(self, x, h=None):
        """Return all states and the last, as `MinGRU` does."""
        states, h = [], x.new_zeros(len(x), self.back.in_features) if h is None else h
        for z_t, n_t in zip(self.gate(x).unbind(1), self.new(x).unbind(1), strict=True):
            seen = self.back(h)
            z, n = ((z_t + seen).sigmoid(), n_t) if self.sees else (z_t.sigmoid(), n_t + seen)
            h = z * h + (1 - z) * n
            states.append(h)
        return torch.stack(states, dim=1), h


LAYERS = {name: name for name in KINDS}
LAYERS |= {
    "GRU, blind gates": partial(blind, gates=True, new=False),
    "GRU, blind new state": partial(blind, gates=False, new=True),
    "GRU, blind": partial(blind, gates=True, new=True),
    "minGRU, seeing gate": partial(Seeing, gate=True),
    "minGRU, seeing new state": partial(Seeing, gate=False),
}
ORDERS = list(permutations(range(3)))
SWAPS = (0, 1, 2), (1, 0, 2), (0, 2, 1)  # stay, swap the first two, swap the last two
AFTER = torch.tensor([[ORDERS.index(tuple(order[k] for k in swap)) for swap in SWAPS] for order in ORDERS])
MACHINES = {"parity": torch.tensor([[0, 1], [1, 0]]), "permutations": AFTER}  # (states, symbols): the next state


def follow(machine, symbols):
    """Return the state behind each symbol, (N, L), beginning in state 0."""
    state, states = torch.zeros_like(symbols[:, 0]), []
    for symbol in symbols.unbind(1):
        state = machine[state, symbol]
        states.append(state)
    return torch.stack(states, dim=1)


class Each(nn.Module):
    """A stack of layers, and a linear layer behind every step."""

    def __init__(self, stack, width, size):
        super().__init__()
        self.stack, self.head = stack, nn.Linear(width, size)

    def forward(self, x):
        """Return the scores, (N, L, size)."""
        return self.head(self.stack(x)[0])


def trained(machine, kind, depth, kept, rate, seed):
    """Return a network that was trained on sequences of 1 to 20 symbols."""
    states, symbols = machine.shape
    size = width(kind, symbols, PARAMETERS, depth)
    torch.manual_seed(seed)
    model = Each(blocks(kind, symbols, size, kept, depth), size, states)
    optimizer = torch.optim.Adam(model.parameters())
    lr = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, UPDATES)
    draw = torch.Generator().manual_seed(seed + 10_000)
    for _ in range(UPDATES):
        length = int(torch.randint(1, TRAINED + 1, (1,), generator=draw))
        x = torch.randint(symbols, (BATCH, length), generator=draw)
        loss = cross_entropy(model(one_hot(x, symbols).float()).mT, follow(machine, x))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        lr.step()
    return model


@torch.no_grad()
def shares(model, machine, x):
    """Return the share of right answers for each ten places, a list of 20."""
    right = model(one_hot(x, machine.shape[1]).float()).argmax(2) == follow(machine, x)
    return right.double().unfold(1, 10, 10).mean(dim=(0, 2)).tolist()


def held(layer, x, h=None, fading=1.0):
    """Compute what a trained minGRU does, its factors beyond 0.8 in size set to 1 or -1, times `fading`."""
    z = layer.gate(x).sigmoid()
    a = layer.least + (1 - layer.least) * z
    h = scan(torch.where(a.abs() > 0.8, fading * a.sign(), a), (1 - z) * layer.new(x), h)
    return h, h[:, -1]


def run(task, name, depth, kept, rate, seed):
    """Train once; return the shares on validation data, test data, ones, and on test data with held factors."""
    torch.set_num_threads(1)
    machine, found = MACHINES[task], []
    model = trained(machine, LAYERS[name], depth, kept, rate, seed)
    for far in (20_000, 30_000):
        draw = torch.Generator().manual_seed(seed + far)
        x = torch.randint(machine.shape[1], (500, LONG), generator=draw)
        found.append(shares(model, machine, x))
    found.append(shares(model, machine, torch.ones(1, LONG, dtype=torch.long)))
    for fading in (1, 0.97) if LAYERS[name] in ("minGRU", "minGRU, sign") else ():
        for _, layer, _ in model.stack.layers:
            layer.forward = partial(held, layer, fading=fading)
        found.append(shares(model, machine, x))
    row = " ".join(f"{found[1][k]:.2f}" for k in (0, 1, 2, 3, 9, 19))
    record.say(f"{task:12} {name:20} {depth} {'kept' if kept else '-':4} {rate:5} seed {seed:4} {row}")
    return found


def main():
    """Tune every layer on both machines, train with further seeds, and keep the results."""
    shift, content = record.shift(__doc__), {}
    with ProcessPoolExecutor(2) as pool:
        for task in MACHINES:
            pairs = [(name, depth) for name, depth in product(LAYERS, DEPTHS) if depth == 1 or name in KINDS]
            settings = [(*pair, *rest) for pair, *rest in product(pairs, STARTS, RATES)]
            tried = [pool.submit(run, task, *setting, TUNING + shift) for setting in settings]
            scores = {s: sum(job.result()[0][2:4]) / 2 for s, job in zip(settings, tried, strict=True)}
            best, content[task] = {}, {name: {} for name in LAYERS}
            for name, depth in pairs:
                best[name, depth] = max(
                    (s for s in settings if s[:2] == (name, depth)), key=lambda s: (scores[s], s[2], -s[3])
                )
            jobs = {key: [pool.submit(run, task, *s, seed + shift) for seed in range(SEEDS)] for key, s in best.items()}
            for (name, depth), setting in best.items():
                runs = [job.result() for job in jobs[name, depth]]
                content[task][name][f"{depth} deep"] = {
                    "kept": setting[2],
                    "rate": setting[3],
                    "tried": {f"{'kept, ' * s[2]}rate {s[3]}": scores[s] for s in settings if s[:2] == (name, depth)},
                    "test": [run[1] for run in runs],
                    "ones": [run[2] for run in runs],
                    **{key: [run[k] for run in runs] for k, key in ((3, "held"), (4, "faded")) if k < len(runs[0])},
                }
    record.keep("automata", content, shift=shift)


if __name__ == "__main__":
    main()
