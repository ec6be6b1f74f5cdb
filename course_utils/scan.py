"""Linear recurrences h_t = a_t h_{t-1} + b_t without a loop over time, and the layers that are built on them.

Shapes: N sequences of L steps, D inputs, H outputs, S numbers of state for each channel. A layer takes x, (N, L, D),
and the state before it or None, and returns the output, (N, L, H), and the state behind the last step. What is *not*
here: dropout, masks for padding, one fused kernel; each layer says what else its paper has.
"""

import torch
from torch import nn
from torch.nn.functional import elu, logsigmoid, softplus


def loop(a, b, h=None):
    """Return all states of h_t = a_t h_{t-1} + b_t, one step after the other: what `scan` is tested against.

    Parameters
    ----------
    a, b : torch.Tensor
        Factors and inputs, (N, L, ...), L at least 1; `a` is broadcast to `b`. For padding: factor 1 and input 0.
    h : torch.Tensor, optional
        The state before the first step, (N, ...); without it zero.

    Returns
    -------
    torch.Tensor
        The states behind the steps 1 to L, (N, L, ...).
    """
    h, states = torch.zeros_like(b[:, 0]) if h is None else h, []
    for a_t, b_t in zip(a.expand_as(b).unbind(1), b.unbind(1), strict=True):
        h = a_t * h + b_t
        states.append(h)
    return torch.stack(states, dim=1)


def scan(a, b, h=None):
    """Return what `loop` returns, in about 2 log2(L) stages of operations on whole tensors.

    Two steps are one: h_t = (a_t a_{t-1}) h_{t-2} + (a_t b_{t-1} + b_t). So a recurrence of half the length gives
    every second state, and one step each the others. Nothing is divided; factors beyond 1 can overflow in a product.

    Notes
    -----
    Arguments as for `loop`; a ValueError if there is no step. G. E. Blelloch, Prefix sums and their applications,
    CMU-CS-90-190, 1990, section 1.4.
    """
    if b.shape[1] == 0:
        raise ValueError(f"A recurrence needs at least one step: b is {tuple(b.shape)}, (N, L, ...) with L = 0.")
    a = a.expand_as(b)
    if h is not None:
        b = torch.cat([b[:, :1] + a[:, :1] * h[:, None], b[:, 1:]], dim=1)
    if b.shape[1] == 1:
        return b
    if b.shape[1] % 2:  # the last step stands alone
        h = scan(a[:, :-1], b[:, :-1])
        return torch.cat([h, a[:, -1:] * h[:, -1:] + b[:, -1:]], dim=1)
    (a_1, a_2), (b_1, b_2) = ((x[:, ::2], x[:, 1::2]) for x in (a, b))
    second = scan(a_2 * a_1, a_2 * b_1 + b_2)  # h_2, h_4, ...
    first = torch.cat([b_1[:, :1], a_1[:, 1:] * second[:, :-1] + b_1[:, 1:]], dim=1)
    return torch.stack([first, second], dim=2).flatten(1, 2)


class MinGRU(nn.Module):
    """A GRU whose gate and new state do not see h: a linear recurrence with factors from 0 to 1.

    Parameters
    ----------
    input_size, hidden_size : int
        D and H.
    least : float
        The least factor, from -1 to 0: with -1 the factors 2 z - 1 can turn the sign of the state.

    Notes
    -----
    L. Feng et al., Were RNNs all we needed?, arXiv 2410.01201, section 3.1, where `least` is 0 and z and 1 - z
    are exchanged; here z keeps, as in `torch.nn.GRU`. Not here: the positive new state with which the paper computes
    in logarithms (appendix B), its convolution, its blocks. Factors from -1 are those of R. Grazzi et al., arXiv
    2411.12537.
    """

    def __init__(self, input_size, hidden_size, least=0):
        super().__init__()
        if not -1 <= least <= 0:
            raise ValueError(f"least is the least factor, from -1 to 0, not {least}.")
        self.least, self.gate, self.new = least, nn.Linear(input_size, hidden_size), nn.Linear(input_size, hidden_size)

    def forward(self, x, h=None):
        """Return all states, (N, L, H), and the last, (N, H)."""
        z = self.gate(x).sigmoid()
        h = scan(self.least + (1 - self.least) * z, (1 - z) * self.new(x), h)
        return h, h[:, -1]


