"""The exercises of the chapter on nn.RNN."""

import torch
from torch import nn

from course_utils.judging.cases import numbers, weighted
from course_utils.judging.exercise import Exercise


def _last_real(output, lengths):
    rows = torch.arange(len(output))
    return output[rows, lengths - 1]


last_real = Exercise(
    solution=_last_real,
    against="the sequences one by one",
    # As many sequences as steps first: there a mix-up of axes raises no error.
    cases=[
        (*numbers((4, 4, 3)), torch.tensor([2, 4, 1, 3])),
        (*numbers((3, 7, 5)), torch.tensor([6, 1, 6])),
        (*numbers((2, 5, 2), dtype=torch.float32), torch.tensor([3, 4])),
    ],
    hints=(
        "At which index of its own row does a sequence of `length` steps end?",
        "`output[torch.arange(len(output)), lengths - 1]`.",
    ),
    mistakes={
        "These are the last states of all rows: those after the padding.": {"rows, lengths - 1": ":, -1"},
        "The steps are counted from 0: the last one of three is step 2.": {"lengths - 1": "lengths"},
        "That is one step too early: `lengths` − 1 is the last.": {"lengths - 1": "lengths - 2"},
        "Every sequence is taken at every length: pair them by torch.arange(N).": {"rows, lengths": ":, lengths"},
        "That is one step too late, or at the end of a row: `lengths` − 1 is the last.": {
            "lengths - 1": "lengths.clamp(max=output.shape[1] - 1)"
        },
        "The longest sequence's last step is taken of all.": {"lengths - 1": "lengths.max() - 1"},
        "The last sequence is taken of all: put torch.arange(N) in front.": {"rows, lengths": "-1, lengths"},
        "`-lengths` counts from the end of the row: `lengths - 1` from its start.": {"lengths - 1": "-lengths"},
        "The real steps are averaged: the last one is asked for.": {
            "output[rows, lengths - 1]": "torch.stack([o[:n].mean(dim=0) for o, n in zip(output, lengths)])"
        },
        "The real steps are added up: the last one is asked for.": {
            "output[rows, lengths - 1]": "torch.stack([o[:n].sum(dim=0) for o, n in zip(output, lengths)])"
        },
        "The sequences come in the order of their lengths: keep that of the batch.": {
            "rows, lengths - 1": "lengths.argsort(descending=True), lengths.sort(descending=True)[0] - 1"
        },
        "The axes are mixed up: the batch must come first.": {"rows, lengths - 1": "lengths - 1, rows"},
        "The lengths choose sequences, not steps: put torch.arange(N) before them.": {"rows, lengths": "lengths"},
        "These are the states after the first step.": {"rows, lengths - 1": ":, 0"},
    },
    differentiable=True,
)


def _both_ends(h_n):
    forward, backward = h_n[-2], h_n[-1]
    return torch.cat([forward, backward], dim=-1)


both_ends = Exercise(
    solution=_both_ends,
    against="the rows of h_n in torch.nn.RNN's order",
    cases=[numbers((4, 3, 3)), numbers((2, 3, 2)), numbers((6, 2, 5)), numbers((4, 1, 3), dtype=torch.float32)],
    hints=(
        "In which order do the rows of `h_n` come: by layer, or by direction?",
        "Join `h_n[-2]` and `h_n[-1]` along the last axis.",
    ),
    mistakes={
        "These are the lowest layer's states; the top one's come last.": {"h_n[-2], h_n[-1]": "h_n[0], h_n[1]"},
        "The directions are swapped: `h_n[-2]` is forward.": {"[forward, backward]": "[backward, forward]"},
        "The forward states are those of the lowest layer: they are h_n[-2].": {"h_n[-2]": "h_n[0]"},
        "The forward states stand there twice.": {"h_n[-1]": "h_n[-2]"},
        "The backward states stand there twice.": {"h_n[-2]": "h_n[-1]"},
        "The units of both directions alternate: one direction follows the other.": {
            "torch.cat([forward, backward], dim=-1)": "torch.stack([forward, backward], dim=-1).flatten(-2)"
        },
        "That is the sum of both directions: put them side by side.": {
            "torch.cat([forward, backward], dim=-1)": "forward + backward"
        },
        "The rows alternate: forward, backward, layer by layer.": {"h_n[-2]": "h_n[len(h_n) // 2 - 1]"},
        "The states are joined along the batch: join them along the last axis.": {", dim=-1": ""},
        "reshape mixes up the numbers: join h_n[-2] and h_n[-1].": {
            "torch.cat([forward, backward], dim=-1)": "h_n[-2:].reshape(h_n.shape[1], -1)"
        },
    },
    differentiable=True,
)


def _case(length, batch, steps, num_layers, dtype=torch.float64):
    """Return a layer with random weights, x (L, N, 3) and the length of a chunk."""
    return weighted(nn.RNN, 3, 3, num_layers, dtype=dtype), *numbers((length, batch, 3), dtype=dtype), steps


def _in_chunks(layer, x, steps):
    h = None
    outputs = []
    for chunk in x.split(steps):
        output, h = layer(chunk, h)
        outputs.append(output)
        h = h.detach()
    return torch.cat(outputs), h


def _with_gradients(arguments, answer):
    """Return both results, and the gradients of the outputs with respect to the layer's parameters."""
    output, h_n = answer
    parameters = list(arguments[0].parameters())
    if not output.requires_grad:
        return output, h_n.detach(), *map(torch.zeros_like, parameters)
    weights = torch.arange(output.numel(), dtype=output.dtype).reshape(output.shape).cos()
    return output, h_n.detach(), *torch.autograd.grad((weights * output).sum(), parameters, retain_graph=True)


in_chunks = Exercise(
    solution=_in_chunks,
    against="torch.nn.RNN, one chunk after the other",
    cases=[_case(9, 5, 3, 1), _case(10, 3, 4, 2), _case(7, 1, 3, 1, torch.float32)],
    hints=(
        "What goes on from one chunk to the next, and what must not?",
        "The value of the state goes on, its graph does not: `detach` keeps the one and cuts the other.",
        "`for chunk in x.split(steps)`: detach `h` unless it is `None`, call the layer; `torch.cat` the outputs.",
    ),
    mistakes={
        "The state is not detached between the chunks: `h.detach()` returns a new tensor.": {"h = h.detach()": "pass"},
        "It is cut after each step: cut it between the chunks alone.": {"x.split(steps)": "x.split(1)"},
        "Each chunk starts from the state after the first one: hand the newest on.": {
            "output, h = layer(chunk, h)": "output, new = layer(chunk, h)\n        h = new if h is None else h"
        },
        "Each chunk starts from zero: the state is not handed on.": {"layer(chunk, h)": "layer(chunk)"},
        "The last chunk is missing.": {"x.split(": "x[: len(x) // steps * steps].split("},
        "x.chunk(n) makes n chunks; x.split(n) makes chunks of n steps.": {"x.split(": "x.chunk("},
        "The batch is cut: time is the first axis.": {"x.split(steps)": "x.split(steps, dim=1)"},
        "`output` holds the last chunk only: collect them all.": {"torch.cat(outputs)": "output"},
        "x.split takes the length of a chunk, not their number.": {"x.split(steps)": "x.split(len(x) // steps)"},
        "The outputs are cut from the graph: cut the state alone, between the chunks.": {
            "append(output)": "append(output.detach())"
        },
    },
    use=_with_gradients,
    differentiable=True,
)
