"""The exercises of the chapter on MNIST."""

import functools
import itertools

import torch
from torch import nn

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise
from course_utils.judging.limits import own_randomness

hint = hints.teller(hints.DIGITS)


def _random(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(len(shape)), dtype=torch.float64)


@own_randomness()
def _linear(size, classes):
    linear = nn.Linear(size, classes, dtype=torch.float64)
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.copy_(_random(*parameter.shape))
    return linear


def _widest(count):
    """Return a search for the largest hidden size whose count is within a budget."""

    @functools.cache
    def search(budget, input_size):
        return next(size for size in itertools.count(1) if count(input_size, size + 1) > budget)

    return search


columns = Exercise(
    task=(
        "``columns(images)``, shape (N, rows, columns), returns the images as sequences of columns, from left "
        "to right, each from top to bottom: shape (N, columns, rows)."
    ),
    reference=lambda images: images.transpose(1, 2),
    against="images that are turned about their diagonal",
    # A square image first: there a mix-up of axes leaves the shape as it should be.
    cases=[(_random(3, 3, 3),), (_random(4, 5, 7),)],
    mistakes={
        lambda images: images: "The images still come row by row.",
        lambda images: images.reshape(len(images), images.shape[2], images.shape[1]): "The shape is right and the "
        "pixels are mixed up: reshape and view cut the rows into new pieces. Two axes have to change places.",
        lambda images: images.transpose(0, 1): "Rows and images have changed places: the batch axis stays first.",
        lambda images: images.transpose(0, 2): "The batch axis has moved: only the last two axes change places.",
        lambda images: images.flip(1).transpose(1, 2): "Each column is read from bottom to top: the image is turned by "
        "a quarter.",
        lambda images: images.flip(2).transpose(1, 2): "The columns come from right to left.",
        lambda images: images.flip(1): "The rows come from the bottom up, and are still rows.",
        lambda images: images.flip(2): "The rows are mirrored, and are still rows.",
    },
)
last_scores = Exercise(
    task=(
        "``last_scores(output, linear)`` with the `output` of a layer with ``batch_first=True``, shape (N, L, "
        "H_out), and a `torch.nn.Linear` from H_out to C, returns the scores after the last time step, shape "
        "(N, C)."
    ),
    reference=lambda output, linear: linear(output[:, -1]),
    against="the scores after the last time step",
    cases=[(_random(4, 4, 3), _linear(3, 5)), (_random(2, 6, 3), _linear(3, 10)), (_random(1, 3, 2), _linear(2, 2))],
    mistakes={
        lambda output, linear: linear(output[-1]): "These are the scores of the last sequence of the batch, at all "
        "its time steps: with batch_first the time is the second axis.",
        lambda output, linear: linear(output[:, 0]): "These are the scores after the first time step.",
        lambda output, linear: linear(
            output.mean(dim=1)
        ): "The states are averaged over time; the last one is asked for.",
        lambda output, linear: linear(output.mean(dim=0)): "The states are averaged over the batch.",
        lambda output, linear: linear(output): "These are the scores after every time step.",
        lambda output, linear: output[:, -1]: "This is the last state; it has yet to go through `linear`.",
        lambda output, linear: linear(output[:, -2]): "These are the scores one step before the last.",
        lambda output, linear: linear(output[:, -1]).softmax(dim=1): "These are probabilities; cross_entropy wants the "
        "scores as they are.",
    },
    differentiable=True,
)
rnn_width = Exercise(
    task=(
        "``rnn_width(budget, input_size)`` returns the largest hidden size with which `torch.nn.RNN` has at "
        "most `budget` parameters, an integer."
    ),
    reference=_widest(lambda i, h: sum(parameter.numel() for parameter in nn.RNN(i, h, device="meta").parameters())),
    against="the sizes of torch.nn.RNN",
    cases=[(24_064, 28), (1_000, 10), (120, 8), (5_000, 1), (1_071, 100)],
    mistakes={
        _widest(lambda i, h: i * h + h * h + h): "PyTorch keeps two biases for each unit.",
        _widest(lambda i, h: i * h + h * h): "The biases are missing from the count.",
        _widest(lambda i, h: 4 * (i * h + h * h + 2 * h)): "That is the width of an LSTM, which has four blocks.",
        _widest(lambda i, h: 3 * (i * h + h * h + 2 * h)): "That is the width of a GRU, which has three blocks.",
        _widest(lambda i, h: h * h + 2 * h): "The weights from the input are missing from the count.",
        _widest(lambda i, h: i * h + 2 * h): "The weights from the state are missing from the count.",
        lambda budget, i: _widest(lambda i, h: i * h + h * h + 2 * h)(budget, i) + 1: "That is one too many: with it "
        "the layer has more parameters than the budget allows.",
        lambda budget, i: _widest(lambda i, h: i * h + h * h + 2 * h)(budget, i) - 1: "One more would still fit.",
    },
)
