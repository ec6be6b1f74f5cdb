"""What an average adds to the text model of the book, what dropout and tied weights do, and what its units count.

Usage: ``python experiments/text_parts.py``, an hour on one core. The program of the chapter on text is
executed with lines changed, as in ``text.py``; a seed draws the split and the first weights. Ways that are compared
share both.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import accumulate

import record
import text
import torch

SEEDS, WIDE, ROUNDS, SHARE = range(3), 256, 180, 0.3
RATES, COUNTED = (0.004, 0.008, 0.016), ("quotes", "brackets", "column", "indent")
READ = "output, state = rnn(embed(x), state)"
DROP = (
    f"drop = lambda x: nn.functional.dropout(x, {SHARE}, self.training)\n"
    "        output, state = rnn(drop(embed(x)), state)\n        output = drop(output)"
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


def averages(seed):
    """Return the nats on two kinds of test text of averages: of an LSTM with counts, and with a second LSTM.

    Both LSTMs are trained for `rounds` rounds on one split; the second has other first weights and batches.
    """
    found = []
    for rounds in (45,):
        names, _ = text.run(seed, "LSTM", 110, 0.015, rounds)
        other = ("n, rnn = ", f"torch.manual_seed({seed} + 7919)\nn, rnn = ")
        second, _ = text.run(seed, "LSTM", 110, 0.015, rounds, [other])
        counts = text.counted(seed, [12])["test"][12]
        old, one, two = text.copied(names, "test"), text.read(names, "test"), text.read(second, "test")
        ways = {"LSTM": one, "counting": counts, "second LSTM": two}
        ways |= {"two LSTMs": (one + two) / 2, "LSTM and counting": 0.2 * one + 0.8 * counts}
        for name, p in ways.items():
            parts = {"all": text.nats(p), "copied": text.nats(p[old]), "new": text.nats(p[~old])}
            found.append({"seed": seed, "rounds": rounds, "way": name, **parts})
            record.say(found[-1])
    return found


def tuned(rate):
    """Return the nats on the validation text of the split for tuning, of the plain way with a rate."""
    names, _ = text.run(text.TUNING, "LSTM", WIDE, rate, 45, [*WIDER, *WAYS["plain"]])
    record.say(rate, text.nats(text.read(names, "valid")))
    return text.nats(text.read(names, "valid"))


def way(seed_and_name, rate):
    """Return the nats of a wide LSTM, trained in one of the ways."""
    seed, name = seed_and_name
    names, seconds = text.run(seed, "LSTM", WIDE, rate, ROUNDS, [*WIDER, *WAYS[name]])
    parameters = sum(p.numel() for p in names["model"].parameters())
    found = {"way": name, "seed": seed, "parameters": parameters, "seconds": seconds}
    found |= {part: text.nats(text.read(names, part)) for part in ("valid", "test")}
    record.say(found)
    return found


def states(model, blocks):
    """Return the hidden and the cell states after each character, (2, N, BLOCK, H)."""
    embed, rnn, _ = model
    state, found = None, []
    with torch.no_grad():
        for x in embed(blocks).split(1, dim=1):
            _, state = rnn(x, state)
            found.append(torch.stack([part[0] for part in state]))
    return torch.stack(found, dim=2)


def counts(block):
    """Return, after each character of a text: inside quotes, open brackets, column, indentation of the line."""

    def step(before, x):
        quote, depth, column, indent, leading, last = before
        if x == last == "\n":  # a paragraph ends
            quote = depth = 0
        quote = 1 - quote if x == '"' else quote
        depth = max(0, depth + (x in "([{") - (x in ")]}"))
        if x == "\n":
            return quote, depth, 0, 0, True, x
        leading = leading and x == " "
        return quote, depth, column + 1, indent + leading, leading, x

    found = accumulate(block, step, initial=(0, 0, 0, 0, True, ""))
    return torch.tensor([row[:4] for row in [*found][1:]], dtype=torch.float32)  # (BLOCK, 4)


def correlation(units, counted):
    """Return the correlation of each unit with each count, (units, counts)."""
    flat = [x.flatten(0, -2) for x in (units, counted)]
    a, b = ((x - x.mean(0)) / x.std(0).clamp(min=1e-6) for x in flat)
    return a.T @ b / len(a)


def units(seed):
    """Return how the best unit correlates with each count, on the half of the validation text that did not choose it.

    Beside it those of a network that was not trained, and of counts taken from the next block.
    """
    found = {"seed": seed}
    for name, rounds in (("trained", 45), ("not trained", 0)):
        changes = [("range(ROUNDS)", "range(0)"), ("ROUNDS * chunks", "9")] if rounds == 0 else []
        names, _ = text.run(seed, "LSTM", 110, 0.015, 45, changes)
        blocks = names["valid"]
        wanted = torch.stack([counts([names["letters"][k] for k in row]) for row in blocks.tolist()])
        half = len(blocks) // 2
        for kind, values in zip(("h", "c"), states(names["model"], blocks), strict=True):
            for label, target in ((name, wanted), (f"{name}, next block", wanted.roll(1, 0))):
                chosen = correlation(values[:half], target[:half]).abs().argmax(dim=0)
                r = correlation(values[half:], target[half:])[chosen, range(4)].abs().tolist()
                found.setdefault(label, {})[kind] = dict(zip(COUNTED, r, strict=True))
    record.say(found)
    return found


if __name__ == "__main__":
    shift = record.shift(__doc__)
    with ProcessPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        kept = list(pool.map(units, [seed + shift for seed in text.SEEDS]))
        pairs = list(pool.map(averages, [seed + shift for seed in text.SEEDS]))
        tuning = dict(zip(RATES, pool.map(tuned, RATES), strict=True))
        rate, wanted = min(RATES, key=tuning.get), [(seed + shift, name) for seed in SEEDS for name in WAYS]
        ways = list(pool.map(partial(way, rate=rate), wanted))
    torch.set_num_threads(1)
    record.keep("text_parts", {"averages": sum(pairs, []), "units": kept, "tuning": tuning, "ways": ways}, shift=shift)
