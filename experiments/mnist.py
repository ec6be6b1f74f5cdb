"""Time the classic MNIST loop against the course's, and what else is said of the cost of training.

Usage: ``python experiments/mnist.py``, with MNIST in ``COURSE_DATA``. Training is on 50,000 images, and the
run lengths are compared on the 10,000 others of the training set; the test images are not read. Ratios are
of CPU seconds, measured in turns on one thread; testing is not part of any time.
"""

import time
import warnings
from functools import partial
from statistics import mean, median

import record
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from course_utils import digits
from course_utils.training import evaluate, train

SEEDS, REPEATS, FIT = range(5), 5, 50_000
LENGTHS = range(1, 5)  # passes over the images
MARKS = {"95 %": 0.95, "97 %": 0.97, "98 %": 0.98, "98.5 %": 0.985}
CLASSIC = {"rows": 1, "batch": 64, "lr": 0.01}  # the settings of the widely copied script: a constant rate
FIRST = CLASSIC | {"one_cycle": True, "forget_bias": 1.0}  # of the course's first edition
PROGRAM = {"rows": 2, "batch": 128, "lr": 0.015, "one_cycle": True, "weight_decay": 0.1}

LOOPS = {"classic, tensors": CLASSIC, "first edition": FIRST, "program": PROGRAM}


class RowClassifier(nn.Module):
    """A recurrent layer that reads an image some rows a step, and a linear one behind its last output."""

    def __init__(self, layer, hidden, rows=1):
        super().__init__()
        self.features = 28 * rows
        self.recurrent = layer(self.features, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 10)

    def forward(self, images):
        """Return the scores (N, 10) of images (N, 28, 28)."""
        x = images.reshape(len(images), -1, self.features)
        return self.linear(self.recurrent(x)[0][:, -1])


def new_model(seed, layer=nn.LSTM, hidden=64, rows=1, forget_bias=None):
    """Return an untrained model; `forget_bias` is the sum of the two biases of an LSTM's forget gates."""
    torch.manual_seed(seed)
    model = RowClassifier(layer, hidden, rows)
    if forget_bias is not None:
        with torch.no_grad():
            model.recurrent.bias_ih_l0[hidden : 2 * hidden] = forget_bias
            model.recurrent.bias_hh_l0[hidden : 2 * hidden] = 0
    return model


def validate(model, data):
    """Return the share of right answers on the images that no run is trained on."""
    return evaluate(model, data.train_images[FIT:], data.train_labels[FIT:])


def fit(model, data, seed, *, batch, lr, passes=1, **settings):
    """Train for some passes over the first 50,000 images."""
    steps, images, labels = int(passes * FIT / batch), data.train_images[:FIT], data.train_labels[:FIT]
    train(model, images, labels, steps=steps, batch=batch, lr=lr, seed=seed, **settings)