class MinLSTM(nn.Module):
    """An LSTM whose gates do not see h, without output gate: f and i are shares of 1.

    Notes
    -----
    Sizes as for `MinGRU`. L. Feng et al., arXiv 2410.01201, section 3.2. Not here: as for `MinGRU`.
    """

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.forget, self.input, self.new = (nn.Linear(input_size, hidden_size) for _ in range(3))

    def forward(self, x, h=None):
        """Return all states, (N, L, H), and the last, (N, H)."""
        f = (logsigmoid(self.forget(x)) - logsigmoid(self.input(x))).sigmoid()  # f / (f + i), never 0 / 0
        h = scan(f, (1 - f) * self.new(x), h)
        return h, h[:, -1]


class SelectiveSSM(nn.Module):
    """A diagonal state space of S numbers for each channel, whose step size, input and output depend on x.

    Parameters
    ----------
    input_size : int
        D, and as many outputs.
    state_size : int
        S.

    Notes
    -----
    A. Gu and T. Dao, Mamba, arXiv 2312.00752, algorithm 2. Not here: the convolution and the gate of the block
    around it, a step size of low rank, the kernel that keeps the state in fast memory. With a step size and B, C
    that are the same at all steps it is a diagonal S4 (A. Gu et al., S4D, arXiv 2206.11893), a convolution.
    """

    def __init__(self, input_size, state_size):
        super().__init__()
        self.step, self.in_out = nn.Linear(input_size, input_size), nn.Linear(input_size, 2 * state_size)
        self.log_a = nn.Parameter(torch.arange(1.0, state_size + 1).log().repeat(input_size, 1))  # (D, S)
        self.skip = nn.Parameter(torch.ones(input_size))

    def forward(self, x, h=None):
        """Return the output, (N, L, D), and the last state, (N, D, S)."""
        step, (b, c) = softplus(self.step(x))[..., None], self.in_out(x).chunk(2, dim=-1)
        h = scan((-step * self.log_a.exp()).exp(), step * x[..., None] * b[..., None, :], h)  # (N, L, D, S)
        return (h * c[..., None, :]).sum(-1) + self.skip * x, h[:, -1]


class LinearAttention(nn.Module):
    """Attention without a softmax: a recurrence with factor 1 whose state is a matrix of keys and values.

    Parameters
    ----------
    input_size, hidden_size, key_size : int
        D, H and the size K of queries and keys.

    Notes
    -----
    A. Katharopoulos et al., Transformers are RNNs, arXiv 2006.16236, section 3.4. Not here: several heads.
    """

    def __init__(self, input_size, hidden_size, key_size=8):
        super().__init__()
        self.query, self.key = (nn.Linear(input_size, key_size) for _ in range(2))
        self.value = nn.Linear(input_size, hidden_size)

    def forward(self, x, state=None):
        """Return the output, (N, L, H), and the last state, (N, K, H + 1): keys by values, and by 1."""
        q, k = elu(self.query(x)) + 1, elu(self.key(x)) + 1
        v = torch.cat([self.value(x), torch.ones_like(x[..., :1])], dim=-1)
        kv = k[..., None] * v[..., None, :]  # (N, L, K, H + 1)
        state = scan(kv.new_ones(()), kv, state)
        both = (q[..., None, :] @ state)[..., 0, :]
        return both[..., :-1] / both[..., -1:], state[:, -1]


class Blocks(nn.Module):
    """A stack of recurrent layers of any kind, each between a normalisation and two linear layers, and added to.

    Parameters
    ----------
    kind : callable
        ``kind(H, H)`` is a layer that returns output and state: `MinGRU`, or `torch.nn.GRU` with ``batch_first=True``.
    input_size, hidden_size, depth : int
        D, H and the number of layers.
    """

    def __init__(self, kind, input_size, hidden_size, depth):
        super().__init__()
        self.first, self.layers = nn.Linear(input_size, hidden_size), nn.ModuleList()
        for _ in range(depth):
            norm, between = nn.LayerNorm(hidden_size), nn.Linear(hidden_size, hidden_size)
            mix = nn.Sequential(between, nn.GELU(), nn.Linear(hidden_size, hidden_size))
            self.layers.append(nn.ModuleList([norm, kind(hidden_size, hidden_size), mix]))

    def forward(self, x, states=None):
        """Return the output, (N, L, H), and a tuple with the last state of each layer."""
        x, last = self.first(x), []
        for (norm, layer, mix), state in zip(self.layers, states or [None] * len(self.layers), strict=True):
            output, state = layer(norm(x), state)
            x = x + mix(output)
            last.append(state)
        return x, tuple(last)
