"""The exercises of the chapter from sine to cosine."""

import math

import torch
from torch.nn.functional import linear

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise

hint = hints.teller(hints.SINE)


def _windows(step=lambda points: math.pi / points, length=math.pi, shape=lambda angle: angle):
    """Return windows in which the angles may be wrong."""

    def answer(count, points):
        first = length * torch.arange(count)[:, None]
        angle = shape(first + step(points) * torch.arange(points))
        return torch.sin(angle), torch.cos(angle)

    return answer


def _in_one(count, points):
    """Return windows cut from one linspace with both ends."""
    angle = torch.linspace(0, count * math.pi, count * points).reshape(count, points)
    return torch.sin(angle), torch.cos(angle)


half_periods = Exercise(
    task=("``half_periods(count, points)`` returns the sine and the cosine, shape (count, points) each."),
    reference=_windows(),
    against="sines and cosines of the angles from kπ on",
    cases=[(3, 10), (4, 4), (5, 2)],
    mistakes={
        _windows(lambda points: math.pi / (points - 1)): "The last sample of a window is the first one of the next: "
        "the seam comes twice. Leave the end of each window out.",
        _windows(lambda points: math.pi / (points + 1)): "The steps are too short: `points` steps make one half "
        "period.",
        _windows(length=0.0): "All windows show the same half period: window k starts at kπ, not at 0 or 2kπ.",
        _windows(length=1.0): "The windows start at 0, 1, 2, …: window k starts at kπ.",
        _windows(lambda points: 2 * math.pi / points): "The steps are too long: a window covers half a period.",
        _windows(lambda points: 180 / points, 180.0): "The angles are in degrees: torch.sin takes radians.",
        _in_one: "The end of the last window is included, so that every step is a little too long: `count * points` "
        "steps make `count` half periods.",
        _windows(shape=lambda angle: angle.T): "The shape is (points, count): a window is a row.",
        lambda count, points: _windows()(count, points)[::-1]: "Sine and cosine are swapped: the sine comes first.",
        lambda count, points: _windows()(count, points)[0]: "The cosine is missing: return both.",
    },
)


def _random(batch, length, size, dtype=torch.float64):
    generator = torch.Generator().manual_seed(size)
    shapes = (batch, length, size), (1, size), (1,)
    return tuple(torch.rand(shape, generator=generator, dtype=dtype) - 0.5 for shape in shapes)


on_all_steps = Exercise(
    task=(
        "``on_all_steps(output, weight, bias)`` with shapes (N, L, H_out), (1, H_out) and (1,) returns what a "
        "linear layer gives for each state, shape (N, L, 1)."
    ),
    reference=linear,
    against="torch.nn.functional.linear at each step",
    # All sizes equal first: there a mix-up of axes raises no error, and is told by its values.
    cases=[_random(4, 4, 4), _random(2, 10, 3), _random(1, 5, 2), _random(3, 2, 6, torch.float32)],
    mistakes={
        lambda output, weight, bias: output.reshape(-1, output.shape[2], output.shape[1]) @ weight.T + bias: "The "
        "axes of time and of the units are exchanged by reshape, which moves no number: the last axis must stay the "
        "units.",
        lambda output, weight, bias: (output.transpose(1, 2).reshape(-1, output.shape[2]) @ weight.T + bias).reshape(
            *output.shape[:2], 1
        ): "Each row holds one unit at several steps: do not transpose before the product.",
        lambda output, weight, bias: output.reshape(-1, output.shape[2]) @ weight.T + bias: "The result is still "
        "flat: give it the axes N and L back.",
        lambda output, weight, bias: (output.reshape(-1, output.shape[2]) @ weight.T).reshape(
            *output.shape[:2], 1
        ): "The bias is missing.",
        lambda output, weight, bias: (output.reshape(-1, output.shape[2]) @ weight.T + bias).reshape(
            output.shape[1], output.shape[0], 1
        ): "The axes N and L of the result are exchanged.",
        lambda output, weight, bias: (
            (output.reshape(-1, output.shape[2]) @ weight.T + bias)
            .reshape(output.shape[1], output.shape[0], 1)
            .transpose(0, 1)
        ): "The rows were read as if time came first: the batch is the first axis.",
        lambda output, weight, bias: linear(output[:, -1], weight, bias): "Only the last step is there: every step "
        "has an answer.",
        lambda output, weight, bias: linear(output, weight, bias).squeeze(2): "The last axis, of length 1, is missing.",
        lambda output, weight, bias: linear(output.detach(), weight, bias): "The values are right, but the states are "
        "detached: nothing could be learned below the linear layer.",
    },
    differentiable=True,
)


def _left(x, y, seen, spread=lambda part: (part - part.mean()).square().sum()):
    """Return what is left of the targets at all steps among windows that agree in what is seen."""
    total = y.new_zeros(())
    for t in range(x.shape[1]):
        _, group = torch.unique(seen(x, t), dim=0, return_inverse=True)
        total = total + sum(spread(y[group == number, t]) for number in range(int(group.max()) + 1))
    return total


def _floor(seen=lambda x, t: x[:, : t + 1], finish=lambda total, x: total / x.numel(), **more):
    return lambda x, y: finish(_left(x, y, seen, **more), x)


def _draws(count, length, seed, dtype=torch.float64):
    """Return windows of few different inputs, so that many agree for a while, and random targets."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(2, (count, length), generator=generator).to(dtype)
    return x, torch.rand(count, length, generator=generator, dtype=dtype)


floor = Exercise(
    task=(
        "``floor(x, y)`` with shapes (K, L) and (K, L) returns the mean over all windows and steps of the "
        "squared error that is left when an answer may depend on all inputs up to its own step."
    ),
    reference=_floor(),
    against="the spread among windows whose inputs agree up to a step",
    cases=[_draws(24, 4, 0), _draws(30, 5, 1), _draws(40, 3, 2), _draws(24, 4, 3, torch.float32)],
    mistakes={
        _floor(lambda x, t: x[:, t : t + 1]): "The windows are told apart by the input of now alone: a state also "
        "knows the inputs before it.",
        _floor(lambda x, t: x[:, max(t - 1, 0) : t + 1]): "The windows are told apart by the last two inputs: a state "
        "may know all since the start.",
        _floor(lambda x, t: x): "The windows are told apart by their whole input: the answer at step t has not seen "
        "what comes after.",
        _floor(
            lambda x, t: x[:, :t] if t else x[:, :1] * 0
        ): "The input of step t is missing: x[:, :t] ends before it.",
        _floor(lambda x, t: x[:, :1] * 0): "The inputs are not used: that is the spread of the targets at each step.",
        _floor(finish=lambda total, x: total): "That is the sum: the mean over windows and steps is asked for.",
        _floor(finish=lambda total, x: total / x.shape[0]): "That is the sum over the steps: divide by their number "
        "too.",
        _floor(finish=lambda total, x: total / x.shape[1]): "That is the sum over the windows: divide by their number "
        "too.",
        _floor(finish=lambda total, x: (total / x.numel()).sqrt()): "That is the root of it: the squared error is "
        "asked for.",
        _floor(
            spread=lambda part: (part - part.mean()).square().sum() / (len(part) - 1) * len(part)
        ): "torch.var divides by one less than the number, and has no value for a single window: use `correction=0`.",
        _floor(spread=lambda part: part.square().sum()): "The best answer for windows that agree is the mean of their "
        "targets, not 0.",
        _floor(spread=lambda part: (part - part.median()).square().sum()): "The median has the lowest absolute error; "
        "the mean has the lowest squared error.",
    },
)
