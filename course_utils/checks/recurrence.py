"""The exercises of the chapter on the recurrence."""

import torch
from torch import nn
from torch.func import functional_call

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise, Mistake

hint = hints.teller(hints.RECURRENCE)

FINISHED = ("torch.nn.modules.rnn", "rnn_tanh", "rnn_tanh_cell", "torch._ops", "course_utils.cells")


def _torch_rnn(x, h_0, *parameters):
    """Return `output` and the last state of `torch.nn.RNN` with the four parameters of its layer."""
    layer = nn.RNN(x.shape[-1], h_0.shape[-1], dtype=x.dtype)
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    output, h_n = functional_call(layer, dict(zip(names, parameters, strict=True)), (x, h_0.unsqueeze(0)))
    return output, h_n[0]


def _case(length, batch, size_in, size, dtype=torch.float64):
    """Return random x (L, N, H_in), h_0 (N, H_out) and the four parameters of a layer."""
    generator = torch.Generator().manual_seed(length)
    shapes = [(length, batch, size_in), (batch, size), (size, size_in), (size, size), (size,), (size,)]
    return tuple(torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes)


def _rnn(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh):
    h = h_0
    states = []
    for x_t in x:
        a_t = x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh
        h = torch.tanh(a_t)
        states.append(h)
    return torch.stack(states), h


