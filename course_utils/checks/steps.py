"""Steps of an LSTM and of a GRU in which one thing is wrong."""

import itertools

import torch


def _sums(x_t, h, w, v, b, c):
    """Return the input's and the state's part of all gates' sums."""
    return x_t @ w.T + b, h @ v.T + c


def _lstm(order="ifgo", cell=lambda f, c, i, g: f * c + i * g, out=lambda o, c, c_0: o * c.tanh(), **changes):
    """Return a step of an LSTM in which some part may be wrong."""
    squash = {"i": torch.sigmoid, "f": torch.sigmoid, "g": torch.tanh, "o": torch.sigmoid} | changes

    def wrong(x_t, h, c, *parameters):
        blocks = sum(_sums(x_t, h, *parameters)).chunk(4, dim=-1)
        gate = {name: squash[name](block) for name, block in zip(order, blocks, strict=True)}
        new = cell(gate["f"], c, gate["i"], gate["g"])
        return out(gate["o"], new, c), new

    return wrong


def _on(step, change):
    """Return a step on changed parameters."""
    return lambda x_t, *rest: step(x_t, *rest[:-4], *change(*rest[-4:]))


def _old(step):
    """Return a step that hands the old c on."""
    return lambda x_t, h, c, *parameters: (step(x_t, h, c, *parameters)[0], c)


def _exchanged(x_t, h, c, *parameters):
    return _lstm()(x_t, h, c, *parameters)[::-1]


def _from_c(x_t, h, c, *parameters):
    return _lstm()(x_t, c, c, *parameters)


ORDER = "The order of the blocks is i, f, g, o; here it is {}."
LSTM_MISTAKES = {
    **{
        _lstm(order): ORDER.format(", ".join(order))
        for order in map("".join, itertools.permutations("ifgo"))
        if order != "ifgo"
    },
    _lstm(g=torch.sigmoid): "g passes a sigmoid: it is the candidate, which may be negative, and passes tanh.",
    _lstm(o=torch.tanh): "The output gate passes tanh: a gate is between 0 and 1, a sigmoid.",
    _lstm(cell=lambda f, c, i, g: f * c + g): "The input gate is not used: c = f c + i g.",
    _lstm(cell=lambda f, c, i, g: c + i * g): "The forget gate is not used: c = f c + i g.",
    _lstm(cell=lambda f, c, i, g: i * g): "The old c is not used: nothing is remembered.",
    _lstm(
        cell=lambda f, c, i, g: (1 - i) * c + i * g
    ): "1 − i stands in for the forget gate: an LSTM has one of its own.",
    _lstm(out=lambda o, c, c_0: o * c_0.tanh()): "h is computed from the old c: it reads the new one.",
    _lstm(out=lambda o, c, c_0: o * c): "h lacks a tanh: h = o tanh(c).",
    _lstm(out=lambda o, c, c_0: c.tanh()): "The output gate is not used: h = o tanh(c).",
    _old(_lstm()): "c is not updated: the old one is returned.",
    _exchanged: "The results are swapped: h comes first, then c.",
    _from_c: "The gates read c: they read x_t and h.",
    _on(_lstm(), lambda w, v, b, c: (w, v, b, 0 * c)): "`bias_hh` is missing.",
    _on(_lstm(), lambda w, v, b, c: (w, v, 0 * b, c)): "`bias_ih` is missing.",
}


def _gru(
    order="rzn",
    new=lambda r, n_x, n_h, h, v, c: torch.tanh(n_x + r * n_h),
    mix=lambda z, n, h: (1 - z) * n + z * h,
):
    """Return a step of a GRU in which some part may be wrong."""

    def wrong(x_t, h, w, v, b, c):
        from_x, from_h = (dict(zip(order, part.chunk(3, dim=-1), strict=True)) for part in _sums(x_t, h, w, v, b, c))
        r, z = (torch.sigmoid(from_x[name] + from_h[name]) for name in "rz")
        return mix(z, new(r, from_x["n"], from_h["n"], h, v.chunk(3)[order.index("n")], c.chunk(3)[2]), h)

    return wrong


GRU_MISTAKES = {
    _gru("zrn"): "The blocks r and z are swapped: the order is r, z, n.",
    _gru("nrz"): "The order of the blocks is r, z, n; here it is n, r, z.",
    _gru("rnz"): "The order of the blocks is r, z, n; here it is r, n, z.",
    _gru(mix=lambda z, n, h: z * n + (1 - z) * h): "z and 1 − z are swapped: in PyTorch z keeps the old state.",
    _gru(new=lambda r, n_x, n_h, h, v, c: torch.tanh(n_x + (r * h) @ v.T + c)): "r acts on h before the product with "
    "`weight_hh`, as in the paper; in PyTorch it acts on the product and its bias.",
    _gru(
        new=lambda r, n_x, n_h, h, v, c: torch.tanh(n_x + r * (n_h - c) + c)
    ): "r acts on the product without its bias; in PyTorch it acts on both.",
    _gru(
        new=lambda r, n_x, n_h, h, v, c: torch.tanh(r * (n_x + n_h))
    ): "r acts on the input's part too; it acts on the state's part only.",
    _gru(
        new=lambda r, n_x, n_h, h, v, c: torch.tanh(r * n_x + n_h)
    ): "r acts on the input's part; it acts on the state's.",
    _gru(new=lambda r, n_x, n_h, h, v, c: torch.tanh(n_x + n_h)): "The reset gate is not used.",
    _gru(new=lambda r, n_x, n_h, h, v, c: torch.sigmoid(n_x + r * n_h)): "n passes a sigmoid: it is the new state, and "
    "passes tanh.",
    _gru("znr"): "The order of the blocks is r, z, n; here it is z, n, r.",
    _gru("nzr"): "The order of the blocks is r, z, n; here it is n, z, r.",
    _gru(new=lambda r, n_x, n_h, h, v, c: n_x + r * n_h): "n lacks a tanh.",
    _gru(mix=lambda z, n, h: n): "The update gate is not used: h = (1 − z) n + z h.",
    _gru(mix=lambda z, n, h: (1 - z) * n): "The old state is not kept: z h is missing.",
    _on(_gru(), lambda w, v, b, c: (w, v, b, 0 * c)): "`bias_hh` is missing.",
    _on(_gru(), lambda w, v, b, c: (w, v, 0 * b, c)): "`bias_ih` is missing.",
}
