"""Time a linear recurrence as a loop and as scans, forward and backward, beside one call of `nn.RNN`.

Usage: ``python experiments/scan_lengths.py``, five minutes, one thread. Measured twice: as the system hands out
memory, and, on Linux, in a process that keeps what it got (environment variables of glibc's ``malloc``). *doubling* is
the scan of W. D. Hillis and G. L. Steele, 1986: log2(L) times the whole length. Medians of CPU seconds; where there is
a GPU the same on it, in seconds between synchronisations. Kept are the largest differences between the states, too.
"""

import json
import os
import subprocess
import sys
import time
from functools import partial
from statistics import median

import record
import torch
from torch import nn

from course_utils.scan import loop, scan

KEEP = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "9999999999", "MALLOC_TOP_PAD_": "500000000"}
REPEATS, LENGTHS = 7, (16, 64, 256, 1024, 4096)
SIZES = {"1 of 16": (1, 16), "16 of 64": (16, 64), "64 of 128": (64, 128)}  # sequences, and numbers in a state


def doubling(a, b):
    """Return the states: after k rounds each step holds what the last 2^k have made of a state zero."""
    far = 1
    while far < a.shape[1]:
        b = torch.cat([b[:, :far], a[:, far:] * b[:, :-far] + b[:, far:]], dim=1)
        a = torch.cat([a[:, :far], a[:, far:] * a[:, :-far]], dim=1)
        far *= 2
    return b


def both_ways(way, inputs, device):
    """Go forward and back, and wait for the GPU if there is one."""
    way(*inputs).sum().backward()
    if device == "cuda":
        torch.cuda.synchronize()


def measure(device):
    """Return median seconds and differences for all sizes and lengths on a device."""
    clock, found = time.process_time if device == "cpu" else time.perf_counter, {}
    for name, (count, size) in SIZES.items():
        rows = found[name] = {"length": list(LENGTHS), "difference": []}
        for length in LENGTHS:
            a = torch.rand(count, length, size, device=device).mul(0.2).add(0.8).requires_grad_()
            b, layer = torch.randn_like(a).requires_grad_(), nn.RNN(size, size, batch_first=True, device=device)
            ways = {way.__name__: partial(both_ways, way, (a, b), device) for way in (loop, scan, doubling)}
            ways["nn.RNN"] = partial(both_ways, lambda x, layer=layer: layer(x)[0], (b,), device)
            for way in ways.values():
                way()
            for way, spent in record.interleaved(ways, REPEATS, clock=clock).items():
                rows.setdefault(way, []).append(median(spent))
            rows["difference"].append((loop(a, b) - scan(a, b)).abs().max().item())
            record.say(device, name, length, *(f"{way} {rows[way][-1] * 1e3:.1f}" for way in ways))
    return found


def main():
    """Time on the CPU and, where there is one, on the GPU, and keep the results."""
    shift = record.shift(__doc__)
    torch.set_num_threads(1)
    torch.manual_seed(shift)
    content = {"cpu": measure("cpu"), "cpu, memory kept": {}, "gpu": {}}
    if sys.platform == "linux":
        code = (
            "import json, torch, scan_lengths; torch.set_num_threads(1); print(json.dumps(scan_lengths.measure('cpu')))"
        )
        done = subprocess.run([sys.executable, "-c", code], env=os.environ | KEEP, stdout=subprocess.PIPE, check=True)
        content["cpu, memory kept"] = json.loads(done.stdout)
    if torch.cuda.is_available():
        content["gpu"] = {"name": torch.cuda.get_device_name(), **measure("cuda")}
    record.keep("scan_lengths", content, shift=shift)


if __name__ == "__main__":
    main()
