"""Measure what a GRU step costs in milliseconds, megabytes and seconds to the first answer, by the way it is served.

Usage: ``python experiments/serving.py``, eight minutes, one thread; needs onnx, onnxscript, onnxruntime and a C++
compiler. Each way runs in a process of its own that imports only what it needs: first answer by the wall clock, from
the start of the process, files in the system's cache, but nothing compiled before; milliseconds a step as medians of
CPU time; memory as the largest resident size of the process in megabytes, on Linux. The weights are as PyTorch draws
them, 5 inputs, one layer and a linear layer; each is held against `nn.GRU` over 200 steps. *Eight bits* is PyTorch's
dynamic quantisation: weights in eight bits, and activations for each product. *Program* is what one reading costs in
the chapter's program, in milliseconds: its `answer` with all checks, the call of the network in it, and saving.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import executed as program
import numpy as np
import record
import torch
from torch import nn

FEATURES, SIZES, BATCHES, REPEATS, STEPS = 5, (32, 512), (1, 64), 3, 200

# Each way defines step(x, h) from numpy to numpy, for a folder and a size.
PYTORCH = """
import torch
torch.set_num_threads(1)
torch.set_grad_enabled(False)
def wrapped(call):
    def step(x, h):
        y, h = call(torch.from_numpy(x), torch.from_numpy(h))
        return y.numpy(), h.numpy()
    return step
