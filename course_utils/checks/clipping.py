"""The exercises of the chapter Clipping and truncation."""

import torch
from torch import nn

from course_utils.checks.hints import teller
from course_utils.checks.reaches import MISTAKES, reach, reach_case
from course_utils.judging.exercise import Exercise

hint = teller(
    {
        "clip": (
            "Which norm is to be at most `max_norm`: that of each gradient, or that of all numbers together?",
            "The joint norm is the root of the sum of all squares. All gradients are multiplied by one factor.",
            "The factor is `max_norm / norm` where the norm is larger than `max_norm`, and 1 otherwise.",
        ),
        "credited": (
            "Which chunk does step t lie in, and which the step `lag` before it?",
            "Step t, counted from 0, lies in chunk t // chunk. The first pair has its output at t = lag.",
            "Count the t in `range(lag, length)` for which `t // chunk == (t - lag) // chunk`.",
        ),
        "reach_by_lag": (
            "The states between the first and the last: where do you get hold of them, so that autograd sees them?",
            "Call the layer for one step at a time, `x.split(1, dim=1)`, and keep each state in a list.",
            "The loss reads `output`, not the last `h`: differentiate for `[*states[:-1], output]`. Lag 0 is the last.",
        ),
    }
)


def _random(*shape, scale=1.0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def _by_torch(gradients, max_norm):
    parameters = [torch.nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()
    torch.nn.utils.clip_grad_norm_(parameters, max_norm)
    return [parameter.grad for parameter in parameters]


def _norm(gradients):
    return torch.stack([gradient.norm() for gradient in gradients]).norm()


def _scaled(scale):
    return lambda gradients, c: [gradient * scale(gradients, c) for gradient in gradients]


clip = Exercise(
    task=("``clip(gradients, max_norm)`` with a list of tensors returns a list of tensors of the same shapes."),
    reference=_by_torch,
    against="torch.nn.utils.clip_grad_norm_",
    cases=[
        ([_random(4, 3, scale=5.0), _random(4, scale=2.0), _random(2, 4)], 2.0),
        ([_random(3, scale=0.1), _random(2, 2, scale=0.1)], 1.0),
        ([torch.zeros(3, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)], 1.0),
        ([_random(6, scale=30.0)], 0.5),
    ],
    mistakes={
        lambda gradients, c: [g * min(1.0, c / max(g.norm(), 1e-9)) for g in gradients]: "Each gradient is clipped by "
        "its own norm, which changes the direction: the norm is that of all of them together.",
        _scaled(lambda gradients, c: c / _norm(gradients)): "Short gradients are made longer (and a zero becomes nan): "
        "the factor is never above 1.",
        _scaled(lambda gradients, c: c / max(_norm(gradients), 1e-9)): "Short gradients are made longer: the factor is "
        "never above 1.",
        lambda gradients, c: [g.clamp(-c, c) for g in gradients]: "Each number is clipped by itself, which changes the "
        "direction. That is clipping by value.",
        _scaled(
            lambda gradients, c: min(1.0, c / max(_norm(gradients) ** 2, 1e-9))
        ): "The root is missing: the norm is the root of the sum of squares.",
        _scaled(lambda gradients, c: min(1.0, c / max(sum(g.norm() for g in gradients), 1e-9))): "The norms are added: "
        "it is their squares that add up, and then the root.",
        _scaled(lambda gradients, c: min(1.0, c / max(sum(g.abs().sum() for g in gradients), 1e-9))): "That is the sum "
        "of absolute values; the norm is the root of the sum of squares.",
        _scaled(lambda gradients, c: min(1.0, c / max(g.norm() for g in gradients).clamp(min=1e-9))): "That is the "
        "largest of the norms, not the norm of all gradients together.",
        _scaled(lambda gradients, c: min(1.0, 1 / max(_norm(gradients), 1e-9))): "They are shortened to the norm 1: "
        "`max_norm` is not used.",
        lambda gradients, c: gradients: "Nothing is clipped.",
        _scaled(lambda gradients, c: max(1.0, c / max(_norm(gradients), 1e-9))): "max and min are confused: the factor "
        "is the smaller of 1 and max_norm / norm.",
        _scaled(lambda gradients, c: min(1.0, _norm(gradients) / c)): "The fraction is upside down: the factor is "
        "max_norm / norm.",
    },
    pure=True,
    forbidden=("torch.nn.utils.clip_grad",),
    tolerance=1e-5,  # PyTorch adds 1e-6 to the norm before it divides
)


def _count(length, lag, chunk):
    return sum(t // chunk == (t - lag) // chunk for t in range(lag, length))


credited = Exercise(
    task=(
        "``credited(length, lag, chunk)``, three whole numbers, returns how many outputs of a sequence of "
        "`length` steps lie in one chunk with the input `lag` steps before them, an int."
    ),
    reference=_count,
    against="a count over all steps",
    cases=[(60, 10, 20), (60, 10, 10), (65, 3, 12), (7, 2, 30), (50, 0, 8)],
    mistakes={
        lambda length, lag, chunk: length - lag: "Those are all pairs; some of them lie in two chunks.",
        lambda length, lag, chunk: max(chunk - lag, 0) * (length // chunk): "The last chunk may be shorter than the "
        "others, and its pairs count too.",
        lambda length, lag, chunk: max(chunk - lag, 0): "That is the number of pairs in one whole chunk.",
        lambda length, lag, chunk: sum(t // chunk != (t - lag) // chunk for t in range(lag, length)): "Those are the "
        "pairs that lie in two chunks.",
        lambda length, lag, chunk: sum((t + 1) // chunk == (t + 1 - lag) // chunk for t in range(lag, length)): "The "
        "steps are counted from 1, and then the first chunk is a step too short: count from 0.",
        lambda length, lag, chunk: length - lag if chunk > lag else 0: "A chunk longer than the lag credits some "
        "pairs, not all: those across its border get nothing.",
    },
)


reach_by_lag = Exercise(
    task=(
        "``reach_by_lag(layer, x, loss)`` with an `nn.RNN` or `nn.GRU` of one layer and ``batch_first=True``, "
        "x of shape (N, L, H_in), and a loss of the last output (N, H_out), returns the norm of the loss's "
        "gradient at the state 0 to L − 1 steps back, relative to lag 0, shape (L,)."
    ),
    reference=reach(),
    against="autograd's gradient at each state",
    cases=[reach_case(nn.RNN, 6), reach_case(nn.GRU, 4)],
    mistakes=MISTAKES,
    forbidden=("course_utils.gradients",),
)
