"""The exercises of the chapter on RNNCell by hand."""

import math
from collections import Counter

import torch
from torch import nn

from course_utils.cells import rnn_step
from course_utils.checks import hints
from course_utils.judging.exercise import Exercise, Mistake
from course_utils.judging.limits import own_randomness

hint = hints.teller(hints.RNNCELL)


@own_randomness()
def _stacked_case(length, batch, size_in, lower, upper, dtype=torch.float64):
    """Return random x and two cells with random weights."""
    generator = torch.Generator().manual_seed(length)
    pair = nn.RNNCell(size_in, lower, dtype=dtype), nn.RNNCell(lower, upper, dtype=dtype)
    for cell in pair:
        for parameter in cell.parameters():
            nn.init.normal_(parameter, generator=generator).requires_grad_(False)
    return torch.randn(length, batch, size_in, generator=generator, dtype=dtype), *pair


def _stacked(x, lower, upper):
    h_1 = x.new_zeros(x.shape[1], lower.hidden_size)
    h_2 = x.new_zeros(x.shape[1], upper.hidden_size)
    output = []
    for x_t in x:
        h_1 = lower(x_t, h_1)
        h_2 = upper(h_1, h_2)
        output.append(h_2)
    return torch.stack(output), h_1, h_2


stacked = Exercise(
    task=(
        "``stacked(x, lower, upper)`` with x (L, N, H_in) and two `torch.nn.RNNCell` returns `output`, shape "
        "(L, N, H_upper), and the last states, (N, H_lower) and (N, H_upper)."
    ),
    reference=_stacked,
    solution=_stacked,
    against="torch.nn.RNNCell, step by step",
    # All sizes equal first: there a mix-up raises no error, and is told by its values.
    cases=[_stacked_case(4, 3, 3, 3, 3), _stacked_case(6, 2, 5, 4, 3), _stacked_case(5, 2, 2, 3, 4, torch.float32)],
    mistakes=[
        Mistake(
            "The upper cell reads the state of the lower one from the step before: it reads the new one.",
            {"h_1 = lower(x_t, h_1)\n        h_2 = upper(h_1, h_2)": "h_1, h_2 = lower(x_t, h_1), upper(h_1, h_2)"},
        ),
        Mistake(
            "The upper cell reads `x_t`: it reads the new state of the lower one.",
            {"upper(h_1, h_2)": "upper(x_t, h_2)"},
        ),
        Mistake(
            "No state is handed on: each step starts from zero.",
            {"lower(x_t, h_1)": "lower(x_t)", "upper(h_1, h_2)": "upper(h_1)"},
        ),
        Mistake(
            "The lower cell does not get its state: each of its steps starts from zero.",
            {"lower(x_t, h_1)": "lower(x_t)"},
        ),
        Mistake(
            "The upper cell does not get its state: each of its steps starts from zero.",
            {"upper(h_1, h_2)": "upper(h_1)"},
        ),
        Mistake(
            "The arguments of the upper cell are swapped: the input comes first, then the state.",
            {"upper(h_1, h_2)": "upper(h_2, h_1)"},
        ),
        Mistake(
            "Both cells share one state: each keeps its own.",
            {"h_2 = upper(h_1, h_2)": "h_1 = h_2 = upper(h_1, h_1)"},
        ),
        Mistake("The cells are swapped: `lower` reads `x_t`.", {"(x, lower, upper)": "(x, upper, lower)"}),
        Mistake("`output` holds the states of the lower cell.", {"append(h_2)": "append(h_1)"}),
        Mistake(
            "The two last states are swapped: the lower cell's comes first.",
            {"torch.stack(output), h_1, h_2": "torch.stack(output), h_2, h_1"},
        ),
        Mistake(
            "torch.cat joins the states along the batch; torch.stack gives time an axis of its own.",
            {"torch.stack(": "torch.cat("},
        ),
        Mistake(
            "`output` is stacked along the second axis: time is the first one.",
            {"torch.stack(output)": "torch.stack(output, dim=1)"},
        ),
        Mistake(
            "The values are right, but the states are detached between the steps.",
            {"lower(x_t, h_1)": "lower(x_t, h_1.detach())", "upper(h_1, h_2)": "upper(h_1, h_2.detach())"},
        ),
    ],
    differentiable=True,
    forbidden=("course_utils.cells",),
)


def _floor(inputs, targets):
    letters = Counter(inputs)
    pairs = Counter(zip(inputs, targets, strict=True))
    cost = 0
    for (letter, _), count in pairs.items():
        cost += count * math.log(letters[letter] / count)
    return cost / len(inputs)


def _wrong_letters(inputs, targets):
    pairs = Counter(zip(inputs, targets, strict=True))
    best = {letter: max(n for (i, _), n in pairs.items() if i == letter) for letter in inputs}
    return 1 - sum(best.values()) / len(inputs)


