"""Time `nn.RNN`, `nn.GRU` and `nn.LSTM` at equal width, with and without oneDNN.

Usage: ``python experiments/cells.py``. Ratios are comparable between machines, seconds are not.
"""

import warnings
from functools import partial
from statistics import median

import record
import torch
from torch import nn

REPEATS = 31
KINDS = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
STEPS, INPUTS = 28, 28
SIZES, BATCHES = (32, 64, 128, 256), (1, 64)
LIBRARY = {"with oneDNN": True, "without oneDNN": False}


def forward_and_backward(layer, x, library):
    """Go through a layer once, with oneDNN's routines or without."""
    with torch.backends.mkldnn.flags(enabled=library):
        layer(x)[0].sum().backward()


def measure(size, batch, seed):
    """Return the seconds of forward and backward and their ratios, with oneDNN and without."""
    torch.manual_seed(seed)
    layers = {name: kind(INPUTS, size, batch_first=True) for name, kind in KINDS.items()}
    x = torch.randn(batch, STEPS, INPUTS)
    ways = {
        (how, name): partial(forward_and_backward, layer, x, library)
        for how, library in LIBRARY.items()
        for name, layer in layers.items()
    }
    spent, found = record.interleaved(ways, REPEATS), {}
    for how in LIBRARY:
        seconds = {name: spent[how, name] for name in KINDS}
        middle = {name: median(times) for name, times in seconds.items()}
        ratios = {f"{a} of {b}": middle[a] / middle[b] for a, b in (("GRU", "RNN"), ("LSTM", "RNN"), ("LSTM", "GRU"))}
        found[how] = {"seconds": seconds, **ratios}
    return found


def main():
    """Measure each setting, print a line for each and keep the result."""
    shift = record.shift(__doc__)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # the switch of oneDNN warns of a setting that is not touched here
    record.say(f"{STEPS} steps of {INPUTS} inputs, forward and backward; medians of {REPEATS}")
    settings = {}
    for size in SIZES:
        for batch in BATCHES:
            name = f"{size} units, batch {batch}"
            settings[name] = measure(size, batch, shift)
            for how, found in settings[name].items():
                ratios = (f"{key} {ratio:.2f}" for key, ratio in found.items() if key != "seconds")
                record.say(f"{name + ', ' + how:36}", *ratios)
    content = {"settings": settings, "steps": STEPS, "inputs": INPUTS}
    for how in LIBRARY:
        ratios = [found[how]["LSTM of GRU"] for found in settings.values()]
        content[f"LSTM of GRU {how}"] = {"smallest": min(ratios), "largest": max(ratios)}
    record.keep("cells", content, shift=shift)


if __name__ == "__main__":
    main()