class Step(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.gru = (torch.nn.GRU if kind == "layer" else torch.nn.GRUCell)(FEATURES, SIZE)
        self.head = torch.nn.Linear(SIZE, 1)
        weights = torch.load("weights.pt", weights_only=True)
        self.load_state_dict(weights if kind == "layer" else {k.replace("_l0", ""): w for k, w in weights.items()})
        self.eval()
    def forward(self, x, h):
        h = self.gru(x[None], h[None])[1][0] if self.kind == "layer" else self.gru(x, h)
        return self.head(h)[:, 0], h
"""
HALF = """
half = Step("layer").to(torch.KIND)
step = wrapped(lambda x, h: [part.float() for part in half(x.to(torch.KIND), h.to(torch.KIND))])
"""
FUNCTION = """
weights = torch.load("weights.pt", weights_only=True)
cell, (w, b) = list(weights.values())[:4], list(weights.values())[4:]
def call(x, h):
    h = torch.gru_cell(x, h, *cell)
    return torch.addmv(b, h, w[0]), h
step = wrapped(call)
"""
WAYS = {
    "nn.GRU": PYTORCH + "step = wrapped(Step('layer'))",
    "nn.GRUCell": PYTORCH + "step = wrapped(Step('cell'))",
    "torch.gru_cell": PYTORCH + FUNCTION,
    "float16": PYTORCH + HALF.replace("KIND", "float16"),
    "bfloat16": PYTORCH + HALF.replace("KIND", "bfloat16"),
    "torch.export": PYTORCH.split("class Step")[0] + "step = wrapped(torch.export.load('step.pt2').module())",
    "torch.compile": PYTORCH + "step = wrapped(torch.compile(Step('cell'), dynamic=True))",
    "eight bits": PYTORCH
    + """
import warnings
warnings.simplefilter("ignore")
model = Step("layer")
step = wrapped(torch.ao.quantization.quantize_dynamic(model, {torch.nn.GRU, torch.nn.Linear}))
""",
    "ONNX Runtime": """
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession("step.onnx", options)
def step(x, h):
    return session.run(None, {"x": x, "h": h})
""",
    "NumPy": """
weights = numpy.load("weights.npz")
w_x, w_h, b_x, b_h = (weights[f"gru.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
w_x, w_h = numpy.ascontiguousarray(w_x.T), numpy.ascontiguousarray(w_h.T)
w_y, b_y = weights["head.weight"][0], weights["head.bias"][0]
def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))
def step(x, h):
    r_x, z_x, n_x = numpy.split(x @ w_x + b_x, 3, axis=1)
    r_h, z_h, n_h = numpy.split(h @ w_h + b_h, 3, axis=1)
    z, n = sigmoid(z_x + z_h), numpy.tanh(n_x + sigmoid(r_x + r_h) * n_h)
    h = (1 - z) * n + z * h
    return h @ w_y + b_y, h
""",
}
CHILD = """
import json, time
import numpy
FEATURES, SIZE, BATCH, STEPS = {features}, {size}, {batch}, {steps}
{way}
x = numpy.random.default_rng(0).normal(size=(STEPS, BATCH, FEATURES)).astype("float32")
zero = numpy.zeros((BATCH, SIZE), "float32")
step(x[0], zero)
first = time.time()
times = []
for _ in range(20):
    h, answers, start = zero, [], time.process_time()
    for x_t in x:
        y, h = step(x_t, h)
        answers.append(y)
    times.append((time.process_time() - start) / STEPS)
try:  # Linux; what getrusage has is that of the parent, too
    peak = [int(line.split()[1]) / 1000 for line in open("/proc/self/status") if line.startswith("VmHWM")][0]
except OSError:
    peak = 0
print(json.dumps([first, sorted(times)[10] * 1000, peak, [float(y) for y in numpy.concatenate(answers)]]))
"""


class Step(nn.Module):
    """A step of the chapter's forecaster: readings and states in, forecasts and states out."""

    def __init__(self, size):
        super().__init__()
        self.gru, self.head = nn.GRU(FEATURES, size), nn.Linear(size, 1)

    def forward(self, x, h):
        """Take (N, F) and (N, H), return (N) and (N, H)."""
        out, h = self.gru(x[None], h[None])
        return self.head(out[0])[:, 0], h[0]


def write(folder, size):
    """Write the files that the ways read, and return the size of each in megabytes."""
    step, n = Step(size).eval(), torch.export.Dim("N")
    torch.save(step.state_dict(), folder / "weights.pt")
    np.savez(folder / "weights.npz", **{name: value.numpy() for name, value in step.state_dict().items()})
    example = torch.zeros(2, FEATURES), torch.zeros(2, size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the GRU's flat weights
        exported = torch.export.export(step, example, dynamic_shapes=({0: n}, {0: n}))
        torch.export.save(exported, folder / "step.pt2")
        names = {"input_names": ["x", "h"], "output_names": ["y", "h_n"]}
        torch.onnx.export(exported, f=folder / "step.onnx", dynamo=True, external_data=False, verbose=False, **names)
    return {
        name: (folder / name).stat().st_size / 1e6 for name in ("weights.pt", "weights.npz", "step.pt2", "step.onnx")
    }


def run(way, folder, size, batch):
    """Serve in a new process; return seconds to the first answer, milliseconds a step, megabytes, and the answers."""
    code = CHILD.format(features=FEATURES, size=size, batch=batch, steps=STEPS, way=WAYS[way])
    start = time.time()
    environment = (
        os.environ
        | {"TORCHINDUCTOR_CACHE_DIR": tempfile.mkdtemp(dir=folder)}
        | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, check=True)
    first, step, peak, answers = json.loads(done.stdout)
    return first - start, step, peak, np.array(answers)


def program_costs():
    """Return the milliseconds of one reading in the chapter's program: answer, the network in it, and saving."""
    names = program.executed("15-in-production", [("32, 800, ", "32, 1, ")], until="done = ")
    table, rows = names["table"], []
    for time_of, values in zip(table.index[-STEPS:], table.to_numpy()[-STEPS:], strict=True):
        rows.append({"time": str(time_of)} | dict(zip(table.columns, map(str, values), strict=True)))
    x, h = torch.zeros(1, FEATURES), torch.zeros(1, 32)
    state, spent = [h, str(table.index[-STEPS - 1]), table.to_numpy()[-STEPS - 1].tolist()], []
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            start = time.process_time()
            _, state = names["answer"](row, *state)
            answered = time.process_time()
            names["head"](names["gru"](x, h)[0][-1]).item()
            computed = time.process_time()
            torch.save([*names["saved"], state], Path(folder, "part"))
            os.replace(Path(folder, "part"), Path(folder, "whole"))
            spent.append((answered - start, computed - answered, time.process_time() - computed))
    return dict(zip(("answer", "network", "saving"), np.median(spent, axis=0) * 1000, strict=True))


def main():
    """Measure all ways and keep the results."""
    shift = record.shift(__doc__)
    torch.set_num_threads(1)
    torch.manual_seed(shift)
    content = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            found = {"files": write(Path(name), size)}
            for batch in BATCHES:
                rows, right = {}, run("nn.GRU", Path(name), size, batch)[3]
                for way in WAYS:
                    runs = [run(way, Path(name), size, batch) for _ in range(REPEATS)]
                    first, step, peak = (float(np.median(part)) for part in list(zip(*runs, strict=True))[:3])
                    rows[way] = {"first": first, "step": step, "memory": peak}
                    rows[way]["difference"] = float(abs(runs[0][3] - right).max())
                    record.say(size, batch, way, rows[way])
                found[f"batch {batch}"] = rows
            content[str(size)] = found
    content["program"] = program_costs()
    record.say(content["program"])
    record.keep("serving", content, shift=shift)


if __name__ == "__main__":
    main()
