"""What dropout and tied weights do for the text model of the book, and what its units remember.

Usage: ``python experiments/text_parts.py``, half an hour on two cores. The program of the chapter on text is
executed with lines changed, as in ``text.py``; a seed draws the split and the first weights. Ways that are compared
share both.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import record
import text
import torch

SEEDS, UNITS, WIDE, ROUNDS, SHARE = range(3), range(10), 256, 180, 0.3
RATES, DISTANCES = (0.004, 0.008, 0.016), range(1, 13)
FAR = 12  # characters of a block that are read before it counts
READ = "output, state = self[1](self[0](x), state)"
DROP = (
    f"drop = lambda x: nn.functional.dropout(x, {SHARE}, self.training)\n"
    "        output, state = self[1](drop(self[0](x)), state)\n        output = drop(output)"
)
WIDER = [("nn.Embedding(n, 48)", f"nn.Embedding(n, {WIDE})"), ("CELL(48,", f"CELL({WIDE},")]
# A weight that is both embedding and output must start small; the others start so, too.
SMALL = "nn.init.uniform_(model[0].weight, -0.1, 0.1)\ncut = "
WAYS = {
    "plain": [("cut = ", SMALL)],
    "dropout": [("cut = ", SMALL), (READ, DROP)],
    "tied": [("cut = ", f"model[2].weight = model[0].weight\n{SMALL}")],
    "tied, dropout": [("cut = ", f"model[2].weight = model[0].weight\n{SMALL}"), (READ, DROP)],
}


def tuned(rate):
    """Return the nats on the validation text of the split for tuning, of the plain way with a rate."""
    names, _ = text.run(text.TUNING, "LSTM", WIDE, rate, 45, [*WIDER, *WAYS["plain"]])
    record.say(rate, text.nats(text.read(names, "valid", FAR)))
    return text.nats(text.read(names, "valid", FAR))


def way(seed_and_name, rate):
    """Return the nats of a wide LSTM, trained in one of the ways."""
    seed, name = seed_and_name
    names, seconds = text.run(seed, "LSTM", WIDE, rate, ROUNDS, [*WIDER, *WAYS[name]])
    parameters = sum(p.numel() for p in names["model"].parameters())
    found = {"way": name, "seed": seed, "parameters": parameters, "seconds": seconds}
    found |= {part: text.nats(text.read(names, part, FAR)) for part in ("valid", "test")}
    record.say(found)
    return found


def quotations(blocks, letters):
    """Return, for each character: whether it is inside quotation marks, and how many are since the last mark.

    Marks are counted anew after an empty line; where there was none since, the distance is -1.
    """
    inside, since = torch.zeros(blocks.shape), torch.full(blocks.shape, -1)
    for n, row in enumerate(blocks.tolist()):
        is_open, distance, before = 0, -1, ""
        for t, x in enumerate(letters[k] for k in row):
            if x == before == "\n":
                is_open, distance = 0, -1
            elif x == '"':
                is_open, distance = 1 - is_open, 0
            elif distance >= 0:
                distance += 1
            inside[n, t], since[n, t], before = is_open, distance, x
    return inside, since


def correlation(a, b):
    """Return the size of the correlation of two tensors, 0 where one is constant."""
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].abs().nan_to_num().item()


def unmarked(names, unit, half, at, distance):
    """Return a unit's state at these places, of a network that has read only the `distance` characters before."""
    pieces = names["valid"][half:].unfold(1, distance, 1)[at[:, distance - 1 :]]  # (places, distance)
    with torch.no_grad():
        return names["model"][1](names["model"][0](pieces))[0][:, -1, unit]


def units(seed):
    """Return how a unit correlates with being inside a quotation, by the distance to the last mark.

    Half of the validation blocks chooses the unit of the hidden state, the other half judges it. Beside it the best
    unit of a network that was not trained; the same unit of a network that reads only what follows the mark; and
    a rule without a network: was there a mark in the last twelve?
    """
    found = {"seed": seed}
    for name, rounds in (("trained", 45), ("not trained", 0)):
        changes = [("range(ROUNDS)", "range(0)"), ("ROUNDS * chunks", "9")] if rounds == 0 else []
        names, _ = text.run(seed, "LSTM", 110, 0.015, 45, changes)
        inside, since = quotations(names["valid"], names["letters"])
        with torch.no_grad():
            h = names["model"][1](names["model"][0](names["valid"]))[0]
        half = len(h) // 2
        best = max(range(h.shape[2]), key=lambda k: correlation(h[:half, :, k], inside[:half]))  # noqa: B023
        h, inside, since = h[half:, :, best], inside[half:], since[half:]
        places = [since == d for d in DISTANCES]
        found[name] = {"all": correlation(h, inside)}
        found[name]["behind the mark"] = [correlation(h[at], inside[at]) for at in places]
        if rounds:
            blind = [unmarked(names, best, half, at, d) for at, d in zip(places, DISTANCES, strict=True)]
            r = [correlation(x, inside[at]) for x, at in zip(blind, places, strict=True)]
            found["without the mark"] = {"behind the mark": r}
            found["inside"] = [inside[at].sum().item() for at in places]
    found["recent mark"] = correlation(((since >= 0) & (since <= 12)).float(), inside)
    record.say(found)
    return found


if __name__ == "__main__":
    shift = record.shift(__doc__)
    with ProcessPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        kept = list(pool.map(units, [seed + shift for seed in UNITS]))
        tuning = dict(zip(RATES, pool.map(tuned, RATES), strict=True))
        rate, wanted = min(RATES, key=tuning.get), [(seed + shift, name) for seed in SEEDS for name in WAYS]
        ways = list(pool.map(partial(way, rate=rate), wanted))
    torch.set_num_threads(1)
    record.keep("text_parts", {"units": kept, "tuning": tuning, "ways": ways}, shift=shift)
