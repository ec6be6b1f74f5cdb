"""Time the classic MNIST loop against the chapter's, and what else the chapter says of cost.

Usage: ``python benchmarks/mnist.py``, with MNIST in ``COURSE_DATA``. Ratios are comparable
between machines, seconds are not. Testing is not part of any time.
"""

import os
import platform
import time
from datetime import date
from statistics import mean, median

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from course_utils import digits
from course_utils.training import evaluate, train

SEEDS = range(3)
MARKS = (0.95, 0.97, 0.98, 0.985)
PASSES = (1, 2, 4, 6)  # over the images, of the chapter's one-cycle runs; the chapter tests four
EPOCHS = 6  # of the classic loop
LAYERS = (("LSTM", nn.LSTM, 64), ("GRU", nn.GRU, 75), ("RNN", nn.RNN, 138))  # about equal parameters


class RowClassifier(nn.Module):
    """The chapter's model."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.linear = nn.Linear(recurrent.hidden_size, 10)

    def forward(self, x):
        """Return the scores (N, 10) of images (N, L, H_in)."""
        return self.linear(self.recurrent(x)[0][:, -1])  # (N, 10)


def new_model(seed, layer=nn.LSTM, hidden=64, features=28, forget_bias=None):
    """Return an untrained model, by default the chapter's LSTM."""
    torch.manual_seed(seed)
    model = RowClassifier(layer(features, hidden, batch_first=True))
    if forget_bias is not None:
        with torch.no_grad():
            model.recurrent.bias_ih_l0[hidden : 2 * hidden] = forget_bias
            model.recurrent.bias_hh_l0[hidden : 2 * hidden] = 0
    return model


class Clock:
    """Seconds of training and the test accuracies on the way; stopped while it tests."""

    def __init__(self, model, data, every):
        self.model, self.data, self.every = model, data, every
        self.spent, self.since = 0.0, time.perf_counter()
        self.reached = {}

    def after_step(self, step):
        """Test after each `every` steps and note the first time each mark is reached."""
        if (step + 1) % self.every == 0:
            self.test()

    def test(self):
        """Return the test accuracy, with the clock stopped."""
        self.spent += time.perf_counter() - self.since
        score = evaluate(self.model, self.data.test_images, self.data.test_labels)
        for mark in MARKS:
            if score >= mark:
                self.reached.setdefault(mark, self.spent)
        self.since = time.perf_counter()
        return score


