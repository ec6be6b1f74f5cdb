"""Time loops over a recurrence against one call of `nn.RNN`.

Usage: ``python experiments/rnn_loop.py``. Ratios are comparable between machines, seconds are not.
"""

from functools import partial
from statistics import median

import record
import torch
from torch import nn
from torch.nn.functional import linear

REPEATS = 41
SETTINGS = [(20, length) for length in (1, 10, 30, 100, 300)] + [(size, 100) for size in (64, 128, 256, 512)]


def call(layer, cell, x):
    """One call."""
    return layer(x)[0]


def over_cells(layer, cell, x):
    """Loop over `nn.RNNCell`."""
    h, states = None, []
    for x_t in x:
        h = cell(x_t, h)
        states.append(h)
    return torch.stack(states)


def plain(layer, cell, x):
    """Loop with the same operations as the cell and nothing else."""
    w_ih, w_hh, b_ih, b_hh = layer.parameters()
    h, states = x.new_zeros(x.shape[1], layer.hidden_size), []
    for x_t in x:
        h = torch.tanh(linear(x_t, w_ih, b_ih) + linear(h, w_hh, b_hh))
        states.append(h)
    return torch.stack(states)


def ahead(layer, cell, x):
    """Loop with the products of all inputs made beforehand."""
    w_ih, w_hh, b_ih, b_hh = layer.parameters()
    h, states = x.new_zeros(x.shape[1], layer.hidden_size), []
    for from_input in linear(x, w_ih, b_ih):
        h = torch.tanh(from_input + linear(h, w_hh, b_hh))
        states.append(h)
    return torch.stack(states)


def fused(layer, cell, x):
    """Loop with two operations a step."""
    w_ih, w_hh, b_ih, b_hh = layer.parameters()
    h, states = x.new_zeros(x.shape[1], layer.hidden_size), []
    weight_hh = w_hh.T
    for a_t in x @ w_ih.T + (b_ih + b_hh):
        h = torch.tanh(torch.addmm(a_t, h, weight_hh))
        states.append(h)
    return torch.stack(states)


WAYS = {"call": call, "cells": over_cells, "plain": plain, "ahead": ahead, "fused": fused}


def run(way, layer, cell, x, backward):
    """Go once through one of the ways, and back where gradients are asked for."""
    with torch.set_grad_enabled(backward):
        result = way(layer, cell, x)
        if backward:
            result.sum().backward()


def measure(size, length, seed, backward=True):
    """Return the seconds of each way, and its median as a multiple of one call's."""
    torch.manual_seed(seed)
    layer, cell, x = nn.RNN(32, size), nn.RNNCell(32, size), torch.randn(length, 16, 32)
    seconds = record.interleaved(
        {name: partial(run, way, layer, cell, x, backward) for name, way in WAYS.items()}, REPEATS
    )
    middle = {name: median(times) for name, times in seconds.items()}
    return {"seconds": seconds, "of one call": {name: middle[name] / middle["call"] for name in WAYS}}


def main():
    """Measure each setting, print a line for each and keep the result."""
    shift = record.shift(__doc__)
    torch.set_num_threads(1)
    record.say(f"16 sequences, 32 inputs; medians of {REPEATS}; one call of nn.RNN is 1")
    record.say(f"{'':34}", *(f"{name:>8}" for name in WAYS))
    content = {"with backward": {}, "without gradients": {}}
    for kind, settings in (("with backward", SETTINGS), ("without gradients", [(20, 100)])):
        for size, length in settings:
            name = f"{size} units, {length} steps"
            content[kind][name] = measure(size, length, shift, backward=kind == "with backward")
            ratios = content[kind][name]["of one call"].values()
            record.say(f"{name}, {kind}".ljust(34), *(f"{ratio:8.2f}" for ratio in ratios))
    record.keep("rnn_loop", content, shift=shift)


if __name__ == "__main__":
    main()
