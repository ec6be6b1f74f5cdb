"""Time the classic MNIST loop against the course's, and what else is said of the cost of training.

Usage: ``python experiments/mnist.py``, with MNIST in ``COURSE_DATA``. Ratios are comparable
between machines, seconds are not. Testing is not part of any time.
"""

import time
import warnings
from functools import partial
from statistics import mean, median

import record
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from course_utils import digits
from course_utils.training import evaluate, train

SEEDS, MANY_SEEDS = range(3), range(10)
MARKS = {"95 %": 0.95, "97 %": 0.97, "98 %": 0.98, "98½ %": 0.985}
EPOCHS = 6  # of the classic loop
PASSES = (1, 2, 4, 6)  # over the images: the lengths of the course's one-cycle runs
REPEATS = 5
VALIDATION = "validation accuracy of one pass"
VARIANTS = {"as it is": {}, "forget bias 1": {"forget_bias": 1.0}, "clipping at 1": {"clip": 1.0}}


class RowClassifier(nn.Module):
    """A recurrent layer that reads an image row by row, and a linear one behind its last output."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.linear = nn.Linear(recurrent.hidden_size, 10)

    def forward(self, x):
        """Return the scores (N, 10) of images (N, L, H_in)."""
        return self.linear(self.recurrent(x)[0][:, -1])  # (N, 10)


def new_model(seed, layer=nn.LSTM, hidden=64, features=28, forget_bias=None):
    """Return an untrained model, by default the course's LSTM."""
    torch.manual_seed(seed)
    model = RowClassifier(layer(features, hidden, batch_first=True))
    if forget_bias is not None:
        with torch.no_grad():
            model.recurrent.bias_ih_l0[hidden : 2 * hidden] = forget_bias
            model.recurrent.bias_hh_l0[hidden : 2 * hidden] = 0
    return model


def classic_epoch(model, optimizer, loader):
    """Train for one epoch as the classic script does."""
    model.train()
    for images, labels in loader:
        loss = cross_entropy(model(images.view(-1, 28, 28)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def one_pass(model, data, *, passes=1, features=28, **settings):
    """Train for some passes over the training images in batches of 64."""
    images = data.train_images.reshape(len(data.train_images), -1, features)
    train(model, images, data.train_labels, steps=passes * 938, batch=64, **settings)


def whole_runs(data, root, seeds):
    """Return test accuracy and seconds of training of both loops, for each seed and length of a run."""
    found = {"classic": {}, "course": {}}
    for seed in seeds:
        old = new_model(seed)
        optimizer = torch.optim.Adam(old.parameters(), lr=0.01)
        shuffling = torch.Generator().manual_seed(seed)
        loader = DataLoader(MNIST(root, transform=ToTensor()), batch_size=64, shuffle=True, generator=shuffling)
        epoch = partial(classic_epoch, old, optimizer, loader)
        before = 0.0  # seconds of the classic run's epochs so far
        for length in range(1, EPOCHS + 1):
            models, ways = {"classic": old}, {"classic": epoch}  # which goes on from the epoch before
            if length in PASSES:
                models["course"] = new_model(seed, forget_bias=1.0)
                settings = {"passes": length, "lr": 0.01, "one_cycle": True, "seed": seed}
                ways["course"] = partial(one_pass, models["course"], data, **settings)
            for name, (seconds,) in record.interleaved(ways, 1).items():
                if name == "classic":
                    before = seconds = before + seconds
                run = found[name].setdefault(str(length), {"seeds": [], "accuracy": [], "seconds": []})
                run["seeds"].append(seed)
                run["accuracy"].append(evaluate(models[name], data.test_images, data.test_labels))
                run["seconds"].append(seconds)
    for run in (run for runs in found.values() for run in runs.values()):
        run["median accuracy"], run["median seconds"] = median(run["accuracy"]), median(run["seconds"])
    return found


def shortest(runs):
    """Return for each mark the seconds of the shortest run that ends above it, by medians, and their ratio."""
    found = {}
    for name, mark in MARKS.items():
        above = {loop: [run for run in runs[loop].values() if run["median accuracy"] >= mark] for loop in runs}
        seconds = {loop: min((run["median seconds"] for run in above[loop]), default=None) for loop in runs}
        ratio = seconds["classic"] / seconds["course"] if all(seconds.values()) else None
        found[name] = {**seconds, "classic of course": ratio}
    return found


def compared(seconds, first):
    """Return times with their medians, and the medians as multiples of the first one's."""
    middle = {name: median(times) for name, times in seconds.items()}
    return {"seconds": seconds, "median": middle, "multiple": {name: middle[name] / middle[first] for name in middle}}


def passes(data, seed):
    """Return the seconds of one pass of several layers, with oneDNN's routines and without."""

    def run(library=True, features=28, **model):
        with torch.backends.mkldnn.flags(enabled=library):
            one_pass(new_model(seed, features=features, **model), data, features=features, lr=0.001)

    # Hidden sizes with about equal numbers of parameters.
    layers = {"LSTM": {}, "GRU": {"layer": nn.GRU, "hidden": 75}, "RNN": {"layer": nn.RNN, "hidden": 138}}
    ways = {name: partial(run, **model) for name, model in layers.items()}
    ways["LSTM, two rows a step"] = partial(run, features=56)
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


def variants(data, seeds):
    """Return the validation accuracy after one pass of each variant, for every seed."""
    found = {}
    for name, change in VARIANTS.items():
        scores = []
        for seed in seeds:
            model = new_model(seed, forget_bias=change.get("forget_bias"))
            settings = {"steps": 781, "batch": 64, "lr": 0.01, "one_cycle": True, "clip": change.get("clip")}
            train(model, data.train_images[:50_000], data.train_labels[:50_000], seed=seed, **settings)
            scores.append(evaluate(model, data.train_images[50_000:], data.train_labels[50_000:]))
        found[name] = {"seeds": list(seeds), "accuracy": scores, "mean": mean(scores)}
    return found


def main():
    """Measure everything, print it and keep it."""
    shift = record.shift(__doc__)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # the switch of oneDNN warns of a setting that is not touched here
    data, root = digits.load(), digits.find_root()
    if data.name != "MNIST":
        raise SystemExit(data.note)
    runs = whole_runs(data, root, [seed + shift for seed in SEEDS])
    content = {"runs": runs, "shortest run above": shortest(runs), "pass": passes(data, shift)}
    content |= {"threads": threads(data, shift), "reading": reading(data, root)}
    content[VALIDATION] = variants(data, [seed + shift for seed in MANY_SEEDS])
    for name, lengths in runs.items():
        for length, run in lengths.items():
            record.say(f"{name}, {length} passes: {run['median accuracy']:.2%} after {run['median seconds']:.1f} s")
    record.say("shortest run above, s:", record.rounded(content["shortest run above"]))
    record.say("one pass, of the LSTM's:", record.rounded(content["pass"]["multiple"]))
    record.say("two threads of one:", record.rounded(content["threads"]["two of one, shortest"]))
    record.say("reading, s:", record.rounded(content["reading"]["median"]))
    record.say(VALIDATION, {name: record.rounded(found["mean"]) for name, found in content[VALIDATION].items()})
    record.keep("mnist", content, shift=shift)


if __name__ == "__main__":
    main()
