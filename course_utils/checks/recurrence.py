"""The exercises of the chapter on the recurrence."""

import torch
from torch import nn
from torch.func import functional_call

from course_utils.checks import hints
from course_utils.checks.loops import MISTAKES, random_case, torch_rnn
from course_utils.judging.exercise import Exercise

hint = hints.teller(hints.RECURRENCE)

FINISHED = ("torch.nn.modules.rnn", "rnn_tanh", "rnn_tanh_cell", "torch._ops", "course_utils.cells")


# All sizes equal first: there a mix-up of axes raises no error, and is told by its values.
rnn = Exercise(
    task=(
        "``rnn(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh)`` with shapes (L, N, H_in), (N, H_out), "
        "(H_out, H_in), (H_out, H_out), (H_out,), (H_out,) returns `output`, shape (L, N, H_out), and `h_n`, "
        "shape (N, H_out)."
    ),
    reference=torch_rnn,
    against="torch.nn.RNN on random weights",
    cases=[
        random_case(3, 3, 3, 3),
        random_case(20, 2, 4, 3),
        random_case(1, 4, 1, 2),
        random_case(6, 3, 2, 5, torch.float32),
    ],
    mistakes=MISTAKES,
    differentiable=True,
    forbidden=FINISHED,
)


def _book_case(size_in, size, dtype=torch.float64):
    _, _, weight_ih, weight_hh, bias, _ = random_case(1, 1, size_in, size, dtype)
    return weight_ih.T, weight_hh.T, bias


def _use_in_cell(arguments, parameters):
    """Return the next states of a PyTorch cell with these parameters."""
    w_xh, w_hh, _ = arguments
    generator = torch.Generator().manual_seed(0)
    x_t, h = (torch.randn(4, size, generator=generator, dtype=w_xh.dtype) for size in (len(w_xh), len(w_hh)))
    cell = nn.RNNCell(len(w_xh), len(w_hh), dtype=w_xh.dtype)
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    return functional_call(cell, dict(zip(names, parameters, strict=True)), (x_t, h))


to_pytorch = Exercise(
    task=(
        "``to_pytorch(W_xh, W_hh, b_h)`` with shapes (H_in, H_out), (H_out, H_out), (H_out,) returns "
        "`weight_ih`, `weight_hh`, `bias_ih`, `bias_hh` for ``tanh(x_t @ W_xh + h @ W_hh + b_h)``."
    ),
    reference=lambda w_xh, w_hh, b: (w_xh.T, w_hh.T, b, torch.zeros_like(b)),
    against="the other book's formula on random weights",
    cases=[_book_case(3, 3), _book_case(2, 5), _book_case(4, 3, torch.float32)],
    mistakes={
        lambda w_xh, w_hh, b: (w_xh, w_hh, b, b * 0): "Neither matrix is transposed: PyTorch stores (H_out, H_in).",
        lambda w_xh, w_hh, b: (w_xh.T, w_hh, b, b * 0): "`weight_hh` is not transposed. As it is square, its shape "
        "gives no warning.",
        lambda w_xh, w_hh, b: (w_xh, w_hh.T, b, b * 0): "`weight_ih` is not transposed.",
        lambda w_xh, w_hh, b: (w_hh.T, w_xh.T, b, b * 0): "`weight_ih` and `weight_hh` are swapped.",
        lambda w_xh, w_hh, b: (w_xh.T, w_hh.T, b, b): "The bias counts twice: PyTorch adds `bias_ih` and `bias_hh`.",
        lambda w_xh, w_hh, b: (w_xh.T, w_hh.T, b * 0, b * 0): "The bias is missing.",
    },
    use=_use_in_cell,
    differentiable=True,
)


def _use_on_sequence(arguments, weights):
    """Return all states of the linear recurrence on random numbers."""
    weight_ih, weight_hh = (weight.real.double() for weight in weights)
    generator = torch.Generator().manual_seed(0)
    # Not from zero: there a unit that receives from a wrong one may look right.
    h, states = torch.randn(3, generator=generator, dtype=torch.float64), []
    for x_t in torch.randn(8, 1, generator=generator, dtype=torch.float64):
        h = weight_ih @ x_t + weight_hh @ h
        states.append(h)
    return torch.stack(states)


def _ones(*places):
    """Return a matrix with ones in the given places, counted from 1, and zeros elsewhere."""
    matrix = torch.zeros(3, 3)
    for row, column in places:
        matrix[row - 1, column - 1] = 1.0
    return matrix


FIRST = torch.tensor([[1.0], [0.0], [0.0]])
DOWN = _ones((2, 1), (3, 2))
last_three = Exercise(
    task=(
        "``last_three()`` returns `weight_ih`, shape (3, 1), and `weight_hh`, shape (3, 3), so that "
        "``weight_ih @ x_t + weight_hh @ h`` is (x_t, x_{t−1}, x_{t−2})."
    ),
    reference=lambda: (FIRST, DOWN),
    against="the last three inputs of a random sequence",
    cases=[()],
    mistakes={
        lambda: (FIRST, DOWN.T): "`weight_hh` is transposed: row i says what unit i receives, column j from whom.",
        lambda: (torch.ones(3, 1), DOWN): "All units receive the input; the second and third have to receive only "
        "what the unit before them holds.",
        lambda: (FIRST.flip(0), DOWN.T): "The order is reversed: x_t belongs first.",
        lambda: (FIRST, DOWN + _ones((1, 1))): "The first unit keeps its old value and so adds up all inputs: "
        "weight_hh[0, 0] has to be zero.",
        lambda: (FIRST, DOWN + torch.eye(3)): "Each unit keeps its old value and adds to it: the diagonal of "
        "`weight_hh` has to be zero.",
        lambda: (FIRST, torch.eye(3)): "The first unit adds up all inputs, and nothing is handed down: the ones of "
        "`weight_hh` belong below the diagonal.",
        lambda: (FIRST, torch.zeros(3, 3)): "Only the input of now is there: `weight_hh` is zero, so nothing is kept.",
        lambda: (FIRST, _ones((2, 1), (3, 1))): "The third unit receives what the first one holds, so it equals the "
        "second: its one belongs under the second unit.",
        lambda: (FIRST, _ones((2, 1))): "The third unit receives nothing: a second one is missing.",
        lambda: (FIRST, DOWN + _ones((1, 3))): "What the third unit holds comes back to the first: inputs never leave.",
        lambda: (FIRST, torch.ones(3, 3)): "Every unit receives what all units hold: only two entries are 1.",
    },
    use=_use_on_sequence,
)
