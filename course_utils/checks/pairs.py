"""Pairs of cells that agree or do not, and comparisons of which some see the difference."""

import torch
from torch import nn

from course_utils.cells import rnn_step
from course_utils.judging.limits import own_randomness


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


def comparison(
    leaves=lambda x, h, cell: [x, h, *cell.parameters()],
    mix=torch.randn_like,
    first=lambda h: h,
    parts=slice(None),
    judge=None,
    say=all,
):
    """Return a comparison in which some part may be wrong."""
    judge = judge or (lambda one, other: torch.allclose(one, other, rtol=0, atol=1e-5))

    def compare(mine, theirs, x_t, h):
        weights, results = mix(h), []
        for cell in (mine, theirs):
            state = cell(x_t, first(h))
            leaf = leaves(x_t, h, cell)
            gradients = torch.autograd.grad((weights * state).sum(), leaf, materialize_grads=True)
            results.append([state, *gradients][parts])
        return say(judge(*pair) for pair in zip(*results, strict=True))

    return compare


MISTAKES = {
    lambda mine, theirs, x_t, h: True: "It calls every pair equal, the wrong ones too.",
    lambda mine, theirs, x_t, h: False: "It calls every pair different, the right ones too.",
    comparison(parts=slice(1)): "It compares the values only: a cell with the right state and a wrong gradient passes.",
    comparison(parts=slice(1, None)): "It compares the gradients only: a cell whose state is off by a constant passes.",
    comparison(
        leaves=lambda x, h, cell: [x, h]
    ): "The gradients with respect to the parameters are not compared: a cell "
    "whose weights are cut off the graph passes, and never learns.",
    comparison(
        leaves=lambda x, h, cell: [x, *cell.parameters()]
    ): "The gradient with respect to `h` is not compared: a cell that passes on half of it passes.",
    comparison(
        leaves=lambda x, h, cell: [h, *cell.parameters()]
    ): "The gradient with respect to `x_t` is not compared.",
    comparison(mix=torch.ones_like): "The gradient is that of the plain sum: a cell whose units get each other's "
    "gradients passes. Weight the units with random numbers.",
    comparison(first=lambda h: 0 * h): "It starts from a zero state, where `weight_hh` has no part in the result.",
    comparison(judge=torch.equal): "It asks for equality to the last bit: cells that differ by rounding are called "
    "different.",
    comparison(say=any): "It is content if any part agrees: all have to.",
    lambda *arguments: not comparison()(*arguments): "True and False are exchanged.",
}
