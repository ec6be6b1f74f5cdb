"""Time on a GPU recurrent layers, as one call and as a loop over cells, and the program for MNIST with larger batches.

Usage: ``python experiments/gpu.py``, with MNIST in ``COURSE_DATA``, under two minutes. Layers: forward and backward,
wall-clock seconds between synchronisations. Program: its training alone; rates and passes of the larger batches
were not searched for. Without a GPU the result says so and holds no rows.
"""

import time
from functools import partial
from statistics import median

import executed
import record
import torch
from torch import nn

REPEATS, STEPS, BATCH, INPUTS = 21, 100, 64, 32
SIZES = (20, 64, 512)
TRAINING = {64: (0.015, 4), 512: (0.02, 4), 2048: (0.03, 10)}  # for each batch a rate and passes
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


def program(batch, seed):
    """Train the program for MNIST with another batch; return seconds and the share of the test images."""
    changes = [
        ("manual_seed(0)", f"manual_seed({seed})"),
        ("BATCH, RATE, PASSES = 128, 0.015, 4", "BATCH, RATE, PASSES = settings"),
        ("for number in range(1", "start = clock()\nfor number in range(1"),
        ("test_images, test_labels = read", "seconds = clock() - start\ntest_images, test_labels = read"),
        ('print(f"{share(', 'reached = (f"{share('),
    ]
    given = {"clock": time.perf_counter, "settings": (batch, *TRAINING[batch])}  # .item() waits at each step
    names = executed.executed("07-lstm-mnist", changes, given=given)
    return {"seconds": names["seconds"], "reached": names["reached"], "device": names["device"]}


def main():
    """Measure each size and each batch, print a line for each and keep the result."""
    shift, there = record.shift(__doc__), torch.cuda.is_available()
    rows = {f"{size} units": measure(size, shift) for size in SIZES} if there else {}
    for name, seconds in rows.items():
        record.say(name, *(f"{way} {1000 * part:.2f} ms" for way, part in seconds.items()))
    if not there:
        record.say("PyTorch finds no GPU here: nothing was measured.")
    trained = {f"batch {batch}": program(batch, shift) for batch in TRAINING} if there else {}
    for name, found in trained.items():
        record.say(name, f"{found['seconds']:.1f} s", found["reached"])
    gpu = torch.cuda.get_device_name() if there else None
    content = {"gpu": gpu, "rows": rows, "steps": STEPS, "batch": BATCH, "inputs": INPUTS, "program": trained}
    record.keep("gpu", content, shift=shift)


if __name__ == "__main__":
    main()
