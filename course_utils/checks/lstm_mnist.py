"""The exercises of the chapter on MNIST."""

from torch import nn

from course_utils.judging.cases import numbers, weighted
from course_utils.judging.exercise import Exercise


def _columns(images):
    return images.transpose(1, 2)


columns = Exercise(
    solution=_columns,
    against="images that are turned about their diagonal",
    # A square image first: there a mix-up of axes leaves the shape as it should be.
    cases=[numbers((3, 3, 3)), numbers((4, 5, 7))],
    hints=("Which axis is to be time?", "`images.transpose(1, 2)`."),
    mistakes={
        "The images still come row by row.": {".transpose(1, 2)": ""},
        "reshape and view cut the rows into new pieces: two axes have to change places.": {
            "transpose(1, 2)": "reshape(len(images), images.shape[2], images.shape[1])"
        },
        "Rows and images have changed places: the batch axis stays first.": {"(1, 2)": "(0, 1)"},
        "The batch axis has moved: only the last two axes change places.": {"(1, 2)": "(0, 2)"},
        "Each column is read from bottom to top.": {"images.t": "images.flip(1).t"},
        "The columns come from right to left, as after rot90: two axes have to change places.": {
            "images.t": "images.flip(2).t"
        },
        "The rows come from the bottom up, and are still rows.": {"transpose(1, 2)": "flip(1)"},
        "The rows are mirrored, and are still rows.": {"transpose(1, 2)": "flip(2)"},
    },
)


def _last_scores(output, linear):
    return linear(output[:, -1])


def _case(batch, length, size, classes):
    return *numbers((batch, length, size)), weighted(nn.Linear, size, classes)


last_scores = Exercise(
    solution=_last_scores,
    against="the scores after the last time step",
    cases=[_case(4, 4, 3, 5), _case(2, 6, 3, 10), _case(1, 3, 2, 2)],
    hints=("Which axis of `output` is time, with `batch_first=True`?", "`linear(output[:, -1])`."),
    mistakes={
        "These are the scores of the last sequence of the batch: with batch_first time is the second axis.": {
            "[:, -1]": "[-1]"
        },
        "These are the scores after the first time step.": {"-1": "0"},
        "The states are averaged over time; the last one is asked for.": {"[:, -1]": ".mean(dim=1)"},
        "The states are averaged over the batch.": {"[:, -1]": ".mean(dim=0)"},
        "These are the scores after every time step.": {"[:, -1]": ""},
        "The axis of time is still there, with length 1: `output[:, -1]` drops it.": {"-1": "-1:"},
        "This is the last state; it has yet to go through `linear`.": {"linear(output[:, -1])": "output[:, -1]"},
        "The bias of `linear` is missing: call the layer.": {
            "linear(output[:, -1])": "output[:, -1] @ linear.weight.T"
        },
        "The scores pass a ReLU: a score may be negative.": {"linear(output[:, -1])": "linear(output[:, -1]).relu()"},
        "These are the scores one step before the last.": {"-1": "-2"},
        "These are probabilities; cross_entropy wants the scores as they are.": {"-1])": "-1]).softmax(dim=1)"},
        "These are logarithms of probabilities; cross_entropy takes them itself.": {"-1])": "-1]).log_softmax(dim=1)"},
        "The states are detached: nothing below the linear layer could learn.": {"output[": "output.detach()["},
    },
    differentiable=True,
)


def _rnn_width(budget, input_size):
    size = 0
    while True:
        wider = size + 1
        count = wider * input_size + wider * wider + 2 * wider
        if count > budget:
            return size
        size = wider


def _by_counting(budget, input_size):
    size = 0
    while sum(p.numel() for p in nn.RNN(input_size, size + 1, device="meta").parameters()) <= budget:
        size += 1
    return size


def _as_a_fraction(budget, input_size):
    half = (input_size + 2) / 2
    return (half**2 + budget) ** 0.5 - half


def _rounded(budget, input_size):
    return round(_as_a_fraction(budget, input_size))


rnn_width = Exercise(
    solution=_rnn_width,
    reference=_by_counting,
    against="the sizes of torch.nn.RNN",
    cases=[(24_064, 28), (1_000, 10), (120, 8), (5_000, 1), (1_071, 100), (21, 2)],
    hints=(
        "How many parameters has one layer of width H with D inputs, both biases counted?",
        "H·D + H·H + 2·H, which is H (D + H + 2). It grows with H.",
        "Count H up from 1 as long as (H + 1)(D + H + 1 + 2) is still within the budget.",
    ),
    mistakes={
        "PyTorch keeps two biases for each unit.": {"2 * wider": "wider"},
        "The biases are missing from the count.": {" + 2 * wider": ""},
        "That is the width of an LSTM, which has four blocks.": {"if count": "if 4 * count"},
        "That is the width of a GRU, which has three blocks.": {"if count": "if 3 * count"},
        "The weights from the input are missing from the count.": {"wider * input_size + ": ""},
        "The weights from the state are missing from the count.": {" + wider * wider": ""},
        "That is one too many: the layer would exceed the budget.": {"return size": "return size + 1"},
        "The width is a whole number: round down.": _as_a_fraction,
        "That is the number of parameters: the width is asked for.": {
            "return size": "return size * (input_size + size + 2)"
        },
        "Only the width 1 is tried: is `return` inside the loop?": {"        size = wider": "        return wider"},
        "A layer whose count is the budget itself still fits: `<=`.": {"count > budget": "count >= budget"},
        "One more would still fit.": {"return size": "return size - 1"},
        "The width is rounded, and where that is up the layer exceeds the budget: round down.": _rounded,
    },
)
