"""The exercises of the chapter on LSTM and GRU."""

import itertools

import torch
from torch import nn
from torch.func import functional_call

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise, Mistake

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


def _lstm(x_t, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    sums = x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh
    i, f, g, o = sums.chunk(4, dim=-1)
    i, f, o = i.sigmoid(), f.sigmoid(), o.sigmoid()
    g = g.tanh()
    c = f * c + i * g
    h = o * c.tanh()
    return h, c


_ORDERS = [", ".join(order) for order in itertools.permutations("ifgo")][1:]
lstm = Exercise(
    task=(
        "``lstm(x_t, h, c, weight_ih, weight_hh, bias_ih, bias_hh)`` with shapes (N, H_in), (N, H_out) twice, "
        "(4 H_out, H_in), (4 H_out, H_out), (4 H_out,) twice returns the next h and c."
    ),
    reference=lambda x_t, h, c, *parameters: _torch_cell(nn.LSTMCell, x_t, (h, c), parameters),
    solution=_lstm,
    against="torch.nn.LSTMCell on random weights",
    cases=_cases(4, 2),
    mistakes=[
        *(
            Mistake(f"The order of the blocks is i, f, g, o; here it is {order}.", {"i, f, g, o": order})
            for order in _ORDERS
        ),
        Mistake(
            "g passes a sigmoid: it is the candidate, which may be negative, and passes tanh.",
            {"g.tanh()": "g.sigmoid()"},
        ),
        Mistake("The output gate passes tanh: a gate is between 0 and 1, a sigmoid.", {"o.sigmoid()": "o.tanh()"}),
        Mistake("The input gate is not used: c = f c + i g.", {"i * g": "g"}),
        Mistake("The forget gate is not used: c = f c + i g.", {"f * c": "c"}),
        Mistake("The old c is not used: nothing is remembered.", {"f * c + ": ""}),
        Mistake("1 − i stands in for the forget gate: an LSTM has one of its own.", {"f * c": "(1 - i) * c"}),
        Mistake(
            "h is computed from the old c: it reads the new one.",
            {"c = f * c + i * g\n    h = o * c.tanh()": "h = o * c.tanh()\n    c = f * c + i * g"},
        ),
        Mistake("h lacks a tanh: h = o tanh(c).", {"o * c.tanh()": "o * c"}),
        Mistake("The output gate is not used: h = o tanh(c).", {"o * c.tanh()": "c.tanh()"}),
        Mistake(
            "c is not updated: the old one is returned.",
            {"c = f * c + i * g\n    h = o * c.tanh()": "h = o * (f * c + i * g).tanh()"},
        ),
        Mistake("The results are swapped: h comes first, then c.", {"return h, c": "return c, h"}),
        Mistake("The gates read c: they read x_t and h.", {"h @ weight": "c @ weight"}),
        Mistake("`bias_hh` is missing.", {" + bias_hh": ""}),
        Mistake("`bias_ih` is missing.", {" + bias_ih": ""}),
    ],
    differentiable=True,
    forbidden=FINISHED,
)


def _gru(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    r_x, z_x, n_x = (x_t @ weight_ih.T + bias_ih).chunk(3, dim=-1)
    r_h, z_h, n_h = (h @ weight_hh.T + bias_hh).chunk(3, dim=-1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    n = torch.tanh(n_x + r * n_h)
    return (1 - z) * n + z * h


gru = Exercise(
    task=(
        "``gru(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh)`` with shapes (N, H_in), (N, H_out), (3 H_out, "
        "H_in), (3 H_out, H_out), (3 H_out,) twice returns the next h."
    ),
    reference=lambda x_t, h, *parameters: _torch_cell(nn.GRUCell, x_t, h, parameters),
    solution=_gru,
    against="torch.nn.GRUCell on random weights",
    cases=_cases(3, 1),
    mistakes=[
        Mistake(
            "The blocks r and z are swapped: the order is r, z, n.",
            {"r_x, z_x, n_x": "z_x, r_x, n_x", "r_h, z_h, n_h": "z_h, r_h, n_h"},
        ),
        Mistake(
            "The order of the blocks is r, z, n; here it is n, r, z.",
            {"r_x, z_x, n_x": "n_x, r_x, z_x", "r_h, z_h, n_h": "n_h, r_h, z_h"},
        ),
        Mistake(
            "The order of the blocks is r, z, n; here it is r, n, z.",
            {"r_x, z_x, n_x": "r_x, n_x, z_x", "r_h, z_h, n_h": "r_h, n_h, z_h"},
        ),
        Mistake(
            "z and 1 − z are swapped: in PyTorch z keeps the old state.", {"(1 - z) * n + z * h": "z * n + (1 - z) * h"}
        ),
        Mistake(
            "r acts on h before the product with `weight_hh`, as in the paper; in PyTorch it acts on the "
            "product and its bias.",
            {"r * n_h": "(r * h) @ weight_hh.chunk(3)[2].T + bias_hh.chunk(3)[2]"},
        ),
        Mistake(
            "r acts on the product without its bias; in PyTorch it acts on both.",
            {"r * n_h": "r * (h @ weight_hh.chunk(3)[2].T) + bias_hh.chunk(3)[2]"},
        ),
        Mistake(
            "r acts on the input's part too; it acts on the state's part only.", {"n_x + r * n_h": "r * (n_x + n_h)"}
        ),
        Mistake("r acts on the input's part; it acts on the state's.", {"n_x + r * n_h": "r * n_x + n_h"}),
        Mistake("The reset gate is not used.", {"r * n_h": "n_h"}),
        Mistake("n passes a sigmoid: it is the new state, and passes tanh.", {"torch.tanh(": "torch.sigmoid("}),
        Mistake(
            "The order of the blocks is r, z, n; here it is z, n, r.",
            {"r_x, z_x, n_x": "z_x, n_x, r_x", "r_h, z_h, n_h": "z_h, n_h, r_h"},
        ),
        Mistake(
            "The order of the blocks is r, z, n; here it is n, z, r.",
            {"r_x, z_x, n_x": "n_x, z_x, r_x", "r_h, z_h, n_h": "n_h, z_h, r_h"},
        ),
        Mistake("n lacks a tanh.", {"torch.tanh(n_x + r * n_h)": "n_x + r * n_h"}),
        Mistake("The update gate is not used: h = (1 − z) n + z h.", {"(1 - z) * n + z * h": "n"}),
        Mistake("The old state is not kept: z h is missing.", {" + z * h": ""}),
        Mistake("`bias_hh` is missing.", {" + bias_hh": ""}),
        Mistake("`bias_ih` is missing.", {" + bias_ih": ""}),
    ],
    differentiable=True,
    forbidden=FINISHED,
)


def _to_pytorch(kernel, recurrent, bias):
    found = []
    for part in (kernel.T, recurrent.T, bias[0], bias[1]):
        z, r, n = part.chunk(3)
        found.append(torch.cat([r, z, n]))
    return tuple(found)


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
    reference=_to_pytorch,
    solution=_to_pytorch,
    against="the other library's formula on random weights",
    cases=[_kernels(3, 3), _kernels(2, 5), _kernels(4, 3, torch.float32)],
    mistakes=[
        Mistake("The blocks are left in the order z, r, n: PyTorch's is r, z, n.", {"[r, z, n]": "[z, r, n]"}),
        Mistake("The order is turned round: only z and r change places.", {"[r, z, n]": "[n, r, z]"}),
        Mistake("z has gone last: only z and r change places.", {"[r, z, n]": "[r, n, z]"}),
        Mistake("n has come first: only z and r change places.", {"[r, z, n]": "[n, z, r]"}),
        Mistake(
            "reshape cuts the rows into new pieces; `.T` exchanges the axes.",
            {"kernel.T, recurrent.T": "kernel.reshape(kernel.shape[1], -1), recurrent.reshape(recurrent.shape[1], -1)"},
        ),
        Mistake("r and n change places here; it is z and r.", {"[r, z, n]": "[z, n, r]"}),
        Mistake(
            "The blocks are stacked, and not transposed: PyTorch multiplies by `weight.T`.",
            {"kernel.T, recurrent.T": "*(torch.cat(block.chunk(3, dim=1)) for block in (kernel, recurrent))"},
        ),
        Mistake(
            "The biases are swapped: the first row belongs to the input. In the block n that matters.",
            {"bias[0], bias[1]": "bias[1], bias[0]"},
        ),
        Mistake(
            "The biases are added: in the block n the reset gate acts on `bias_hh` only.",
            {"bias[0], bias[1]": "bias[0] + bias[1], 0 * bias[1]"},
        ),
        Mistake(
            "The biases are reordered, the weights are not.",
            {"return tuple(found)": "return kernel.T, recurrent.T, *found[2:]"},
        ),
        Mistake(
            "The weights are reordered, the biases are not.",
            {"return tuple(found)": "return *found[:2], bias[0], bias[1]"},
        ),
    ],
    use=_use_in_cell,
)
