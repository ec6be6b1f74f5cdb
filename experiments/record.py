"""What the experiments share: how they time, and how they keep what they measured."""

import argparse
import json
import os
import platform
import re
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path

import torch

RESULTS = Path(__file__).with_name("results")
say = partial(print, file=sys.stderr, flush=True)  # the summary for a reader; stdout is left to the JSON


def shift(about):
    """Return what the command line adds to every seed, 0 by default."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--shift", type=int, default=0, help="add this to every seed, and print instead of keeping")
    return parser.parse_args().shift


def interleaved(ways, repeats, clock=time.process_time):
    """Time callables in turns, one repeat of each, so that whatever slows the machine slows all of them.

    `ways` holds callables without arguments by name; the answer holds for each name all `repeats` times. The
    clock counts CPU seconds by default: what other programs take is not in them.
    """
    spent = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            start = clock()
            way()
            spent[name].append(clock() - start)
    return spent


def machine():
    """Return when and on what a result was measured; nothing that says where or by whom."""
    info = Path("/proc/cpuinfo")  # Linux has it, and platform.processor() is often empty there
    model = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8") if info.exists() else "")
    return {
        "date": date.today().isoformat(),
        "cpu": model[1].strip() if model else platform.processor() or platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
    }


def rounded(content):
    """Return content with every float rounded to four significant digits."""
    if isinstance(content, dict):
        return {name: rounded(part) for name, part in content.items()}
    if isinstance(content, list | tuple):
        return [rounded(part) for part in content]
    return float(f"{content:.4g}") if isinstance(content, float) else content


def keep(name, content, *, shift=0, folder=RESULTS):
    """Write a result to ``NAME.json`` in `folder`; with shifted seeds print it instead."""
    text = json.dumps(rounded({"machine": machine(), **content}), indent=1, sort_keys=True, ensure_ascii=False)
    # A list of numbers stays on one line.
    text = re.sub(r"\[[^][{}]*\]", lambda part: "[" + " ".join(part[0][1:-1].split()) + "]", text) + "\n"
    if shift:
        sys.stdout.write(text)
    else:
        (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")
