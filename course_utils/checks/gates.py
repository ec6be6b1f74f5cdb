"""The exercises of the chapter on LSTM and GRU."""

import torch
from torch import nn
from torch.func import functional_call

from course_utils.checks import hints
from course_utils.checks.steps import GRU_MISTAKES, LSTM_MISTAKES
from course_utils.judging.exercise import Exercise

hint = hints.teller(hints.GATES)

FINISHED = ("torch.nn.modules.rnn", "lstm_cell", "gru_cell", "lstm", "gru", "torch._ops", "course_utils.cells")


def _case(gates, states, size_in, size, dtype=torch.float64):
    """Return random x_t, the states and the four parameters of a cell, for a batch of four."""
    generator = torch.Generator().manual_seed(size)
    shapes = [(4, size_in), *[(4, size)] * states, (gates * size, size_in), (gates * size, size)]
    shapes += [(gates * size,)] * 2
    return tuple(torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes)


def _cases(gates, states):
    return [_case(gates, states, 3, 3), _case(gates, states, 2, 5), _case(gates, states, 4, 3, torch.float32)]


def _torch_cell(kind, x_t, state, parameters):
    cell = kind(x_t.shape[-1], parameters[1].shape[-1], dtype=x_t.dtype)
    return functional_call(cell, dict(zip(cell.state_dict(), parameters, strict=True)), (x_t, state))


lstm = Exercise(
    task=(
        "``lstm(x_t, h, c, weight_ih, weight_hh, bias_ih, bias_hh)`` with shapes (N, H_in), (N, H_out) twice, "
        "(4 H_out, H_in), (4 H_out, H_out), (4 H_out,) twice returns the next h and c."
    ),
    reference=lambda x_t, h, c, *parameters: _torch_cell(nn.LSTMCell, x_t, (h, c), parameters),
    against="torch.nn.LSTMCell on random weights",
    cases=_cases(4, 2),
    mistakes=LSTM_MISTAKES,
    differentiable=True,
    forbidden=FINISHED,
)
gru = Exercise(
    task=(
        "``gru(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh)`` with shapes (N, H_in), (N, H_out), (3 H_out, "
        "H_in), (3 H_out, H_out), (3 H_out,) twice returns the next h."
    ),
    reference=lambda x_t, h, *parameters: _torch_cell(nn.GRUCell, x_t, h, parameters),
    against="torch.nn.GRUCell on random weights",
    cases=_cases(3, 1),
    mistakes=GRU_MISTAKES,
    differentiable=True,
    forbidden=FINISHED,
)


def _translate(order=(1, 0, 2), turn=lambda kernel: kernel.T, biases=lambda bias: (bias[0], bias[1])):
    """Return a translation in which some part may be wrong."""

    def answer(kernel, recurrent, bias):
        parts = [turn(kernel), turn(recurrent), *biases(bias)]
        return tuple(torch.cat([part.chunk(3)[place] for place in order]) for part in parts)

    return answer


def _use_in_cell(arguments, parameters):
    """Return the next states of a PyTorch cell with these parameters."""
    kernel, recurrent, _ = arguments
    generator = torch.Generator().manual_seed(0)
    x_t, h = (torch.randn(4, len(part), generator=generator, dtype=kernel.dtype) for part in (kernel, recurrent))
    return _torch_cell(nn.GRUCell, x_t, h, parameters)


def _kernels(size_in, size, dtype=torch.float64):
    _, _, weight_ih, weight_hh, bias_ih, bias_hh = _case(3, 1, size_in, size, dtype)
    return weight_ih.T.contiguous(), weight_hh.T.contiguous(), torch.stack([bias_ih, bias_hh])


to_pytorch = Exercise(
    task=(
        "``to_pytorch(kernel, recurrent, bias)`` with shapes (H_in, 3 H_out), (H_out, 3 H_out) and (2, 3 "
        "H_out), blocks in the order z, r, n, returns `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`."
    ),
    reference=_translate(),
    against="the other library's formula on random weights",
    cases=[_kernels(3, 3), _kernels(2, 5), _kernels(4, 3, torch.float32)],
    mistakes={
        _translate((0, 1, 2)): "The blocks are left in the order z, r, n: PyTorch's is r, z, n.",
        _translate((2, 1, 0)): "The order is turned round: only z and r change places.",
        _translate((1, 2, 0)): "z has gone last: only z and r change places.",
        _translate((2, 0, 1)): "n has come first: only z and r change places.",
        _translate(turn=lambda kernel: kernel.reshape(kernel.shape[1], -1)): "reshape cuts the rows into new pieces; "
        "`.T` exchanges the axes.",
        _translate((0, 2, 1)): "r and n change places here; it is z and r.",
        _translate(turn=lambda kernel: torch.cat(kernel.chunk(3, dim=1))): "The blocks are stacked, and not "
        "transposed: PyTorch multiplies by `weight.T`.",
        _translate(biases=lambda bias: (bias[1], bias[0])): "The biases are swapped: the first row belongs to the "
        "input. In the block n that matters.",
        _translate(biases=lambda bias: (bias[0] + bias[1], 0 * bias[1])): "The biases are added: in the block n the "
        "reset gate acts on `bias_hh` only.",
        lambda k, u, b: (k.T, u.T, *_translate()(k, u, b)[2:]): "The biases are reordered, the weights are not.",
        lambda k, u, b: (*_translate()(k, u, b)[:2], b[0], b[1]): "The weights are reordered, the biases are not.",
    },
    use=_use_in_cell,
)
