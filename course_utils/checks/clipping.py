"""The exercises of the chapter Clipping and truncation."""

import torch
from torch import nn

from course_utils.checks.hints import teller
from course_utils.judging.exercise import Exercise, Mistake
from course_utils.judging.limits import own_randomness

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


def _clip(gradients, max_norm):
    norm = torch.stack([g.norm() for g in gradients]).norm()
    factor = min(1.0, max_norm / max(norm, 1e-9))
    return [g * factor for g in gradients]


clip = Exercise(
    task=("``clip(gradients, max_norm)`` with a list of tensors returns a list of tensors of the same shapes."),
    reference=_by_torch,
    solution=_clip,
    against="torch.nn.utils.clip_grad_norm_",
    cases=[
        ([_random(4, 3, scale=5.0), _random(4, scale=2.0), _random(2, 4)], 2.0),
        ([_random(3, scale=0.1), _random(2, 2, scale=0.1)], 1.0),
        ([torch.zeros(3, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)], 1.0),
        ([_random(6, scale=30.0)], 0.5),
    ],
    mistakes=[
        Mistake(
            "Each gradient is clipped by its own norm, which changes the direction: the norm is that of all of "
            "them together.",
            {"g * factor": "g * min(1.0, max_norm / max(g.norm(), 1e-9))"},
        ),
        Mistake(
            "Short gradients are made longer (and a zero becomes nan): the factor is never above 1.",
            {"min(1.0, max_norm / max(norm, 1e-9))": "max_norm / norm"},
        ),
        Mistake(
            "Short gradients are made longer: the factor is never above 1.",
            {"min(1.0, max_norm / max(norm, 1e-9))": "max_norm / max(norm, 1e-9)"},
        ),
        Mistake(
            "Each number is clipped by itself, which changes the direction. That is clipping by value.",
            {"g * factor": "g.clamp(-max_norm, max_norm)"},
        ),
        Mistake("The root is missing: the norm is the root of the sum of squares.", {"max(norm,": "max(norm**2,"}),
        Mistake(
            "The norms are added: it is their squares that add up, and then the root.",
            {"torch.stack([g.norm() for g in gradients]).norm()": "sum(g.norm() for g in gradients)"},
        ),
        Mistake(
            "That is the sum of absolute values; the norm is the root of the sum of squares.",
            {"torch.stack([g.norm() for g in gradients]).norm()": "sum(g.abs().sum() for g in gradients)"},
        ),
        Mistake(
            "That is the largest of the norms, not the norm of all gradients together.",
            {"torch.stack([g.norm() for g in gradients]).norm()": "max(g.norm() for g in gradients)"},
        ),
        Mistake("They are shortened to the norm 1: `max_norm` is not used.", {"max_norm / max": "1 / max"}),
        Mistake("Nothing is clipped.", {"g * factor": "g"}),
        Mistake(
            "max and min are confused: the factor is the smaller of 1 and max_norm / norm.", {"min(1.0": "max(1.0"}
        ),
        Mistake(
            "The fraction is upside down: the factor is max_norm / norm.",
            {"max_norm / max(norm, 1e-9)": "norm / max_norm"},
        ),
    ],
    pure=True,
    forbidden=("torch.nn.utils.clip_grad",),
    tolerance=1e-5,  # PyTorch adds 1e-6 to the norm before it divides
)


def _credited(length, lag, chunk):
    count = 0
    for t in range(lag, length):
        count += t // chunk == (t - lag) // chunk
    return count