memoryless_floor = Exercise(
    task=(
        "``memoryless_floor(inputs, targets)`` with two words of one length returns the lowest mean cross- "
        "entropy, in nats a letter."
    ),
    reference=_floor,
    solution=_floor,
    against="the counts of several words",
    cases=[("hello", "ohlol"), ("aaab", "oolx"), ("abcabcab", "xyzxyyzz"), ("aaaaab", "ooolhx"), ("abab", "cdcd")],
    mistakes=[
        Mistake("That is the sum over the letters; the mean is asked for.", {"cost / len(inputs)": "cost"}),
        Mistake("That is in bits: take the natural logarithm.", {"math.log(": "math.log2("}),
        Mistake("The sign is wrong: a cross-entropy is never negative.", {"return cost": "return -cost"}),
        Mistake(
            "That is the loss without any input: the letter of now may be used.",
            {"letters = ": "inputs = 'a' * len(targets)\n    letters = "},
        ),
        Mistake(
            "Inputs and targets are swapped: ask how the targets vary after each input.",
            {"(inputs, targets):": "(targets, inputs):"},
        ),
        Mistake(
            "Each different letter counts once here; it counts as often as it comes.",
            {"+= count * ": "+= count / letters[letter] * ", "len(inputs)": "len(letters)"},
        ),
        Mistake(
            "The bets are even here; the best bet follows the shares, such as 2/3 and 1/3.",
            {"letters[letter] / count": "len([pair for pair in pairs if pair[0] == letter])"},
        ),
        Mistake("That is the share of wrong letters; the cross-entropy is asked for.", _wrong_letters),
        Mistake(
            "Each answer costs minus the logarithm of its probability, not one minus the probability.",
            {"math.log(letters[letter] / count)": "(1 - count / letters[letter])"},
        ),
    ],
    tolerance=1e-5,
)


class _Step(nn.Module):
    """A cell made of a PyTorch cell and a wrong step, ``step(cell, x_t, h)``."""

    def __init__(self, cell, step):
        super().__init__()
        self.cell, self.step = cell, step

    def forward(self, x_t, h=None):
        return self.step(self.cell, x_t, torch.zeros_like(x_t) if h is None else h)


def _with(*order):
    """Return a step with the four parameters exchanged or changed."""
    return lambda cell, x, h: rnn_step(x, h, *(part(cell) for part in order))


W, V, B, C = (lambda c: c.weight_ih), (lambda c: c.weight_hh), (lambda c: c.bias_ih), (lambda c: c.bias_hh)


def _cut(part):
    """Return a parameter cut off the graph."""
    return lambda cell: part(cell).detach()


def _gradient_of(other):
    """Return a step with the right values and the gradient of another function of the right state."""

    def step(cell, x, h):
        state = other(cell, x, h)
        return state + (cell(x, h) - state).detach()

    return step


SAME = [lambda cell, x, h: cell(x, h), _with(W, V, B, C), lambda cell, x, h: cell(x, h) + 1e-7]
DIFFERENT = [
    _with(W, lambda c: c.weight_hh.T, B, C),
    _with(V, W, B, C),
    _with(W, V, B, lambda c: 0 * c.bias_hh),
    lambda cell, x, h: cell(x, h) + 0.1,
    lambda cell, x, h: cell(x, (h + h.detach()) / 2),
    lambda cell, x, h: cell((x + x.detach()) / 2, h),
    _gradient_of(lambda cell, x, h: cell(x, h).flip(-1)),
    _with(_cut(W), V, B, C),
    _with(W, V, _cut(B), _cut(C)),
]


@own_randomness()
def _pair(step):
    """Return a cell with this step, PyTorch's with the same weights, x_t and h."""
    generator = torch.Generator().manual_seed(0)
    cell = nn.RNNCell(3, 3)
    for parameter in cell.parameters():
        nn.init.normal_(parameter, generator=generator)
    return _Step(cell, step), cell, *torch.randn(2, 4, 3, generator=generator)


PAIRS = [_pair(step) for step in SAME + DIFFERENT]


def _agree(mine, theirs, x_t, h):
    weights, found = torch.randn_like(h), []
    for cell in (mine, theirs):
        state = cell(x_t, h)
        leaves = [x_t, h, *cell.parameters()]
        gradients = torch.autograd.grad((weights * state).sum(), leaves, materialize_grads=True)
        found.append([state, *gradients])
    return all(torch.allclose(a, b, rtol=0, atol=1e-5) for a, b in zip(*found, strict=True))


agree = Exercise(
    task=(
        "``agree(mine, theirs, x_t, h)`` with two cells, x_t (N, H_in) and h (N, H_out) returns whether the "
        "next states and the gradients with respect to x_t, h and the parameters agree to 1e-5."
    ),
    reference=_agree,
    solution=_agree,
    against="what is known of twelve pairs of cells",
    cases=PAIRS,
    mistakes=[
        Mistake("It calls every pair equal, the wrong ones too.", {"return all(": "return True or all("}),
        Mistake("It calls every pair different, the right ones too.", {"return all(": "return False and all("}),
        Mistake(
            "It compares the values only: a cell with the right state and a wrong gradient passes.",
            {"[state, *gradients]": "[state]"},
        ),
        Mistake(
            "It compares the gradients only: a cell whose state is off by a constant passes.",
            {"[state, *gradients]": "gradients"},
        ),
        Mistake(
            "The gradients with respect to the parameters are not compared: a cell whose weights are cut off the graph "
            "passes, and never learns.",
            {", *cell.parameters()": ""},
        ),
        Mistake(
            "The gradient with respect to `h` is not compared: a cell that passes on half of it passes.",
            {"[x_t, h, *": "[x_t, *"},
        ),
        Mistake("The gradient with respect to `x_t` is not compared.", {"[x_t, h, *": "[h, *"}),
        Mistake(
            "The gradient is that of the plain sum: a cell whose units get each other's gradients passes. "
            "Weight the units with random numbers.",
            {"randn_like": "ones_like"},
        ),
        Mistake(
            "It starts from a zero state, where `weight_hh` has no part in the result.",
            {"cell(x_t, h)": "cell(x_t, 0 * h)"},
        ),
        Mistake(
            "It asks for equality to the last bit: cells that differ by rounding are called different.",
            {"torch.allclose(a, b, rtol=0, atol=1e-5)": "torch.equal(a, b)"},
        ),
        Mistake("It is content if any part agrees: all have to.", {"return all(": "return any("}),
        Mistake("True and False are exchanged.", {"return all(": "return not all("}),
    ],
    use=lambda arguments, answer: float(answer),
    differentiable=True,
)
