"""Change one setting of the MNIST program at a time, and give a plain RNN several starts and rates.

Usage: ``python experiments/mnist_settings.py``, with MNIST in ``COURSE_DATA``. Training is on 50,000 images,
the scores are those of the 10,000 others of the training set: the test images are not read. Kept are the scores
of every seed and the CPU seconds of training.
"""

import contextlib
import time
from functools import partial
from statistics import mean

import mnist
import record
import torch
from torch import nn

SEEDS, MANY_SEEDS = range(3), range(10)
BASE = mnist.PROGRAM | {"passes": 4}
CHANGES = {
    "nothing changed": {},
    "no weight decay": {"weight_decay": 0.0},
    "weight decay 0.3": {"weight_decay": 0.3},
    "forget bias 1": {"forget_bias": 1.0},
    "forget bias 2": {"forget_bias": 2.0},
    "constant rate 0.001": {"one_cycle": False, "lr": 0.001},
    "constant rate 0.003": {"one_cycle": False, "lr": 0.003},
    "constant rate 0.01": {"one_cycle": False, "lr": 0.01},
    "1 pass": {"passes": 1},
    "2 passes": {"passes": 2},
    "8 passes": {"passes": 8},
    "1 row a step": {"rows": 1},
    "4 rows a step": {"rows": 4},
    "32 units": {"hidden": 32},
    "72 units": {"hidden": 72},
    "80 units": {"hidden": 80},
    "128 units": {"hidden": 128},
    "batch 64": {"batch": 64},
    "batch 64, rate 0.0075": {"batch": 64, "lr": 0.0075},
    "batch 256": {"batch": 256},
    "batch 256, rate 0.03": {"batch": 256, "lr": 0.03},
    "rate 0.005": {"lr": 0.005},
    "rate 0.02": {"lr": 0.02},
    "rate 0.03": {"lr": 0.03},
    "GRU": {"layer": nn.GRU},
}
PASSES, RATES = (1, 4), (0.001, 0.003, 0.01)
STARTS = ("PyTorch's", "orthogonal", "identity", "ReLU", "identity, ReLU")
HALF = {"RNN, 64 units, rate 0.01": (64, 0.01), "RNN, 138 units, rate 0.01": (138, 0.01)}
HALF |= {"RNN, 138 units, rate 0.003": (138, 0.003), "LSTM, 64 units, rate 0.01": (None, 0.01)}


def scored(model, data, seed, **settings):
    """Train a model; return the seconds it took and its score, that of the state reached where the loss is nan."""
    start = time.process_time()
    with contextlib.suppress(FloatingPointError):
        mnist.fit(model, data, seed, **settings)
    return time.process_time() - start, mnist.validate(model, data)


def table(data, seeds, tell):
    """Return scores and seconds for each change."""
    found = {}
    for name, change in CHANGES.items():
        rest = BASE | change
        build = {key: rest.pop(key) for key in ("rows", "forget_bias", "hidden", "layer") if key in rest}
        count = len(SEEDS) if change else len(MANY_SEEDS)
        found[name] = several(partial(mnist.new_model, **build), data, seeds[:count], rest, tell, name)
    return found


def plain(start, seed, hidden=138):
    """Return a plain RNN, by default of about as many parameters as an LSTM of 64 units, with some first weights."""
    torch.manual_seed(seed)
    layer = partial(nn.RNN, nonlinearity="relu" if "ReLU" in start else "tanh")
    model = mnist.RowClassifier(layer, hidden)
    with torch.no_grad():
        if start == "orthogonal":
            nn.init.orthogonal_(model.recurrent.weight_hh_l0)
        if "identity" in start:  # with ReLU: Le, Jaitly and Hinton 2015, arXiv 1504.00941, section 4
            nn.init.eye_(model.recurrent.weight_hh_l0)
            model.recurrent.bias_ih_l0.zero_()
            model.recurrent.bias_hh_l0.zero_()
    return model


def starts(data, seeds, tell):
    """Return scores and seconds of plain RNNs and of LSTMs, for each start, rate and number of passes."""
    kinds = {f"RNN, {name}": partial(plain, name) for name in STARTS}
    kinds |= {"LSTM, forget bias 1": partial(mnist.new_model, forget_bias=1.0), "LSTM, PyTorch's": mnist.new_model}
    found = {}
    for name, build in kinds.items():
        for passes in PASSES:
            for rate in RATES:
                settings = {"batch": 64, "lr": rate, "passes": passes, "one_cycle": True}
                found[f"{name}, rate {rate}, {passes} passes"] = several(build, data, seeds, settings, tell, name, rate)
    return found


def half_passes(data, seeds, tell):
    """Return the scores after 390 updates at a constant rate, as in the script that says that a plain RNN fails."""
    found = {}
    for name, (hidden, rate) in HALF.items():
        build = partial(plain, "PyTorch's", hidden=hidden) if hidden else mnist.new_model
        settings = {"batch": 64, "lr": rate, "passes": 0.5}
        found[name] = several(build, data, seeds, settings, tell, name)
    return found


def several(build, data, seeds, settings, tell, *names):
    """Train a model a seed; return their scores, the mean and the seconds."""
    runs = [scored(build(seed), data, seed, **settings) for seed in seeds]
    found = {"seconds": [run[0] for run in runs], "accuracy": [run[1] for run in runs]}
    found["mean"] = mean(found["accuracy"])
    tell(*names, settings["passes"], f"{found['mean']:.2%}", f"{mean(found['seconds']):.1f} s")
    return found


class Shuffled(nn.Module):
    """A model that gets its images with the rows in another order, or each image in an order of its own."""

    def __init__(self, model, seed, each=False):
        super().__init__()
        self.model, self.each = model, each
        self.order = torch.randperm(28, generator=torch.Generator().manual_seed(seed))

    def forward(self, images):
        """Return the scores (N, 10) of images (N, 28, 28)."""
        if not self.each:
            return self.model(images[:, self.order])
        orders = torch.rand(len(images), 28, 1).argsort(dim=1).expand(-1, -1, 28)
        return self.model(images.gather(1, orders))


def controls(data, seeds, tell):
    """Return the scores of models to which the order of the rows says less, or nothing."""
    base = {key: value for key, value in BASE.items() if key != "rows"}
    new = mnist.new_model
    ways = {"rows in order": (new, base)}
    ways["rows shuffled, one order"] = (lambda seed: Shuffled(new(seed), seed), base)
    ways["rows shuffled, an order an image"] = (lambda seed: Shuffled(new(seed), seed, each=True), base)

    def linear(seed):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

    ways |= {f"logistic regression, rate {rate}": (linear, base | {"lr": rate}) for rate in RATES}
    return {name: several(build, data, seeds, settings, tell, name) for name, (build, settings) in ways.items()}


def main():
    """Train everything, print a line for each setting and keep the scores."""
    shift = record.shift(__doc__)
    data, _ = mnist.load()
    many, seeds = ([seed + shift for seed in part] for part in (MANY_SEEDS, SEEDS))
    content = {"seeds": many, "settings": table(data, many, record.say)}
    content["half a pass"] = half_passes(data, many, record.say)
    content |= {"starts": starts(data, seeds, record.say), "controls": controls(data, seeds, record.say)}
    record.keep("mnist_settings", content, shift=shift)


if __name__ == "__main__":
    main()