# All sizes equal first: there a mix-up of axes raises no error, and is told by its values.
rnn = Exercise(
    task=(
        "``rnn(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh)`` with shapes (L, N, H_in), (N, H_out), "
        "(H_out, H_in), (H_out, H_out), (H_out,), (H_out,) returns `output`, shape (L, N, H_out), and `h_n`, "
        "shape (N, H_out)."
    ),
    reference=_torch_rnn,
    solution=_rnn,
    against="torch.nn.RNN on random weights",
    cases=[
        _case(3, 3, 3, 3),
        _case(20, 2, 4, 3),
        _case(1, 4, 1, 2),
        _case(6, 3, 2, 5, torch.float32),
    ],
    mistakes=[
        Mistake(
            "The weights are used without `.T`: rows of a batch are multiplied from the right by `weight_ih.T` "
            "and `weight_hh.T`.",
            {"weight_ih.T": "weight_ih", "weight_hh.T": "weight_hh"},
        ),
        Mistake(
            "`weight_hh` is used without `.T`: it is `h @ weight_hh.T`. As the matrix is square, its shape "
            "gives no warning.",
            {"weight_hh.T": "weight_hh"},
        ),
        Mistake("`weight_ih` is used without `.T`: it is `x_t @ weight_ih.T`.", {"weight_ih.T": "weight_ih"}),
        Mistake(
            "`weight @ x` is the form for one column. A batch holds rows: it is `x_t @ weight_ih.T` and `h @ "
            "weight_hh.T`.",
            {"x_t @ weight_ih.T": "weight_ih @ x_t", "h @ weight_hh.T": "weight_hh @ h"},
        ),
        Mistake("`bias_ih` is missing.", {" + bias_ih": ""}),
        Mistake("`bias_hh` is missing.", {" + bias_hh": ""}),
        Mistake("Both biases are missing.", {" + bias_ih": "", " + bias_hh": ""}),
        Mistake(
            "`weight_ih` and `weight_hh` are swapped: `weight_ih` belongs to the input, `weight_hh` to the state.",
            {"weight_ih, weight_hh,": "weight_hh, weight_ih,"},
        ),
        Mistake("There is no activation: the sum has to pass through tanh.", {"torch.tanh(a_t)": "a_t"}),
        Mistake(
            "tanh covers the input's part only: the whole sum has to pass through it.",
            {"x_t @ weight_ih.T + bias_ih": "torch.tanh(x_t @ weight_ih.T + bias_ih)", "torch.tanh(a_t)": "a_t"},
        ),
        Mistake("The activation is ReLU; the task asks for tanh.", {"torch.tanh(a_t)": "torch.relu(a_t)"}),
        Mistake("The activation is the sigmoid; the task asks for tanh.", {"torch.tanh(a_t)": "torch.sigmoid(a_t)"}),
        Mistake("Each step starts from `h_0`: the new state is not handed on.", {"h @ weight": "h_0 @ weight"}),
        Mistake("Each step starts from zero: no state is handed on.", {"h @ weight": "0 * h @ weight"}),
        Mistake("The first state is zero: `h_0` is not used.", {"h = h_0": "h = torch.zeros_like(h_0)"}),
        Mistake("The loop runs backwards in time.", {"in x:": "in x.flip(0):"}),
        Mistake("The first input is skipped: the loop starts at step 0.", {"in x:": "in x[1:]:"}),
        Mistake("The last input is skipped.", {"in x:": "in x[:-1]:"}),
        Mistake(
            "The loop runs over the batch: time is the first axis of `x`, the batch the second.",
            {"in x:": "in x.transpose(0, 1):", "torch.stack(states)": "torch.stack(states, dim=1)"},
        ),
        Mistake(
            "The loop runs over the batch: time is the first axis of `x`, the batch the second. The output has "
            "lost its axes, too.",
            {"in x:": "in x.transpose(0, 1):"},
        ),
        Mistake(
            "`output` starts with `h_0` and lacks the last state: the state after step t belongs at place t.",
            {"states = []": "states = [h_0]", "torch.stack(states)": "torch.stack(states[:-1])"},
        ),
        Mistake(
            "`output` is stacked along the second axis: time is the first one, so it is torch.stack(states) "
            "without `dim=1`.",
            {"torch.stack(states)": "torch.stack(states, dim=1)"},
        ),
        Mistake(
            "torch.cat joins the states along the batch; torch.stack gives time an axis of its own.",
            {"torch.stack(": "torch.cat("},
        ),
        Mistake("`output` has one state too many: `h_0` is no output.", {"states = []": "states = [h_0]"}),
        Mistake(
            "The two results are swapped: `output` comes first.", {"torch.stack(states), h": "h, torch.stack(states)"}
        ),
        Mistake("Only the first step was computed: is `return` inside the loop?", {"    return": "        return"}),
        Mistake("`h_n` is the first state; the last one is asked for.", {"(states), h": "(states), states[0]"}),
        Mistake("`h_n` is still `h_0`; the last state is asked for.", {"(states), h": "(states), h_0"}),
        Mistake(
            "`h_n` holds all states of the last sequence. The last time step is `output[-1]`, since time comes first.",
            {"(states), h": "(states), torch.stack(states)[:, -1]"},
        ),
        Mistake(
            "The values are right, but the state is detached between the steps: no gradient reaches an earlier step.",
            {"h @ weight": "h.detach() @ weight"},
        ),
    ],
    differentiable=True,
    forbidden=FINISHED,
)


def _book_case(size_in, size, dtype=torch.float64):
    _, _, weight_ih, weight_hh, bias, _ = _case(1, 1, size_in, size, dtype)
    return weight_ih.T, weight_hh.T, bias


def _use_in_cell(arguments, parameters):
    """Return the next states of a PyTorch cell with these parameters."""
    w_xh, w_hh, _ = arguments
    generator = torch.Generator().manual_seed(0)
    x_t, h = (torch.randn(4, size, generator=generator, dtype=w_xh.dtype) for size in (len(w_xh), len(w_hh)))
    cell = nn.RNNCell(len(w_xh), len(w_hh), dtype=w_xh.dtype)
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    return functional_call(cell, dict(zip(names, parameters, strict=True)), (x_t, h))


def _to_pytorch(W_xh, W_hh, b_h):
    return W_xh.T, W_hh.T, b_h, torch.zeros_like(b_h)