def classic_epoch(model, optimizer, loader):
    """Train for one pass as the classic script does."""
    model.train()
    for images, labels in loader:
        loss = cross_entropy(model(images.view(-1, 28, 28)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def whole_runs(data, root, seeds):
    """Return validation accuracy and seconds of each loop, for each seed and length of a run."""
    stored = Subset(MNIST(root, transform=ToTensor()), range(FIT))
    found = {name: {} for name in ("classic", *LOOPS)}
    for seed in seeds:
        models = {"classic": new_model(seed)}
        optimizer = torch.optim.Adam(models["classic"].parameters(), lr=CLASSIC["lr"])
        loader = DataLoader(stored, batch_size=CLASSIC["batch"], shuffle=True)
        before = 0.0  # seconds of the classic loop's passes so far: it goes on from pass to pass
        for length in LENGTHS:
            ways = {"classic": partial(classic_epoch, models["classic"], optimizer, loader)}
            for name, settings in LOOPS.items():
                rest = settings | {"passes": length}
                build = {key: rest.pop(key) for key in ("rows", "forget_bias") if key in rest}
                models[name] = new_model(seed, **build)
                ways[name] = partial(fit, models[name], data, seed, **rest)
            for name, (seconds,) in record.interleaved(ways, 1).items():
                if name == "classic":
                    before = seconds = before + seconds
                run = found[name].setdefault(str(length), {"accuracy": [], "seconds": []})
                run["accuracy"].append(validate(models[name], data))
                run["seconds"].append(seconds)
    for run in (run for runs in found.values() for run in runs.values()):
        run["mean accuracy"], run["median seconds"] = mean(run["accuracy"]), median(run["seconds"])
    return found


def shortest(runs):
    """Return for each mark the seconds of the shortest run whose mean is above it, for each loop."""
    found = {}
    for name, mark in MARKS.items():
        above = {loop: [run for run in runs[loop].values() if run["mean accuracy"] >= mark] for loop in runs}
        found[name] = {loop: min((run["median seconds"] for run in above[loop]), default=None) for loop in runs}
    return found


def compared(seconds, first):
    """Return times with their medians, and the medians as multiples of the first one's."""
    middle = {name: median(times) for name, times in seconds.items()}
    return {"seconds": seconds, "median": middle, "multiple": {name: middle[name] / middle[first] for name in middle}}


def passes(data, seed):
    """Return the seconds of one pass of several layers, with oneDNN's routines and without."""

    def run(library=True, layer=nn.LSTM, hidden=64):
        with torch.backends.mkldnn.flags(enabled=library):
            fit(new_model(seed, layer, hidden), data, seed, batch=64, lr=0.001)

    # Hidden sizes with about equal numbers of parameters.
    layers = {"LSTM": {}, "GRU": {"layer": nn.GRU, "hidden": 75}, "RNN": {"layer": nn.RNN, "hidden": 138}}
    ways = {name: partial(run, **model) for name, model in layers.items()}
    ways |= {f"{name} without oneDNN": partial(run, library=False, **model) for name, model in layers.items()}
    return compared(record.interleaved(ways, REPEATS), "LSTM")


def threads(data, seed):
    """Return the time of a few steps on one thread and on two, on the clock: CPU seconds would count both threads."""

    def run(count):
        torch.set_num_threads(count)
        train(new_model(seed), data.train_images, data.train_labels, steps=30, batch=64, lr=0.001)
        torch.set_num_threads(1)

    spent = record.interleaved({"one": partial(run, 1), "two": partial(run, 2)}, 40, clock=time.perf_counter)
    # Other programs can only lengthen a time on the clock: the shortest says most.
    return {"seconds on the clock": spent, "two of one, shortest": min(spent["two"]) / min(spent["one"])}


def reading(data, root):
    """Return the seconds of reading all training images once in batches of 64, without a network."""

    def loader():
        for _ in DataLoader(MNIST(root, transform=ToTensor()), batch_size=64, shuffle=True):
            pass

    def tensors():
        for rows in torch.randperm(60_000).split(64):
            data.train_images[rows], data.train_labels[rows]

    return compared(record.interleaved({"DataLoader with ToTensor": loader, "tensors": tensors}, REPEATS), "tensors")


def load():
    """Return MNIST and its folder, with one thread and without the warning of oneDNN's switch."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # the switch warns of a setting that is not touched here
    data = digits.load()
    if data.name != "MNIST":
        raise SystemExit(data.note)
    return data, digits.find_root()


def main():
    """Measure everything, print it and keep it."""
    shift = record.shift(__doc__)
    data, root = load()
    seeds = [seed + shift for seed in SEEDS]
    runs = whole_runs(data, root, seeds)
    four = {name: run["4"]["seconds"] for name, run in runs.items()}
    ratio = median(new / old for new, old in zip(four["program"], four["first edition"], strict=True))
    content = {"seeds": seeds, "runs": runs, "shortest run above": shortest(runs), "pass": passes(data, shift)}
    content |= {"threads": threads(data, shift), "reading": reading(data, root), "program of first edition": ratio}
    for name, lengths in runs.items():
        for length, run in lengths.items():
            record.say(f"{name}, {length} passes: {run['mean accuracy']:.2%} after {run['median seconds']:.1f} s")
    record.say("the program's seconds of the first edition's:", record.rounded(ratio))
    record.say("shortest run above, s:", record.rounded(content["shortest run above"]))
    record.say("one pass, of the LSTM's:", record.rounded(content["pass"]["multiple"]))
    record.say("two threads of one:", record.rounded(content["threads"]["two of one, shortest"]))
    record.say("reading, s:", record.rounded(content["reading"]["median"]))
    record.keep("mnist", content, shift=shift)


if __name__ == "__main__":
    main()
