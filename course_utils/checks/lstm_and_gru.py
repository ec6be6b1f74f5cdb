"""The exercises of the chapter on LSTM and GRU."""

import itertools

import torch
from torch import nn

from course_utils.judging.cases import called, numbers
from course_utils.judging.exercise import Exercise

FINISHED = ("torch.nn.modules.rnn", "lstm_cell", "gru_cell", "lstm", "gru", "torch._ops", "course_utils.cells")


def _case(gates, states, size_in, size, dtype=torch.float64):
    """Return random x_t, the states and the four parameters of a cell, for a batch of four."""
    shapes = [(4, size_in), *[(4, size)] * states, (gates * size, size_in), (gates * size, size)]
    shapes += [(gates * size,)] * 2
    return numbers(*shapes, dtype=dtype)


def _cases(gates, states):
    return [_case(gates, states, 3, 3), _case(gates, states, 2, 5), _case(gates, states, 4, 3, torch.float32)]


def _torch_cell(kind, x_t, state, parameters):
    cell = kind(x_t.shape[-1], parameters[1].shape[-1], dtype=x_t.dtype)
    return called(cell, parameters, x_t, state)


def _lstm(x_t, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    sums = x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh
    i, f, g, o = sums.chunk(4, dim=-1)
    i, f, o = i.sigmoid(), f.sigmoid(), o.sigmoid()
    g = g.tanh()
    new = f * c + i * g
    h = o * new.tanh()
    return h, new


def _others(blocks):
    """Return all orders of the blocks but this one."""
    return [", ".join(order) for order in itertools.permutations(blocks)][1:]


lstm = Exercise(
    solution=_lstm,
    reference=lambda x_t, h, c, *parameters: _torch_cell(nn.LSTMCell, x_t, (h, c), parameters),
    against="torch.nn.LSTMCell on random weights",
    cases=_cases(4, 2),
    hints=(
        "How many of the four blocks are gates between 0 and 1, and which one is not?",
        "`chunk(4, dim=1)` gives i, f, g, o. All get the sigmoid but g, which gets tanh.",
        "c becomes f·c + i·g; h is o times the tanh of the new c.",
    ),
    mistakes={
        **{
            f"The order of the blocks is i, f, g, o; here it is {order}.": {"i, f, g, o": order}
            for order in _others("ifgo")
        },
        "g passes a sigmoid: the candidate may be negative, so it must pass tanh.": {"g.tanh()": "g.sigmoid()"},
        "The output gate passes tanh: a gate is between 0 and 1, a sigmoid.": {"o.sigmoid()": "o.tanh()"},
        "1 − f stands in for the input gate: an LSTM has one of its own.": {"i * g": "(1 - f) * g"},
        "c itself passes a tanh: only h reads tanh(c).": {"new = f * c + i * g": "new = (f * c + i * g).tanh()"},
        "c is replaced by its tanh: only h reads tanh(c).": {
            "new = f * c + i * g": "new = (f * c + i * g).tanh()",
            "new.tanh()": "new",
        },
        "The output gate lacks its sigmoid.": {"o.sigmoid()": "o"},
        "The three gates lack their sigmoids.": {"i.sigmoid(), f.sigmoid(), o.sigmoid()": "i, f, o"},
        "The forget gate acts on h: it must act on c.": {"f * c": "f * h"},
        "tanh covers the output gate too: h = o tanh(c).": {"o * new.tanh()": "(o * new).tanh()"},
        "All blocks pass a tanh first: cut the sum itself into blocks.": {
            "= sums.chunk": "= sums.tanh().chunk",
            "g.tanh()": "g",
        },
        "reshape mixes gates and sequences: chunk cuts the last axis.": {
            "sums.chunk(4, dim=-1)": "sums.reshape(4, *h.shape)"
        },
        "`bias_ih` is added twice, and `bias_hh` not at all.": {" + bias_hh": " + bias_ih"},
        "The input gate is not used: c = f c + i g.": {"i * g": "g"},
        "The forget gate is not used: c = f c + i g.": {"f * c": "c"},
        "The old c is not used: nothing is remembered.": {"f * c + ": ""},
        "1 − i stands in for the forget gate: an LSTM has one of its own.": {"f * c": "(1 - i) * c"},
        "h reads the old c: it must read the new one.": {"new.tanh()": "c.tanh()"},
        "h lacks a tanh: h = o tanh(c).": {"o * new.tanh()": "o * new"},
        "The output gate is not used: h = o tanh(c).": {"o * new.tanh()": "new.tanh()"},
        "c is returned as it came: return the new one.": {"h, new": "h, c"},
        "The results are swapped: h must come first, then c.": {"h, new": "new, h"},
        "The gates read c: they must read x_t and h.": {"h @ weight": "c @ weight"},
        "`bias_hh` is missing.": {" + bias_hh": ""},
        "`bias_ih` is missing.": {" + bias_ih": ""},
    },
    differentiable=True,
    forbidden=FINISHED,
)


def _gru(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    of_x = (x_t @ weight_ih.T + bias_ih).chunk(3, dim=-1)
    of_h = (h @ weight_hh.T + bias_hh).chunk(3, dim=-1)
    r, z, n = zip(of_x, of_h, strict=True)
    r, z = sum(r).sigmoid(), sum(z).sigmoid()
    n_x, n_h = n
    n = torch.tanh(n_x + r * n_h)
    return (1 - z) * n + z * h


gru = Exercise(
    solution=_gru,
    reference=lambda x_t, h, *parameters: _torch_cell(nn.GRUCell, x_t, h, parameters),
    against="torch.nn.GRUCell on random weights",
    cases=_cases(3, 1),
    hints=(
        "Does the reset gate act on the state, or on what the matrix has made of the state?",
        "The blocks are r, z, n. In n the gate r multiplies `h @ W_hn.T + b_hn` as a whole, with its bias.",
        "The new state is (1 − z)·n + z·h: where z is 1 the old state stays.",
    ),
    mistakes={
        "z and 1 − z are swapped: z keeps the old state.": {"(1 - z) * n + z * h": "z * n + (1 - z) * h"},
        "r multiplies h before the product: it must multiply `h @ W_hn.T + b_hn`.": {
            "r * n_h": "(r * h) @ weight_hh.chunk(3)[2].T + bias_hh.chunk(3)[2]"
        },
        "r acts on the product without its bias: it must act on both.": {
            "r * n_h": "r * (n_h - bias_hh.chunk(3)[2]) + bias_hh.chunk(3)[2]"
        },
        "r acts on the input's part, too: it must act on the state's only.": {"n_x + r * n_h": "r * (n_x + n_h)"},
        "r acts on the input's part: it must act on the state's.": {"n_x + r * n_h": "r * n_x + n_h"},
        "The reset gate is not used.": {"r * n_h": "n_h"},
        "n passes a sigmoid: it must pass tanh, as it is the new state.": {"torch.tanh(": "torch.sigmoid("},
        **{
            f"The order of the blocks is r, z, n; here it is {order}.": {"r, z, n =": f"{order} ="}
            for order in _others("rzn")
        },
        "The update gate lacks its sigmoid.": {"sum(r).sigmoid(), sum(z).sigmoid()": "sum(r).sigmoid(), sum(z)"},
        "z stands where r belongs, in n.": {"r * n_h": "z * n_h"},
        "The new state passes a tanh once more.": {"return (1 - z) * n + z * h": "return ((1 - z) * n + z * h).tanh()"},
        "1 − z is missing: h = (1 − z) n + z h.": {"(1 - z) * n": "n"},
        "r acts on the old state, too, at the end: z h.": {"+ z * h": "+ z * r * h"},
        "The sigmoid's sign is wrong: it is 1 / (1 + exp(−a)).": {
            "sum(r).sigmoid(), sum(z)": "(-sum(r)).sigmoid(), (-sum(z))"
        },
        "The gates read x_t alone: they must read h, too.": {"sum(r).sigmoid(), sum(z)": "r[0].sigmoid(), z[0]"},
        "The reset gate reads x_t alone: it must read h, too.": {"sum(r).sigmoid()": "r[0].sigmoid()"},
        "z and r are exchanged in the state's part alone.": {"zip(of_x, of_h": "zip(of_x, (of_h[1], of_h[0], of_h[2])"},
        "`bias_ih` is added twice, and `bias_hh` not at all.": {" + bias_hh": " + bias_ih"},
        "n lacks a tanh.": {"torch.tanh(n_x + r * n_h)": "n_x + r * n_h"},
        "The update gate is not used: h = (1 − z) n + z h.": {"(1 - z) * n + z * h": "n"},
        "The old state is not kept: z h is missing.": {" + z * h": ""},
        "`bias_hh` is missing.": {" + bias_hh": ""},
        "`bias_ih` is missing.": {" + bias_ih": ""},
    },
    differentiable=True,
    forbidden=FINISHED,
)