to_pytorch = Exercise(
    task=(
        "``to_pytorch(W_xh, W_hh, b_h)`` with shapes (H_in, H_out), (H_out, H_out), (H_out,) returns "
        "`weight_ih`, `weight_hh`, `bias_ih`, `bias_hh` for ``tanh(x_t @ W_xh + h @ W_hh + b_h)``."
    ),
    reference=_to_pytorch,
    solution=_to_pytorch,
    against="the other book's formula on random weights",
    cases=[_book_case(3, 3), _book_case(2, 5), _book_case(4, 3, torch.float32)],
    mistakes=[
        Mistake("Neither matrix is transposed: PyTorch stores (H_out, H_in).", {"W_xh.T, W_hh.T": "W_xh, W_hh"}),
        Mistake("`weight_hh` is not transposed. As it is square, its shape gives no warning.", {"W_hh.T": "W_hh"}),
        Mistake("`weight_ih` is not transposed.", {"W_xh.T": "W_xh"}),
        Mistake("`weight_ih` and `weight_hh` are swapped.", {"W_xh.T, W_hh.T": "W_hh.T, W_xh.T"}),
        Mistake("The bias counts twice: PyTorch adds `bias_ih` and `bias_hh`.", {"torch.zeros_like(b_h)": "b_h"}),
        Mistake("The bias is missing.", {"b_h, torch": "0 * b_h, torch"}),
    ],
    use=_use_in_cell,
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


def _last_three():
    weight_ih = torch.tensor([[1.0], [0.0], [0.0]])
    weight_hh = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return weight_ih, weight_hh


last_three = Exercise(
    task=(
        "``last_three()`` returns `weight_ih`, shape (3, 1), and `weight_hh`, shape (3, 3), so that "
        "``weight_ih @ x_t + weight_hh @ h`` is (x_t, x_{t−1}, x_{t−2})."
    ),
    reference=_last_three,
    solution=_last_three,
    against="the last three inputs of a random sequence",
    cases=[()],
    mistakes=[
        Mistake(
            "`weight_hh` is transposed: row i says what unit i receives, column j from whom.",
            {"return weight_ih, weight_hh": "return weight_ih, weight_hh.T"},
        ),
        Mistake(
            "All units receive the input; the second and third have to receive only what the unit before them holds.",
            {"[[1.0], [0.0], [0.0]]": "[[1.0], [1.0], [1.0]]"},
        ),
        Mistake(
            "The order is reversed: x_t belongs first.",
            {"return weight_ih, weight_hh": "return weight_ih.flip(0), weight_hh.T"},
        ),
        Mistake(
            "The first unit keeps its old value and so adds up all inputs: weight_hh[0, 0] has to be zero.",
            {"[[0.0, 0.0, 0.0]": "[[1.0, 0.0, 0.0]"},
        ),
        Mistake(
            "Each unit keeps its old value and adds to it: the diagonal of `weight_hh` has to be zero.",
            {"return weight_ih, weight_hh": "return weight_ih, weight_hh + torch.eye(3)"},
        ),
        Mistake(
            "The first unit adds up all inputs, and nothing is handed down: the ones of `weight_hh` belong "
            "below the diagonal.",
            {"return weight_ih, weight_hh": "return weight_ih, torch.eye(3)"},
        ),
        Mistake(
            "Only the input of now is there: `weight_hh` is zero, so nothing is kept.",
            {"return weight_ih, weight_hh": "return weight_ih, 0 * weight_hh"},
        ),
        Mistake(
            "The third unit receives what the first one holds, so it equals the second: its one belongs under "
            "the second unit.",
            {"[0.0, 1.0, 0.0]]": "[1.0, 0.0, 0.0]]"},
        ),
        Mistake("The third unit receives nothing: a second one is missing.", {"[0.0, 1.0, 0.0]]": "[0.0, 0.0, 0.0]]"}),
        Mistake(
            "What the third unit holds comes back to the first: inputs never leave.",
            {"[[0.0, 0.0, 0.0]": "[[0.0, 0.0, 1.0]"},
        ),
        Mistake(
            "Every unit receives what all units hold: only two entries are 1.",
            {"return weight_ih, weight_hh": "return weight_ih, torch.ones(3, 3)"},
        ),
    ],
    use=_use_on_sequence,
)