credited = Exercise(
    task=(
        "``credited(length, lag, chunk)``, three whole numbers, returns how many outputs of a sequence of "
        "`length` steps lie in one chunk with the input `lag` steps before them, an int."
    ),
    reference=_credited,
    solution=_credited,
    against="a count over all steps",
    cases=[(60, 10, 20), (60, 10, 10), (65, 3, 12), (7, 2, 30), (50, 0, 8)],
    mistakes=[
        Mistake("Those are all pairs; some of them lie in two chunks.", {"return count": "return length - lag"}),
        Mistake(
            "The last chunk may be shorter than the others, and its pairs count too.",
            {"return count": "return max(chunk - lag, 0) * (length // chunk)"},
        ),
        Mistake("That is the number of pairs in one whole chunk.", {"return count": "return max(chunk - lag, 0)"}),
        Mistake("Those are the pairs that lie in two chunks.", {"==": "!="}),
        Mistake(
            "The steps are counted from 1, and then the first chunk is a step too short: count from 0.",
            {"t // chunk == (t - lag)": "(t + 1) // chunk == (t + 1 - lag)"},
        ),
        Mistake(
            "A chunk longer than the lag credits some pairs, not all: those across its border get nothing.",
            {"return count": "return length - lag if chunk > lag else 0"},
        ),
    ],
)


@own_randomness()
def _reach_case(kind, length):
    """Return a layer with random weights, x (N, L, 2) and a loss of the last output."""
    generator = torch.Generator().manual_seed(length)
    layer = kind(2, 4, batch_first=True, dtype=torch.float64)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    x = torch.randn(3, length, 2, generator=generator, dtype=torch.float64)
    return layer, x, lambda last: (last * last.detach().roll(1, dims=1)).sum()


def _reach_by_lag(layer, x, loss):
    h, states = None, []
    for x_t in x.split(1, dim=1):
        output, h = layer(x_t, h)
        states.append(h)
    states = [*states[:-1], output[:, 0]]  # the loss reads the last output
    gradients = torch.autograd.grad(loss(states[-1]), states)
    norms = torch.stack([g.norm() for g in gradients])
    return norms.flip(0) / norms[-1]


def _in_one_call(layer, x, loss):
    output, _ = layer(x)
    norms = torch.autograd.grad(loss(output[:, -1]), output)[0].norm(dim=(0, 2))
    return norms.flip(0) / norms[-1]


reach_by_lag = Exercise(
    task=(
        "``reach_by_lag(layer, x, loss)`` with an `nn.RNN` or `nn.GRU` of one layer and ``batch_first=True``, "
        "x of shape (N, L, H_in), and a loss of the last output (N, H_out), returns the norm of the loss's "
        "gradient at the state 0 to L − 1 steps back, relative to lag 0, shape (L,)."
    ),
    reference=_reach_by_lag,
    solution=_reach_by_lag,
    against="autograd's gradient at each state",
    cases=[_reach_case(nn.RNN, 6), _reach_case(nn.GRU, 4)],
    mistakes=[
        Mistake(
            "In one call `output` is a copy that no later step reads, so only the last step gets a gradient. "
            "Call the layer for one step at a time and keep the states.",
            _in_one_call,
        ),
        Mistake(
            "The order is that of time: lag 0, the last step, comes first.",
            {"norms.flip(0) / norms[-1]": "norms / norms[-1]"},
        ),
        Mistake("The norms are right; divide them by that at lag 0.", {"norms.flip(0) / norms[-1]": "norms.flip(0)"}),
        Mistake(
            "Relative to the first step: lag 0 is the last step.", {"norms.flip(0) / norms[-1]": "norms / norms[0]"}
        ),
        Mistake(
            "They are divided by their sum, not by that at lag 0.",
            {"norms.flip(0) / norms[-1]": "norms.flip(0) / norms.sum()"},
        ),
        Mistake(
            "Lag 0 is missing: it has a reach of 1.", {"norms.flip(0) / norms[-1]": "norms[:-1].flip(0) / norms[-1]"}
        ),
        Mistake(
            "That is the largest component; the norm is the root of the sum of squares.", {"g.norm()": "g.abs().max()"}
        ),
        Mistake(
            "That is the sum of absolute values; the norm is the root of the sum of squares.",
            {"g.norm()": "g.abs().sum()"},
        ),
        Mistake("The root is missing: these are squares of norms.", {"g.norm()": "g.square().sum()"}),
    ],
    forbidden=("course_utils.gradients",),
)
