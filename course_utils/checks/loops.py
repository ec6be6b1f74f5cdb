"""Loops over time in which one thing is wrong, and the right ones by PyTorch."""

import torch
from torch import nn
from torch.func import functional_call


def torch_rnn(x, h_0, *parameters):
    """Return `output` and the last state of `torch.nn.RNN` with the four parameters of its layer."""
    layer = nn.RNN(x.shape[-1], h_0.shape[-1], dtype=x.dtype)
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    output, h_n = functional_call(layer, dict(zip(names, parameters, strict=True)), (x, h_0.unsqueeze(0)))
    return output, h_n[0]


def random_case(length, batch, size_in, size, dtype=torch.float64):
    """Return random x (L, N, H_in), h_0 (N, H_out) and the four parameters of a layer."""
    generator = torch.Generator().manual_seed(length)
    shapes = [(length, batch, size_in), (batch, size), (size, size_in), (size, size), (size,), (size,)]
    return tuple(torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes)


def _affine(x_t, h, w_ih, w_hh, b_ih, b_hh):
    return x_t @ w_ih.T + b_ih + h @ w_hh.T + b_hh


def _tanh(*arguments):
    return torch.tanh(_affine(*arguments))


def _loop(step=_tanh, carry=lambda h, h_0: h, finish=lambda states: (torch.stack(states[1:]), states[-1])):
    """Return a loop over time in which some part may be wrong."""

    def wrong(x, h_0, *parameters):
        states = [h_0]
        for x_t in x:
            states.append(step(x_t, carry(states[-1], h_0), *parameters))
        return finish(states)

    return wrong


def _on(change):
    """Return the right loop on changed parameters."""
    return lambda x, h_0, *parameters: _loop()(x, h_0, *change(*parameters))


def _from(change):
    """Return the right loop on a changed input and first state."""
    return lambda x, h_0, *parameters: _loop()(*change(x, h_0), *parameters)


def _ends(finish):
    """Return the right loop with other results."""
    return _loop(finish=finish)


def _turned(x, h_0, *parameters):
    output, h_n = _loop()(x.transpose(0, 1), h_0, *parameters)
    return output.transpose(0, 1), h_n


BATCH_FIRST = "The loop runs over the batch: time is the first axis of `x`, the batch the second."
MISTAKES = {
    _on(lambda w, v, b, c: (w.T, v.T, b, c)): "The weights are used without `.T`: rows of a batch are multiplied from "
    "the right by `weight_ih.T` and `weight_hh.T`.",
    _on(lambda w, v, b, c: (w, v.T, b, c)): "`weight_hh` is used without `.T`: it is `h @ weight_hh.T`. As the matrix "
    "is square, its shape gives no warning.",
    _on(lambda w, v, b, c: (w.T, v, b, c)): "`weight_ih` is used without `.T`: it is `x_t @ weight_ih.T`.",
    _loop(lambda x_t, h, w, v, b, c: torch.tanh(w @ x_t + b + v @ h + c)): "`weight @ x` is the form for one column. "
    "A batch holds rows: it is `x_t @ weight_ih.T` and `h @ weight_hh.T`.",
    _on(lambda w, v, b, c: (w, v, b * 0, c)): "`bias_ih` is missing.",
    _on(lambda w, v, b, c: (w, v, b, c * 0)): "`bias_hh` is missing.",
    _on(lambda w, v, b, c: (w, v, b * 0, c * 0)): "Both biases are missing.",
    _on(lambda w, v, b, c: (v, w, b, c)): "`weight_ih` and `weight_hh` are swapped: `weight_ih` belongs to the input, "
    "`weight_hh` to the state.",
    _loop(_affine): "There is no activation: the sum has to pass through tanh.",
    _loop(lambda x_t, h, w, v, b, c: torch.tanh(x_t @ w.T + b) + h @ v.T + c): "tanh covers the input's part only: "
    "the whole sum has to pass through it.",
    _loop(lambda *a: _affine(*a).relu()): "The activation is ReLU; the task asks for tanh.",
    _loop(lambda *a: _affine(*a).sigmoid()): "The activation is the sigmoid; the task asks for tanh.",
    _loop(carry=lambda h, h_0: h_0): "Each step starts from `h_0`: the new state is not handed on.",
    _loop(carry=lambda h, h_0: 0 * h_0): "Each step starts from zero: no state is handed on.",
    _from(lambda x, h_0: (x, 0 * h_0)): "The first state is zero: `h_0` is not used.",
    _from(lambda x, h_0: (x.flip(0), h_0)): "The loop runs backwards in time.",
    _from(lambda x, h_0: (x[1:], h_0)): "The first input is skipped: the loop starts at step 0.",
    _from(lambda x, h_0: (x[:-1], h_0)): "The last input is skipped.",
    _turned: BATCH_FIRST,
    _from(lambda x, h_0: (x.transpose(0, 1), h_0)): BATCH_FIRST + " The output has lost its axes, too.",
    _ends(lambda s: (torch.stack(s[:-1]), s[-1])): "`output` starts with `h_0` and lacks the last state: the state "
    "after step t belongs at place t.",
    _ends(lambda s: (torch.stack(s[1:], dim=1), s[-1])): "`output` is stacked along the second axis: time is the "
    "first one, so it is torch.stack(states) without `dim=1`.",
    _ends(lambda s: (torch.cat(s[1:]), s[-1])): "torch.cat joins the states along the batch; torch.stack gives time an "
    "axis of its own.",
    _ends(lambda s: (torch.stack(s), s[-1])): "`output` has one state too many: `h_0` is no output.",
    _ends(lambda s: (s[-1], torch.stack(s[1:]))): "The two results are swapped: `output` comes first.",
    _ends(lambda s: (torch.stack(s[1:2]), s[1])): "Only the first step was computed: is `return` inside the loop?",
    _ends(lambda s: (torch.stack(s[1:]), s[1])): "`h_n` is the first state; the last one is asked for.",
    _ends(lambda s: (torch.stack(s[1:]), s[0])): "`h_n` is still `h_0`; the last state is asked for.",
    _ends(lambda s: (torch.stack(s[1:]), torch.stack(s[1:])[:, -1])): "`h_n` holds all states of the last sequence. "
    "The last time step is `output[-1]`, since time comes first.",
    _loop(carry=lambda h, h_0: h.detach()): "The values are right, but the state is detached between the steps: no "
    "gradient reaches an earlier step.",
}


