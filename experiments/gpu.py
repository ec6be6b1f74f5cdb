"""Time recurrent layers on a GPU: one call against a loop over cells, and RNN, GRU and LSTM against each other.

Usage: ``python experiments/gpu.py``, under two minutes. Forward and backward, wall-clock seconds between
synchronisations. Without a GPU the result says so and holds no rows.
"""

import time
from functools import partial
from statistics import median

import record
import torch
from torch import nn

REPEATS, STEPS, BATCH, INPUTS = 21, 100, 64, 32
SIZES = (20, 64, 512)
KINDS = {"RNN": (nn.RNN, nn.RNNCell), "GRU": (nn.GRU, nn.GRUCell), "LSTM": (nn.LSTM, nn.LSTMCell)}


def call(layer, cell, x):
    """Return the states of one call."""
    return layer(x)[0]


def loop(layer, cell, x):
    """Return the states of a loop over a cell."""
    state, states = None, []
    for x_t in x:
        state = cell(x_t, state)
        states.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(states)


def once(way, *arguments):
    """Go forward and back, and wait for the GPU."""
    way(*arguments).sum().backward()
    torch.cuda.synchronize()


def measure(size, seed):
    """Return the median seconds of both ways for the three kinds."""
    torch.manual_seed(seed)
    x, ways = torch.randn(STEPS, BATCH, INPUTS, device="cuda"), {}
    for name, kinds in KINDS.items():
        layer, cell = (kind(INPUTS, size, device="cuda") for kind in kinds)
        ways |= {f"{name}, {way.__name__}": partial(once, way, layer, cell, x) for way in (call, loop)}
    for way in ways.values():  # what is loaded and chosen at the first call does not count
        way()
    spent = record.interleaved(ways, REPEATS, clock=time.perf_counter)
    return {name: median(times) for name, times in spent.items()}


def main():
    """Measure each size, print a line for each and keep the result."""
    shift, there = record.shift(__doc__), torch.cuda.is_available()
    rows = {f"{size} units": measure(size, shift) for size in SIZES} if there else {}
    for name, seconds in rows.items():
        record.say(name, *(f"{way} {1000 * part:.2f} ms" for way, part in seconds.items()))
    if not there:
        record.say("PyTorch finds no GPU here: nothing was measured.")
    gpu = torch.cuda.get_device_name() if there else None
    record.keep("gpu", {"gpu": gpu, "rows": rows, "steps": STEPS, "batch": BATCH, "inputs": INPUTS}, shift=shift)


if __name__ == "__main__":
    main()
