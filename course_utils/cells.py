"""One time step of each recurrent cell, written out, with PyTorch's names for the parameters.

The cells hold a formula that can be read beside the chapter. What they do *not* do: several layers, two
directions, packed sequences, dropout and `proj_size`, which belong to the layers of `torch.nn`; peepholes and
layer normalisation; the paper's second form of the GRU (see `GRUCell`); one fused kernel;
`torch.jit.script`. Autograd works through them in both modes and under `torch.func.vmap`, which
`torch.nn`'s cells do not all offer.
"""

import math

import torch
from torch import nn
from torch.nn.functional import linear


def rnn_step(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Return the state after one step of a tanh recurrence, as `torch.nn.RNNCell` computes it.

    Parameters
    ----------
    x_t : torch.Tensor
        Input, shape (N, H_in) or (H_in,).
    h : torch.Tensor
        State before the step, shape (N, H_out) or (H_out,).
    weight_ih, weight_hh : torch.Tensor
        Shapes (H_out, H_in) and (H_out, H_out).
    bias_ih, bias_hh : torch.Tensor
        Shape (H_out,). Only their sum matters.

    Returns
    -------
    torch.Tensor
        State after the step, shape of `h`, values from −1 to 1.

    Notes
    -----
    J. L. Elman, Finding structure in time, Cognitive Science 14, 1990, with tanh for the sigmoid.
    """
    return torch.tanh(x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)


def _add_parameters(cell, blocks, input_size, hidden_size, bias, device, dtype):
    """Give a cell the parameters of PyTorch's, in its order; without biases these are None."""
    cell.input_size, cell.hidden_size, cell.bias = input_size, hidden_size, bias
    shapes = {"weight_ih": (input_size,), "weight_hh": (hidden_size,), "bias_ih": (), "bias_hh": ()}
    for name, rest in shapes.items():
        parameter = None
        if bias or name.startswith("weight"):
            parameter = nn.Parameter(torch.empty(blocks * hidden_size, *rest, device=device, dtype=dtype))
        cell.register_parameter(name, parameter)
    _draw(cell)


def _draw(cell):
    """Draw all parameters anew from U(−1/√H_out, 1/√H_out), in PyTorch's order."""
    # Not H_out**-0.5, which differs in the last bit for a quarter of the widths.
    limit = 1 / math.sqrt(cell.hidden_size) if cell.hidden_size else 0
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -limit, limit)


def _described(cell):
    """Return the arguments as text, for `print`."""
    text = f"{cell.input_size}, {cell.hidden_size}" + ("" if cell.bias else ", bias=False")
    relu = getattr(cell, "nonlinearity", "tanh") == "relu"
    return text + (", nonlinearity=relu" if relu else "")


def _checked(cell, x_t, h, name="h"):
    """Return h, or zeros in its place, after a look at the shapes: broadcasting would hide a wrong one."""
    if x_t.dim() not in (1, 2) or x_t.shape[-1] != cell.input_size:
        raise ValueError(f"x_t has the shape (N, {cell.input_size}) or ({cell.input_size},), got {tuple(x_t.shape)}.")
    shape = (*x_t.shape[:-1], cell.hidden_size)
    if h is None:
        return x_t.new_zeros(shape)
    if h.shape != shape:
        raise ValueError(f"With x_t {tuple(x_t.shape)} the state {name} has the shape {shape}, got {tuple(h.shape)}.")
    return h


class RNNCell(nn.Module):
    """One step of a recurrence with tanh or ReLU, as `torch.nn.RNNCell` computes it.

    Parameters
    ----------
    input_size, hidden_size : int
        H_in and H_out.
    bias : bool
        Whether there are `bias_ih` and `bias_hh`.
    nonlinearity : {"tanh", "relu"}
    device, dtype : optional
        Of the parameters, as everywhere in `torch.nn`.

    Raises
    ------
    ValueError
        If `nonlinearity` is another one.
    """

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__()
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f'The nonlinearity is "tanh" or "relu", got {nonlinearity!r}.')
        self.nonlinearity = nonlinearity
        _add_parameters(self, 1, input_size, hidden_size, bias, device, dtype)

    reset_parameters, extra_repr = _draw, _described

    def forward(self, x_t, h=None):
        """Return the next h, (N, H_out), from x_t (N, H_in) and h; both may lack N; without h it is zero."""
        h = _checked(self, x_t, h)
        a_t = linear(x_t, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)
        return torch.tanh(a_t) if self.nonlinearity == "tanh" else torch.relu(a_t)


class LSTMCell(nn.Module):
    """One step of an LSTM, as `torch.nn.LSTMCell` computes it.

    Parameters
    ----------
    input_size, hidden_size, bias, device, dtype
        As for `RNNCell`.

    Notes
    -----
    The blocks of H_out rows in each parameter are i, f, g, o: input gate, forget gate, cell
    gate, output gate. S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural
    Computation 9, 1997; the forget gate is from F. Gers, J. Schmidhuber and F. Cummins,
    Learning to forget, Neural Computation 12, 2000.
    """

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__()
        _add_parameters(self, 4, input_size, hidden_size, bias, device, dtype)

    reset_parameters, extra_repr = _draw, _described

    def forward(self, x_t, state=None):
        """Return the next (h, c), (N, H_out) each, from x_t (N, H_in) and (h, c); without these they are zero."""
        if isinstance(state, torch.Tensor):
            raise ValueError("An LSTM has two states: pass the tuple (h, c), not one tensor.")
        h, c = (None, None) if state is None else state
        if state is not None and (h is None or c is None):
            raise ValueError(f"{'h' if h is None else 'c'} of (h, c) is None: pass both, or None for the pair.")
        h, c = _checked(self, x_t, h, "h"), _checked(self, x_t, c, "c")
        a_t = linear(x_t, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)  # (N, 4 H_out)
        a_i, a_f, a_g, a_o = a_t.chunk(4, dim=-1)
        i, f, o = torch.sigmoid(a_i), torch.sigmoid(a_f), torch.sigmoid(a_o)
        g = torch.tanh(a_g)
        c = f * c + i * g
        return o * torch.tanh(c), c


class GRUCell(nn.Module):
    """One step of a GRU, as `torch.nn.GRUCell` computes it.

    Parameters
    ----------
    input_size, hidden_size, bias, device, dtype
        As for `RNNCell`.

    Notes
    -----
    The blocks of H_out rows in each parameter are r, z, n: reset gate, update gate, new state.
    K. Cho et al., Learning phrase representations using RNN encoder–decoder, EMNLP 2014, let r
    act on h before the product with `weight_hh`; PyTorch, as here, lets it act on the product.
    """

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__()
        _add_parameters(self, 3, input_size, hidden_size, bias, device, dtype)

    reset_parameters, extra_repr = _draw, _described

    def forward(self, x_t, h=None):
        """Return the next h, (N, H_out), from x_t (N, H_in) and h; both may lack N; without h it is zero."""
        h = _checked(self, x_t, h)
        r_x, z_x, n_x = linear(x_t, self.weight_ih, self.bias_ih).chunk(3, dim=-1)
        r_h, z_h, n_h = linear(h, self.weight_hh, self.bias_hh).chunk(3, dim=-1)
        r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
        n = torch.tanh(n_x + r * n_h)
        return (1 - z) * n + z * h
