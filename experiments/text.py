"""Run the program of the chapter on text with other splits, cells, sizes and times, beside counts of every order.

Usage: ``python experiments/text.py``, half an hour on two cores. Each run executes the program's own text with a
seed, which draws the split and the first weights, and with lines changed; a line that is not there stops it. All
numbers are nats a character, of the characters of a block from the 25th on. Rates and discounts are chosen on the
validation text of another split, the length of counted contexts and shares on that of the same; on test text nothing.
A place is *known* if the twenty characters before it stand in the training text. *Once* is the text without the
paragraphs that stood in it before. The compressor is LZMA: what the test text adds behind the training text.
"""

import lzma
import math
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import executed as program
import record
import torch

SEEDS, TUNING, ORDERS = range(5), 100, (0, 2, 4, 6, 8, 12, 16, 20, 24)
SHARES = [k / 20 for k in range(21)]  # of the network in an average
FAR = ORDERS[-1]  # the longest context that is counted
CELLS = {"RNN": ("RNN", 215), "LSTM": ("LSTM", 110), "GRU": ("GRU", 128)}  # 84,000 to 87,000 parameters
GRID = {"RNN": (0.004, 0.008, 0.016), "LSTM": (0.0075, 0.015, 0.03), "GRU": (0.004, 0.008, 0.016)}
ROUNDS = {"RNN": (45,), "LSTM": (22, 45, 90, 180), "GRU": (45,)}
SETTINGS = "nn.LSTM, 110, 0.015\nROUNDS, ROWS, STEPS, OFF = 45"
DISCOUNTS = ("0.75, 0.75, 0.75", "0.7, 1.2, 1.6", "0.8, 1.3, 1.7", "0.9, 1.5, 2.0")
TEXT = '"\\n\\n".join(topics[name] for name in sorted(topics))'
ONCE = TEXT, f'"\\n\\n".join(dict.fromkeys({TEXT}.split("\\n\\n")))'
UNCOUNTED = ("pieces(train)", "[]"), ("in pieces(valid)", "in []")


def run(seed, cell, hidden, rate, rounds, changes=()):
    """Train as the program does, and return its variables and the CPU seconds that this took."""
    settings = f"nn.{cell}, {hidden}, {rate}\nROUNDS, ROWS, STEPS, OFF = {rounds}"
    changes = [("manual_seed(0)", f"manual_seed({seed})"), (SETTINGS, settings), *UNCOUNTED, *changes]
    start = time.process_time()
    names = program.executed("13-text", changes, until="p = model(valid")
    names["model"].eval()
    return names, time.process_time() - start


def read(names, part, far=FAR):
    """Return the probability that the network gives to each character of a part, (N, BLOCK - far)."""
    blocks = names[part]
    with torch.no_grad():
        p = names["model"](blocks[:, :-1])[0].softmax(2).gather(2, blocks[:, 1:, None])
    return p[:, far - 1 :, 0]


def nats(p):
    """Return the mean surprise at what had these probabilities."""
    return -p.log().mean().item()


def counted(seed, orders=ORDERS, changes=()):
    """Return what counts give to each character, (N, BLOCK - FAR), by part and by the length of the longest context."""
    found = {"valid": {}, "test": {}}
    for order in orders:
        settings = [("2000, 8, nn.LSTM", f"2000, {order}, nn.LSTM"), ("manual_seed(0)", f"manual_seed({seed})")]
        both = ("in pieces(valid)", "in pieces(torch.cat([valid, test]))")
        names = program.executed("13-text", [*settings, both, *changes], until="class Model")
        p = torch.tensor(names["counted"]).view(-1, names["BLOCK"] - order)[:, FAR - order :]
        found["valid"][order], found["test"][order] = p.split([len(names["valid"]), len(names["test"])])
    return found


def known(names, part, length=20):
    """Say of each character whether the `length` before it stand in the training text, (N, BLOCK - FAR)."""
    blocks = names["train"].tolist()
    there = {tuple(x[t - length : t]) for x in blocks for t in range(length, len(x))}
    return torch.tensor([[tuple(x[t - length : t]) in there for t in range(FAR, len(x))] for x in names[part].tolist()])


def compressed(names):
    """Return the nats a character by which test text lengthens compressed training text."""
    train, test = ("".join(names["letters"][k] for k in names[part].flatten()) for part in ("train", "test"))
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
    short, long = (len(lzma.compress(x.encode(), lzma.FORMAT_RAW, filters=filters)) for x in (train, train + test))
    return (long - short) * 8 * math.log(2) / len(test)


