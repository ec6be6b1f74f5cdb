"""The exercises of the chapter from sine to cosine."""

import torch
from torch.nn.functional import linear

from course_utils.judging.cases import numbers
from course_utils.judging.exercise import Exercise


def _half_periods(count, points):
    first = torch.pi * torch.arange(count)[:, None]
    step = torch.pi / points
    angle = first + step * torch.arange(points)
    return torch.sin(angle), torch.cos(angle)


half_periods = Exercise(
    solution=_half_periods,
    against="sines and cosines of the angles from kπ on",
    cases=[(3, 10), (4, 4), (5, 2)],
    hints=(
        "How large is a step if `points` of them make half a period and the end is not included?",
        "Add `torch.pi * torch.arange(count)[:, None]` and `step * torch.arange(points)`.",
    ),
    mistakes={
        "The last sample of a window is the first one of the next: leave the end of each window out.": {
            "pi / points": "pi / (points - 1)"
        },
        "The start of each window is left out: it must begin at kπ itself.": {
            "torch.arange(points)": "torch.arange(1, points + 1)"
        },
        "These are the angles: take their sine.": {"torch.sin(angle)": "angle"},
        "The first window starts at π: k counts from 0.": {"torch.arange(count)": "torch.arange(1, count + 1)"},
        "The angles are cut column by column: a window is a row of neighbours.": {
            "return": "angle = angle.reshape(points, count).T\n    return"
        },
        "The steps are too short: `points` steps make one half period.": {"pi / points": "pi / (points + 1)"},
        "All windows show the same half period: window k must start at kπ, not at 0 or 2kπ.": {
            "first +": "0 * first +"
        },
        "The windows start at 0, 1, 2, …: window k must start at kπ.": {"torch.pi * ": ""},
        "The steps are too long: a window covers half a period.": {"torch.pi / points": "2 * torch.pi / points"},
        "These are windows of a whole period: window k goes from kπ to (k + 1)π.": {
            "torch.pi / points": "2 * torch.pi / points",
            "first +": "2 * first +",
        },
        "The angles are in degrees: torch.sin takes radians.": {
            "torch.pi *": "180 *",
            "torch.pi / points": "180 / points",
        },
        "The end of the last window is included, so that every step is a little too long.": {
            "first + step * torch.arange(points)": "torch.linspace(0, count * torch.pi, count * points).view(count, -1)"
        },
        "The shape is (points, count): a window is a row.": {"return": "angle = angle.T\n    return"},
        "Sine and cosine are swapped: the sine must come first.": {
            "torch.sin(angle), torch.cos(angle)": "torch.cos(angle), torch.sin(angle)"
        },
        "The cosine is missing: return both.": {", torch.cos(angle)": ""},
    },
)


def _on_all_steps(output, weight, bias):
    batch, length, size = output.shape
    rows = output.reshape(-1, size)
    values = rows @ weight.T + bias
    return values.reshape(batch, length, 1)


def _case(batch, length, size, dtype=torch.float64):
    return numbers((batch, length, size), (1, size), (1,), dtype=dtype)


on_all_steps = Exercise(
    solution=_on_all_steps,
    reference=linear,
    against="torch.nn.functional.linear at each step",
    # All sizes equal first: there a mix-up of axes raises no error, and is told by its values.
    cases=[_case(4, 4, 4), _case(2, 10, 3), _case(1, 5, 2), _case(3, 2, 6, torch.float32)],
    hints=(
        "Which axis must stay together when two axes become one?",
        "The units stay last: reshape to (N·L, H_out), multiply by `weight.T`, add the bias.",
        "The result has the shape (N·L, 1); `reshape(batch, length, 1)` gives the axes back.",
    ),
    mistakes={
        "The axes of time and units are exchanged by reshape, which moves no number: the units stay last.": {
            "values.reshape(batch, length, 1)": "output.reshape(-1, size, length) @ weight.T + bias"
        },
        "Each row holds one unit at several steps: do not transpose before the product.": {
            "output.reshape": "output.transpose(1, 2).reshape"
        },
        "The bias is taken off: add it.": {" + bias": " - bias"},
        "reshape to (H_out, N·L) mixes states up: reshape to (N·L, H_out).": {
            "output.reshape(-1, size)": "output.reshape(size, -1).T"
        },
        "The steps come first in the rows, and the batch in the result: do not transpose.": {
            "output.reshape": "output.transpose(0, 1).reshape"
        },
        "The result is still flat: give it the axes N and L back.": {".reshape(batch, length, 1)": ""},
        "The bias is missing.": {" + bias": ""},
        "The axes N and L of the result are exchanged.": {"(batch, length, 1)": "(length, batch, 1)"},
        "The rows were read as if time came first: the batch is the first axis.": {
            "(batch, length, 1)": "(length, batch, 1).transpose(0, 1)"
        },
        "Only the last step is there: every step has an answer.": {"(batch, length, 1)": "(batch, length, 1)[:, -1]"},
        "The last axis, of length 1, is missing.": {"(batch, length, 1)": "(batch, length)"},
        "The states are detached: nothing below the linear layer could learn.": {
            "output.reshape": "output.detach().reshape"
        },
    },
    differentiable=True,
)


