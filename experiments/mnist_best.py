"""Run the second MNIST program with three seeds: first on validation images, then on the test images, once.

Usage: ``python experiments/mnist_best.py``, with MNIST in ``COURSE_DATA``. The program is
``experiments/programs/lstm_mnist_99.py``. Its CPU seconds are measured in turns with those of the first edition's
recipe, four passes over the same images. Kept as well are the seconds of a pass under bfloat16 autocast.
"""

import sys
from functools import partial
from pathlib import Path
from statistics import median

import mnist
import record
import torch

from course_utils.training import train

sys.path.append(str(Path(__file__).with_name("programs")))
import lstm_mnist_99 as program

SEEDS = range(3)


def first_edition(data, seed):
    """Train for four passes over all training images with the first edition's recipe."""
    settings = {key: value for key, value in mnist.FIRST.items() if key not in ("rows", "forget_bias")}
    model, steps = mnist.new_model(seed, forget_bias=1.0), 4 * len(data.train_images) // settings["batch"]
    train(model, data.train_images, data.train_labels, steps=steps, seed=seed, **settings)


def main():
    """Train, print a line for each seed and keep the scores."""
    shift, (data, _) = record.shift(__doc__), mnist.load()
    images, labels, fit = data.train_images, data.train_labels, mnist.FIT
    content = {"validation": [], "test": [], "seconds": [], "seconds of the first edition": []}
    for seed in (seed + shift for seed in SEEDS):
        model = program.train(images[:fit], labels[:fit], seed)
        content["validation"].append(program.share(model, images[fit:], labels[fit:]))
        record.say(f"seed {seed}: {content['validation'][-1]:.2%} of the validation images")
    for seed in (seed + shift for seed in SEEDS):  # no setting is changed from here on
        models = []
        ways = {
            "seconds": lambda seed=seed, models=models: models.append(program.train(images, labels, seed)),
            "seconds of the first edition": partial(first_edition, data, seed),
        }
        for name, (seconds,) in record.interleaved(ways, 1).items():
            content[name].append(seconds)
        content["test"].append(program.share(models[0], data.test_images, data.test_labels))
        record.say(f"seed {seed}: {content['test'][-1]:.2%} of the test images, {content['seconds'][-1]:.0f} s")
    pairs = zip(content["seconds"], content["seconds of the first edition"], strict=True)
    content["of the first edition"] = median(new / old for new, old in pairs)
    program.PASSES, some = 1, (images[:12_800], labels[:12_800], shift)

    def half():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            program.train(*some)

    spent = record.interleaved({"bfloat16": half, "float32": partial(program.train, *some)}, 5)
    content["bfloat16 of float32"] = median(spent["bfloat16"]) / median(spent["float32"])
    record.say("of the first edition", record.rounded(content["of the first edition"]))
    record.say("bfloat16 of float32", record.rounded(content["bfloat16 of float32"]))
    record.keep("mnist_best", content, shift=shift)


if __name__ == "__main__":
    main()