def mixed(pairs):
    """Return the share of the network in the best average on validation text, and the nats of that on test text.

    `pairs` holds the probabilities of network and counts, by part.
    """
    averages = {s: {part: s * p + (1 - s) * q for part, (p, q) in pairs.items()} for s in SHARES}
    share = min(SHARES, key=lambda s: nats(averages[s]["valid"]))
    return share, averages[share]["test"]


def counting(seed, changes=()):
    """Return the nats of counts of each order, the best order on validation text, and that one's probabilities."""
    counts = counted(seed, changes=changes)
    orders = {part: {str(order): nats(q) for order, q in counts[part].items()} for part in counts}
    best = min(ORDERS, key=lambda order: orders["valid"][str(order)])
    return orders, best, {part: counts[part][best] for part in counts}


def ladder(seed, rates):
    """Return all numbers of one split: counts, and each cell after each number of rounds."""
    names = program.executed("13-text", [("manual_seed(0)", f"manual_seed({seed})")], until="pieces = ")
    old, (orders, best, counts) = known(names, "test"), counting(seed)
    kinds = {"all": old | ~old, "known": old, "new": ~old}

    def by_kind(p):
        return {kind: nats(p[mask]) for kind, mask in kinds.items()}

    found = {"seed": seed, "characters": len(names["text"]), "order": best, "counting": orders}
    found |= {"known": old.double().mean().item(), "compressor": compressed(names)}
    found |= {"counted": by_kind(counts["test"]), "runs": []}
    for cell, rounds in [(name, rounds) for name in CELLS for rounds in ROUNDS[name]]:
        names, seconds = run(seed, *CELLS[cell], rates[cell], rounds)
        chances = {part: read(names, part) for part in counts}
        share, average = mixed({part: (chances[part], counts[part]) for part in counts})
        row = {"cell": cell, "rounds": rounds, "seconds": seconds, "valid": nats(chances["valid"]), "share": share}
        row |= {"test": by_kind(chances["test"]), "average": by_kind(average)}
        if rounds == max(ROUNDS[cell]) > 45:
            other = ("n, rnn = ", f"torch.manual_seed({seed} + 7919)\nn, rnn = ")
            second = read(run(seed, *CELLS[cell], rates[cell], rounds, [other])[0], "test")
            row |= {"second": by_kind(second), "two": by_kind((chances["test"] + second) / 2)}
        found["runs"].append(row)
        record.say(seed, row)
    orders, best, counts = counting(seed, [ONCE])
    names, _ = run(seed, *CELLS["LSTM"], rates["LSTM"], max(ROUNDS["LSTM"]), [ONCE])
    found["once"] = {"characters": len(names["text"]), "known": known(names, "test").double().mean().item()}
    found["once"] |= {"order": best, "counting": nats(counts["test"]), "LSTM": nats(read(names, "test"))}
    record.say(seed, found["once"])
    return found


def tuned(cell_and_rate):
    """Return the nats on the validation text of the split for tuning, of a cell with a rate."""
    cell, rate = cell_and_rate
    names, _ = run(TUNING, *CELLS[cell], rate, 45)
    record.say(cell, rate, nats(read(names, "valid")))
    return nats(read(names, "valid"))


def discounted(off):
    """Return the nats on the validation text of the split for tuning, of counts of twelve with these discounts."""
    return nats(counted(TUNING, [12], [("0.8, 1.3, 1.7", off)])["valid"][12])


if __name__ == "__main__":
    shift = record.shift(__doc__)
    with ProcessPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        tried = [(cell, rate) for cell in GRID for rate in GRID[cell]]
        scores = dict(zip(tried, pool.map(tuned, tried), strict=True))
        rates = {cell: min(GRID[cell], key=lambda rate, cell=cell: scores[cell, rate]) for cell in GRID}
        splits = list(pool.map(partial(ladder, rates=rates), [seed + shift for seed in SEEDS]))
        discounts = dict(zip(DISCOUNTS, pool.map(discounted, DISCOUNTS), strict=True))
    torch.set_num_threads(1)
    tuning = {cell: {str(rate): scores[cell, rate] for rate in GRID[cell]} for cell in GRID}
    record.keep("text", {"tuning": tuning, "discounts": discounts, "rates": rates, "splits": splits}, shift=shift)