def classic(seed, data, root):
    """Train as the classic script does, for more epochs; return the clock and (score, seconds) by epoch."""
    model = new_model(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loader = DataLoader(MNIST(root, transform=ToTensor()), batch_size=64, shuffle=True)
    clock, ends, step = Clock(model, data, every=50), {}, 0
    for epoch in range(1, EPOCHS + 1):
        for images, labels in loader:
            model.train()
            loss = cross_entropy(model(images.view(-1, 28, 28)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            clock.after_step(step)
            step += 1
        ends[epoch] = (clock.test(), clock.spent)
    return clock, ends


def chapter(seed, data, passes):
    """Train with the chapter's settings for some passes; return the clock, the score and the seconds."""
    model = new_model(seed, forget_bias=1.0)
    clock = Clock(model, data, every=50)
    settings = {"steps": passes * 938, "batch": 64, "lr": 0.01, "one_cycle": True}
    train(model, data.train_images, data.train_labels, seed=seed, after_step=clock.after_step, **settings)
    return clock, (clock.test(), clock.spent)


def touched(clocks):
    """Return the median seconds after which each mark was first touched, infinite where it was not."""
    return [median(clock.reached.get(mark, float("inf")) for clock in clocks) for mark in MARKS]


def ended(runs):
    """Return the seconds of the shortest run that ends above each mark; scores and seconds are medians of the seeds.

    `runs` holds for each length of a run the (score, seconds) of every seed.
    """
    ends = [tuple(median(values) for values in zip(*seeds, strict=True)) for seeds in runs.values()]
    return [min((seconds for score, seconds in ends if score >= mark), default=float("inf")) for mark in MARKS]


def compare(title, old, new):
    """Print the seconds of both loops to each mark and their ratio."""
    print(f"\n{title}")
    print("  test accuracy  ", *(f"{mark:8.1%}" for mark in MARKS))
    print("  classic, s     ", *(f"{seconds:8.1f}" for seconds in old))
    print("  chapter, s     ", *(f"{seconds:8.1f}" for seconds in new))
    print("  ratio          ", *(f"{a / b:8.1f}" for a, b in zip(old, new, strict=True)))


def pass_seconds(data, threads=1, features=28, **model):
    """Return the seconds of one pass over the training images in batches of 64, the better of two."""
    torch.set_num_threads(threads)
    images, times = data.train_images.reshape(60_000, -1, features), []
    for _ in range(2):
        net = new_model(0, features=features, **model)
        start = time.perf_counter()
        train(net, images, data.train_labels, steps=938, batch=64, lr=0.001)
        times.append(time.perf_counter() - start)
    torch.set_num_threads(1)
    return min(times)


def main():
    """Run everything and print it."""
    torch.set_num_threads(1)
    data = digits.load()
    if data.name != "MNIST":
        raise SystemExit(data.note)
    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, one thread")
    print(f"{data.note} Medians of {len(SEEDS)} seeds; accuracies are on the test images.\n")

    root = digits.find_root()
    old = [classic(seed, data, root) for seed in SEEDS]
    new = {passes: [chapter(seed, data, passes) for seed in SEEDS] for passes in PASSES}
    old_ends = {epoch: [ends[epoch] for _, ends in old] for epoch in range(1, EPOCHS + 1)}
    new_ends = {passes: [end for _, end in runs] for passes, runs in new.items()}
    print("Test accuracy at the end of a run, and seconds of training")
    for name, ends in (("classic, epochs", old_ends), ("chapter, passes", new_ends)):
        for length, seeds in ends.items():
            print(f"  {name} {length}:", *(f"{score:.2%} ({spent:.1f} s)" for score, spent in seeds))
    compare("Seconds of the shortest run that ends above an accuracy", ended(old_ends), ended(new_ends))
    four = touched([clock for clock, _ in new[4]])
    compare("Seconds until a run first touches an accuracy (chapter: 4 passes)", touched([c for c, _ in old]), four)

    one = pass_seconds(data)
    print("\nOne pass in batches of 64, as a multiple of the LSTM's on one thread")
    print(f"  LSTM on one thread: 1 ({one:.2f} s)")
    print(f"  LSTM on two threads: {pass_seconds(data, threads=2) / one:.2f}")
    print(f"  LSTM, two rows a step: {pass_seconds(data, features=56) / one:.2f}")
    for name, layer, hidden in LAYERS[1:]:
        print(f"  {name} with about as many parameters: {pass_seconds(data, layer=layer, hidden=hidden) / one:.2f}")

    with torch.backends.mkldnn.flags(enabled=False):
        plain = {name: pass_seconds(data, layer=layer, hidden=hidden) / one for name, layer, hidden in LAYERS}
    print("  Without oneDNN's routines:", ", ".join(f"{name} {ratio:.2f}" for name, ratio in plain.items()))

    print("\nReading all training images once in batches of 64, without a network, in seconds")
    for name, source in (("DataLoader with ToTensor", "loader"), ("tensors in memory", "tensors")):
        start = time.perf_counter()
        if source == "loader":
            for _ in DataLoader(MNIST(root, transform=ToTensor()), batch_size=64, shuffle=True):
                pass
        else:
            for rows in torch.randperm(60_000).split(64):
                data.train_images[rows], data.train_labels[rows]
        print(f"  {name}: {time.perf_counter() - start:.2f}")

    print("\nValidation accuracy of one pass (781 steps of 64, one-cycle 0.01), ten seeds: mean and range")
    images, labels = data.train_images[:50_000], data.train_labels[:50_000]
    for name, bias, clip in (("as it is", None, None), ("forget bias 1", 1.0, None), ("clip 1", None, 1.0)):
        scores = []
        for seed in range(10):
            model = new_model(seed, forget_bias=bias)
            train(model, images, labels, steps=781, batch=64, lr=0.01, one_cycle=True, clip=clip, seed=seed)
            scores.append(evaluate(model, data.train_images[50_000:], data.train_labels[50_000:]))
        print(f"  {name:14} {mean(scores):.2%} ({min(scores):.2%} to {max(scores):.2%})")


if __name__ == "__main__":
    main()