def states_case(steps, size):
    """Return random states (T + 1, H) within tanh's range and a matrix (H, H)."""
    generator = torch.Generator().manual_seed(steps)
    states, weight_hh = (
        torch.randn(rows, size, generator=generator, dtype=torch.float64) for rows in (steps + 1, size)
    )
    return states.tanh(), weight_hh


def jacobian_by_autograd(states, weight_hh):
    """Return the Jacobian of a recurrence that passes through the given states."""
    added = states[1:].atanh() - states[:-1] @ weight_hh.T  # what each step's input must have been

    def last(h):
        for u_t in added:
            h = torch.tanh(u_t + weight_hh @ h)
        return h

    return torch.autograd.functional.jacobian(last, states[0])


def _without_inputs(h, w):
    product = torch.eye(len(w), dtype=w.dtype)
    for before in h[:-1]:
        product = torch.diag(1 - torch.tanh(w @ before) ** 2) @ w @ product
    return product


def _product(factor=lambda h, w: torch.diag(1 - h**2) @ w, states=lambda h: h[1:], left=True):
    """Return a product over the steps in which some part may be wrong."""

    def wrong(h, w):
        product = torch.eye(len(w), dtype=w.dtype)
        for h_t in states(h):
            product = factor(h_t, w) @ product if left else product @ factor(h_t, w)
        return product

    return wrong


PRODUCT_MISTAKES = {
    _without_inputs: "The slope is taken at W h_{t−1}, without the inputs. The states hold all that is needed: "
    "tanh' is 1 − h_t².",
    _product(left=False): "The factors are in the wrong order: the latest step belongs on the left.",
    _product(lambda h, w: torch.diag(1 - h**2) @ w.T): "`weight_hh` is transposed: h_t = tanh(W h) has the "
    "Jacobian diag(f') W.",
    _product(lambda h, w: w @ torch.diag(1 - h**2)): "The diagonal is on the wrong side: the activation comes "
    "after the product with W, so its slope scales rows.",
    _product(lambda h, w: w): "The slope of tanh is missing.",
    _product(lambda h, w: torch.diag(1 - h**2)): "`weight_hh` is missing.",
    _product(states=lambda h: h[:-1]): "The slopes belong to the states h_0 … h_{T−1}; the slope of step t is "
    "1 − h_t².",
    _product(states=lambda h: h): "There is one factor too many: h_0 is no step.",
    _product(states=lambda h: h[2:]): "There is one factor too few: the first step, to h_1, is missing.",
    _product(states=lambda h: h[1:-1]): "There is one factor too few: the last step, to h_T, is missing.",
    _product(lambda h, w: torch.diag(1 - h**2) * w): "`*` multiplies entry by entry; the product of matrices is `@`.",
    lambda h, w: _product()(h, w) @ w: "There is one `weight_hh` too many: the product starts from the identity.",
    _product(lambda h, w: torch.diag(1 - h) @ w): "The slope of tanh is 1 − h², not 1 − h.",
    _product(lambda h, w: torch.diag(1 - torch.tanh(h) ** 2) @ w): "tanh is applied a second time: the states are "
    "tanh a_t already, so the slope is 1 − h_t².",
    _product(lambda h, w: torch.diag(h * (1 - h)) @ w): "That is the slope of the sigmoid; tanh has 1 − h².",
    lambda h, w: _product()(h, w).T: "The result is transposed: row i says how unit i of h_T reacts.",
}
