"""Time `nn.RNN`, `nn.GRU` and `nn.LSTM` at equal width, with and without oneDNN, as chapter 5 states.

Usage: ``python benchmarks/cells.py``. Ratios are comparable between machines, seconds are not.
"""

import platform
import warnings
from datetime import date
from statistics import median
from time import perf_counter

import torch
from torch import nn

REPEATS = 31
KINDS = [nn.RNN, nn.GRU, nn.LSTM]
STEPS, INPUTS = 28, 28


def measure(size, batch, fast):
    """Return the median seconds of forward and backward for each kind, taken in turns."""
    torch.manual_seed(0)
    layers = [kind(INPUTS, size, batch_first=True) for kind in KINDS]
    x, times = torch.randn(batch, STEPS, INPUTS), [[] for _ in KINDS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a setting of matrix products that is not touched here
        with torch.backends.mkldnn.flags(enabled=fast):
            for _ in range(REPEATS):
                for layer, spent in zip(layers, times, strict=True):
                    start = perf_counter()
                    layer(x)[0].sum().backward()
                    spent.append(perf_counter() - start)
    return [median(spent) for spent in times]


def main():
    """Print a line for each setting."""
    torch.set_num_threads(1)
    print(f"{date.today()}, {platform.machine()}, torch {torch.__version__}, one thread")
    print(f"{STEPS} steps of {INPUTS} inputs, forward and backward; medians of {REPEATS}")
    for size in (32, 64, 128, 256):
        for batch in (1, 64):
            for fast in (True, False):
                rnn, gru, lstm = measure(size, batch, fast)
                name = f"units {size}, batch {batch}, oneDNN {'on' if fast else 'off'}:"
                print(f"{name:34} GRU {gru / rnn:.1f} and LSTM {lstm / rnn:.1f} of the RNN;", end=" ")
                print(f"LSTM {lstm / gru:.2f} of the GRU")


if __name__ == "__main__":
    main()
