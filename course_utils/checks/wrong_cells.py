"""Cells that agree with PyTorch's, and cells that do not: what the exercise `agree` is tried on."""

import torch
from torch import nn

from course_utils.cells import rnn_step
from course_utils.judging.cases import numbers, weighted


class _Step(nn.Module):
    """A cell with a step of its own, ``step(x, h, *parameters)``."""

    def __init__(self, cell, step):
        super().__init__()
        self.cell, self.step = cell, step

    def forward(self, x_t, h=None):
        return self.step(x_t, torch.zeros_like(x_t) if h is None else h, *self.cell.parameters())


def _mixed_up(*given):
    """Return the right state with the gradients of the units in another order."""
    state = rnn_step(*given)
    return state.flip(-1) + (state - state.flip(-1)).detach()


STEPS = {
    "PyTorch's own step": torch.rnn_tanh_cell,
    "a right step": rnn_step,
    "a right step, but for 1e-7 of rounding": lambda *given: rnn_step(*given) + 1e-7,
    "`weight_hh` is transposed": lambda x, h, w_ih, w_hh, b_ih, b_hh: rnn_step(x, h, w_ih, w_hh.T, b_ih, b_hh),
    "the weights are swapped": lambda x, h, w_ih, w_hh, b_ih, b_hh: rnn_step(x, h, w_hh, w_ih, b_ih, b_hh),
    "`bias_hh` is missing": lambda x, h, w_ih, w_hh, b_ih, b_hh: rnn_step(x, h, w_ih, w_hh, b_ih, 0 * b_hh),
    "`weight_ih` gets no gradient": lambda x, h, w_ih, *others: rnn_step(x, h, w_ih.detach(), *others),
    "the biases get no gradient": lambda x, h, w_ih, w_hh, *b: rnn_step(x, h, w_ih, w_hh, *map(torch.detach, b)),
    "`h` gets half its gradient": lambda x, h, *parameters: rnn_step(x, (h + h.detach()) / 2, *parameters),
    "`x_t` gets half its gradient": lambda x, h, *parameters: rnn_step((x + x.detach()) / 2, h, *parameters),
    "the state is 0.1 too large": lambda *given: rnn_step(*given) + 0.1,
    "the state is 0.1 too small": lambda *given: rnn_step(*given) - 0.1,
    "two units are off by 1e-4, one up, one down": lambda *given: rnn_step(*given) + torch.tensor([1e-4, -1e-4, 0]),
    "the units have each other's gradients": _mixed_up,
}


def pair(step):
    """Return a cell with this step, PyTorch's with the same weights, x_t and h."""
    cell = weighted(nn.RNNCell, 3, 3, dtype=torch.float32)
    return _Step(cell, step), cell, *numbers((4, 3), (4, 3), dtype=torch.float32)
