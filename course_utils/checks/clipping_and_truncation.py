"""The exercises of the chapter Clipping and truncation."""

import torch
from torch import nn

from course_utils.judging.cases import numbers, weighted
from course_utils.judging.exercise import Exercise


def _by_torch(gradients, max_norm):
    parameters = [torch.nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()
    torch.nn.utils.clip_grad_norm_(parameters, max_norm)
    return [parameter.grad for parameter in parameters]


def _clip(gradients, max_norm):
    norms = [g.norm() for g in gradients]
    norm = torch.stack(norms).norm()
    factor = max_norm / max(norm, 1e-9)
    return [g * min(1.0, factor) for g in gradients]


clip = Exercise(
    solution=_clip,
    reference=_by_torch,
    against="torch.nn.utils.clip_grad_norm_",
    cases=[
        ([*numbers((4, 3), (4,), (2, 4))], 2.0),
        ([x / 10 for x in numbers((3,), (2, 2))], 1.0),
        ([torch.zeros(3, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)], 1.0),
        ([*numbers((6,))], 0.5),
    ],
    hints=(
        "Which norm is to be at most `max_norm`: that of each gradient, or that of all numbers together?",
        "The joint norm is the root of the sum of all squares. All gradients are multiplied by one factor.",
        "The factor is `max_norm / norm` where the norm is larger than `max_norm`, and 1 otherwise.",
    ),
    mistakes={
        "Each gradient is clipped by its own norm: that changes the direction of all together.": {
            "factor) for": "max_norm / max(g.norm(), 1e-9)) for"
        },
        "Short gradients are made longer, and a zero becomes nan: the factor is at most 1.": {
            "min(1.0, factor)": "factor",
            "max(norm, 1e-9)": "norm",
        },
        "Short gradients are made longer: the factor is never above 1.": {"min(1.0, factor)": "factor"},
        "Each number is clipped by itself (by value): that changes the direction.": {
            "g * min(1.0, factor)": "g.clamp(-max_norm, max_norm)"
        },
        "The factor itself is returned: multiply each gradient by it.": {
            "g * min(1.0, factor)": "torch.ones_like(g) * min(1.0, factor)"
        },
        "That is the mean of the norms: the joint norm is the root of the sum of all squares.": {
            "torch.stack(norms).norm()": "torch.stack(norms).mean()"
        },
        "The root is missing: the norm is the root of the sum of squares.": {"max(norm,": "max(norm**2,"},
        "The norms are added: their squares add up, and then the root.": {"torch.stack(norms).norm()": "sum(norms)"},
        "That is the sum of absolute values, not the root of the sum of squares.": {
            "g.norm()": "g.abs().sum()",
            "(norms).norm()": "(norms).sum()",
        },
        "That is the largest of the norms; the joint norm is asked for.": {"torch.stack(norms).norm()": "max(norms)"},
        "They are shortened to the norm 1: `max_norm` is not used.": {"max_norm / max": "1 / max"},
        "Nothing is clipped.": {"g * min(1.0, factor)": "g"},
        "max and min are confused: the factor is the smaller of 1 and max_norm / norm.": {"min(1": "max(1"},
        "max and min are confused, and a zero becomes nan: the factor is the smaller of 1 and max_norm / norm.": {
            "min(1": "max(1",
            "max(norm, 1e-9)": "norm",
        },
        "The fraction is upside down: it is max_norm / norm.": {"max_norm / max(norm, 1e-9)": "norm / max_norm"},
    },
    forbidden=("clip_grad_norm_", "clip_grads_with_norm_"),
    tolerance=1e-5,  # PyTorch adds 1e-6 to the norm before it divides
)


def _credited(length, lag, chunk):
    count = 0
    for t in range(lag, length):
        count += t // chunk == (t - lag) // chunk
    return count


credited = Exercise(
    solution=_credited,
    against="a count over all steps",
    cases=[(60, 10, 20), (60, 10, 10), (65, 3, 12), (7, 2, 30), (50, 0, 8), (100, 12, 10), (10, 3, 4)],
    hints=(
        "Which chunk does step t lie in, and which the step `lag` before it?",
        "Step t, counted from 0, lies in chunk t // chunk. The first pair has its output at t = lag.",
        "Count the t in `range(lag, length)` for which `t // chunk == (t - lag) // chunk`.",
    ),
    mistakes={
        "Those are all pairs; some of them lie in two chunks.": {"return count": "return length - lag"},
        "The last chunk may be shorter, and its pairs count too.": {
            "return count": "return max(chunk - lag, 0) * (length // chunk)"
        },
        "That is the number of pairs in one whole chunk.": {"return count": "return max(chunk - lag, 0)"},
        "The last chunk is taken for a whole one: it may be shorter.": {
            "return count": "return max(chunk - lag, 0) * -(-length // chunk)"
        },
        "A chunk that is not longer than the lag has no pairs: here their number goes below 0.": {
            "return count": "return (chunk - lag) * (length // chunk) + max(length % chunk - lag, 0)"
        },
        "No number of pairs is below 0: a chunk that is not longer than the lag has none.": {
            "return count": "return (chunk - lag) * (length // chunk) + length % chunk - lag"
        },
        "A shorter last chunk that is not longer than the lag has no pairs: here their number goes below 0.": {
            "return count": "return max(chunk - lag, 0) * (length // chunk) + length % chunk - lag"
        },
        "`/` gives fractions, which are never whole chunks: `//` gives the number of the chunk.": {
            "t // chunk == (t - lag) // chunk": "t / chunk == (t - lag) / chunk"
        },
        "One pair too few: the first has its output at t = lag.": {"range(lag, ": "range(lag + 1, "},
        "One output too many: the last step is length − 1.": {", length)": ", length + 1)"},
        "Only the first pair is looked at: is `return` inside the loop?": {"    return count": "        return count"},
        "A chunk has chunk − lag pairs; here it is one more.": {
            "return count": "return max(chunk - lag + 1, 0) * (length // chunk) + max(length % chunk - lag + 1, 0)"
        },
        "A chunk has chunk − lag pairs; here it is one less.": {
            "return count": "return max(chunk - lag - 1, 0) * (length // chunk) + max(length % chunk - lag - 1, 0)"
        },
        "Those are the pairs that lie in two chunks.": {"==": "!="},
        "Here the steps count from 1: count from 0.": {"t // chunk == (t - lag)": "(t + 1) // chunk == (t + 1 - lag)"},
        "Pairs across a border between chunks get no credit.": {
            "return count": "return length - lag if chunk > lag else 0"
        },
    },
)


def _loss(last):
    return (last * last.detach().roll(1, dims=1)).sum()


def _reach_by_lag(layer, x, loss):
    h, states = None, []
    for x_t in x.split(1, dim=1):
        output, h = layer(x_t, h)
        states.append(h)
    states = [*states[:-1], output[:, 0]]  # the loss reads the last output
    gradients = torch.autograd.grad(loss(states[-1]), states)
    norms = torch.stack([g.norm() for g in gradients]).flip(0)
    return norms / norms[0]


def _in_one_call(layer, x, loss):
    output, _ = layer(x)
    norms = torch.autograd.grad(loss(output[:, -1]), output)[0].norm(dim=(0, 2))
    return norms.flip(0) / norms[-1]


def _of_inputs(layer, x, loss):
    x = x.requires_grad_()
    norms = torch.autograd.grad(loss(layer(x)[0][:, -1]), x)[0].norm(dim=(0, 2))
    return norms.flip(0) / norms[-1]


reach_by_lag = Exercise(
    solution=_reach_by_lag,
    against="autograd's gradient at each state",
    cases=[
        (weighted(nn.RNN, 2, 4, batch_first=True), *numbers((3, 6, 2)), _loss),
        (weighted(nn.GRU, 2, 4, batch_first=True), *numbers((3, 4, 2)), _loss),
    ],
    hints=(
        "The states between the first and the last: where do you get hold of them, so that autograd sees them?",
        "Call the layer for one step at a time, `x.split(1, dim=1)`, and keep each state in a list.",
        "The loss must read the last state, so give it `h[-1]`, not `output`. Lag 0 is the last.",
    ),
    mistakes={
        "Only lag 0 has a gradient: call the layer step by step, and hand each state on.": _in_one_call,
        "These are gradients of the inputs: those of the states are asked for.": _of_inputs,
        "These are the norms of the states: those of their gradients are asked for.": {
            "for g in gradients": "for g in states"
        },
        "These are sums; a norm is the root of the sum of squares.": {".norm()": ".sum()"},
        "That is the mean of the sequences' norms: take one norm over the batch.": {
            "g.norm()": "g.reshape(-1, g.shape[-1]).norm(dim=-1).mean()"
        },
        "That is one sequence's reach: take the norm over the batch.": {
            "g.norm()": "g.reshape(-1, g.shape[-1])[0].norm()"
        },
        "That is a logarithm; the ratio is asked for.": {"norms / norms[0]": "(norms / norms[0]).log10()"},
        "The order is that of time: lag 0, the last step, must come first.": {
            "norms / norms[0]": "(norms / norms[0]).flip(0)"
        },
        "The norms are right; divide them by the one at lag 0.": {" / norms[0]": ""},
        "Relative to the first step: lag 0 is the last step.": {".flip(0)": ""},
        "They are divided by their sum, not by the one at lag 0.": {"/ norms[0]": "/ norms.sum()"},
        "Lag 0 is missing: it has a reach of 1.": {"norms / norms[0]": "norms[1:] / norms[0]"},
        "That is the largest component; the norm is the root of the sum of squares.": {".norm()": ".abs().max()"},
        "These are sums of absolute values; a norm is the root of the sum of squares.": {".norm()": ".abs().sum()"},
        "The root is missing: these are squares of norms.": {".norm()": ".square().sum()"},
    },
    forbidden=("course_utils.gradients",),
)