def _floor(x, y):
    total = y.new_zeros(())
    for t in range(x.shape[1]):
        seen = x[:, : t + 1]
        _, group = torch.unique(seen, dim=0, return_inverse=True)
        for number in group.unique():
            part = y[group == number, t]
            best = part.mean()
            total = total + (part - best).square().sum()
    return total / x.numel()


def _draws(count, length, dtype=torch.float64):
    """Return windows of few different inputs, so that many agree for a while, and random targets."""
    x, y = numbers((count, length), (count, length), dtype=dtype)
    return (x > 0).to(dtype), y


floor = Exercise(
    solution=_floor,
    against="the spread among windows whose inputs agree up to a step",
    cases=[_draws(24, 4), _draws(30, 5), _draws(40, 3), _draws(25, 4, torch.float32)],
    hints=(
        "Which windows can a recurrence not tell apart after it has read their first t + 1 inputs?",
        "Those with the same first t + 1 inputs. `torch.unique(…, dim=0, return_inverse=True)` numbers the groups.",
        "Add up, for each step and group, the squared distances from the group's mean; divide by `x.numel()`.",
    ),
    mistakes={
        "Windows are told apart by the input of step t alone: a state also knows those before it.": {
            ": t + 1]": "t : t + 1]"
        },
        "Windows are told apart by the last two inputs alone: a state may know all since the start.": {
            ": t + 1]": "max(t - 1, 0) : t + 1]"
        },
        "Windows are told apart by all their inputs: at step t nobody has seen what comes after.": {": t + 1]": ":]"},
        "The input of step t is missing: x[:, :t] ends before it.": {
            "x[:, : t + 1]": "x[:, :t] if t else 0 * x[:, :1]"
        },
        "The inputs are not used: that is the spread of the targets at each step.": {"= x[:": "= 0 * x[:"},
        "Windows are told apart by what comes from step t on: a state knows what came before.": {": t + 1]": "t:]"},
        "Only the first step is counted.": {"range(x.shape[1])": "range(1)"},
        "That is the sum: the mean over windows and steps is asked for.": {" / x.numel()": ""},
        "That is the sum over the steps: divide by their number too.": {"x.numel()": "x.shape[0]"},
        "That is the sum over the windows: divide by their number too.": {"x.numel()": "x.shape[1]"},
        "That is the root of it: the squared error is asked for.": {"total / x.numel()": "(total / x.numel()).sqrt()"},
        "torch.var divides by one less than the number, and is nan for one window: use `correction=0`.": {
            "(part - best).square().sum()": "part.var() * len(part)"
        },
        "Every group counts the same here: each window counts.": {
            "(part - best).square().sum()": "(part - best).square().mean()",
            "x.numel()": "sum(len(x[:, : t + 1].unique(dim=0)) for t in range(x.shape[1]))",
        },
        "torch.var divides by one less than the number: use `correction=0`.": {
            "(part - best).square().sum()": "(part.var() * len(part) if len(part) > 1 else 0)"
        },
        "The best answer for windows that agree is the mean of their targets, not 0.": {"part.mean()": "0.0"},
        "The median has the lowest absolute error, the mean the lowest squared error.": {
            "part.mean()": "part.median()"
        },
        "That is the absolute error: the squared one is asked for.": {".square()": ".abs()"},
    },
)
