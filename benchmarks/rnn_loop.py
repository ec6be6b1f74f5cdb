"""Time loops over a recurrence against one call of `nn.RNN`, as chapter 4 does.

Usage: ``python benchmarks/rnn_loop.py``. Ratios are comparable between machines, seconds are not.
"""

import platform
from datetime import date
from statistics import median
from time import perf_counter

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


WAYS = [call, over_cells, plain, ahead, fused]


def measure(size, length, backward=True):
    """Return the median time of each way as a multiple of one call's, taken in turns."""
    torch.manual_seed(0)
    layer, cell, x = nn.RNN(32, size), nn.RNNCell(32, size), torch.randn(length, 16, 32)
    times = {way: [] for way in WAYS}
    with torch.set_grad_enabled(backward):
        for _ in range(REPEATS):
            for way in WAYS:
                start = perf_counter()
                result = way(layer, cell, x)
                if backward:
                    result.sum().backward()
                times[way].append(perf_counter() - start)
    middle = [median(spent) for spent in times.values()]
    return [time / middle[0] for time in middle]


def main():
    """Print a line for each setting."""
    torch.set_num_threads(1)
    print(f"{date.today()}, {platform.machine()}, torch {torch.__version__}, one thread")
    print(f"16 sequences, 32 inputs; medians of {REPEATS}; one call of nn.RNN is 1")
    print(f"{'':34}", *(f"{way.__name__:>10}" for way in WAYS))
    for size, length in SETTINGS:
        ratios = measure(size, length)
        print(f"units {size}, steps {length}, with backward".ljust(34), *(f"{ratio:10.2f}" for ratio in ratios))
    ratios = measure(20, 100, backward=False)
    print("units 20, steps 100, no gradients".ljust(34), *(f"{ratio:10.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()
