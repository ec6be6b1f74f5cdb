"""The exercises of the chapter on the recurrence."""

import torch
from torch import nn

from course_utils.judging.cases import called, numbers
from course_utils.judging.exercise import Exercise

FINISHED = ("torch.nn.modules.rnn", "rnn_tanh", "rnn_tanh_cell", "torch._ops", "course_utils.cells")


def _torch_rnn(x, h_0, *parameters):
    """Return `output` and the last state of `torch.nn.RNN` with the four parameters of its layer."""
    layer = nn.RNN(x.shape[-1], h_0.shape[-1], dtype=x.dtype)
    output, h_n = called(layer, parameters, x, h_0.unsqueeze(0))
    return output, h_n[0]


def _case(length, batch, size_in, size, dtype=torch.float64):
    """Return random x (L, N, H_in), h_0 (N, H_out) and the four parameters of a layer."""
    shapes = [(length, batch, size_in), (batch, size), (size, size_in), (size, size), (size,), (size,)]
    return numbers(*shapes, dtype=dtype)


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
    solution=_rnn,
    reference=_torch_rnn,
    against="torch.nn.RNN on random weights",
    cases=[_case(3, 3, 3, 3), _case(20, 2, 4, 3), _case(1, 4, 1, 2), _case(6, 3, 2, 5, torch.float32)],
    hints=(
        "What does a step need of the step before it, and what does the first step get in its place?",
        "For rows of a batch the products are `x_t @ weight_ih.T` and `h @ weight_hh.T`; both biases are added.",
        "In `for x_t in x`, put the tanh of the sum into `h` and append it; return `torch.stack(states), h`.",
    ),
    mistakes={
        "The weights are used without `.T`.": {"weight_ih.T": "weight_ih", "weight_hh.T": "weight_hh"},
        "`weight_hh` is used without `.T`. As it is square, its shape gives no warning.": {"weight_hh.T": "weight_hh"},
        "`weight_ih` is used without `.T`: write `x_t @ weight_ih.T`.": {"weight_ih.T": "weight_ih"},
        "`weight @ x` is for one column; a batch holds rows: `x_t @ weight_ih.T`.": {
            "x_t @ weight_ih.T": "weight_ih @ x_t",
            "h @ weight_hh.T": "weight_hh @ h",
        },
        "`*` multiplies `weight_ih` entry by entry: the product is `@`.": {"x_t @ weight_ih.T": "x_t * weight_ih"},
        "`bias_ih` is added twice, and `bias_hh` not at all.": {" + bias_hh": " + bias_ih"},
        "`bias_ih` is missing.": {" + bias_ih": ""},
        "`bias_hh` is missing.": {" + bias_hh": ""},
        "Both biases are missing.": {" + bias_ih": "", " + bias_hh": ""},
        "`weight_ih` and `weight_hh` are swapped in the step.": {"weight_ih, weight_hh,": "weight_hh, weight_ih,"},
        "There is no activation: the sum has to pass through tanh.": {"torch.tanh(a_t)": "a_t"},
        "tanh covers the input's part only: it belongs around the whole sum.": {
            "x_t @ weight_ih.T + bias_ih": "torch.tanh(x_t @ weight_ih.T + bias_ih)",
            "torch.tanh(a_t)": "a_t",
        },
        "tanh is applied to each part: it belongs around the whole sum, once.": {
            "h = torch.tanh(a_t)": "h = torch.tanh(x_t @ weight_ih.T + bias_ih) + torch.tanh(h @ weight_hh.T + bias_hh)"
        },
        "The first input is read at every step: step t reads `x[t]`.": {"in x:": "in x[:1].expand(len(x), -1, -1):"},
        "The activation is ReLU; the task asks for tanh.": {"torch.tanh(a_t)": "torch.relu(a_t)"},
        "The activation is the sigmoid; the task asks for tanh.": {"torch.tanh(a_t)": "torch.sigmoid(a_t)"},
        "Each step starts from `h_0`: the new state is not handed on.": {"h @ weight": "h_0 @ weight"},
        "Each step starts from zero: no state is handed on.": {"h @ weight": "0 * h @ weight"},
        "The first state is zero: `h_0` is not used.": {"h = h_0": "h = torch.zeros_like(h_0)"},
        "The loop runs backwards in time.": {"in x:": "in x.flip(0):"},
        "The first input is skipped: the loop starts at step 0.": {"in x:": "in x[1:]:"},
        "The last input is skipped.": {"in x:": "in x[:-1]:"},
        "The loop runs over the batch: time is the first axis.": {
            "in x:": "in x.transpose(0, 1):",
            "torch.stack(states)": "torch.stack(states, dim=1)",
        },
        "The loop runs over the batch, and `output` is turned: time comes first.": {"in x:": "in x.transpose(0, 1):"},
        "`output` starts with `h_0`: the state after step t belongs at place t.": {
            "= []": "= [h_0]",
            "(states)": "(states[:-1])",
        },
        "`output` is stacked along the second axis: time is the first.": {"stack(states)": "stack(states, dim=1)"},
        "torch.cat joins the states along the batch; torch.stack makes an axis for time.": {"stack(": "cat("},
        "`output` has one state too many: `h_0` is no output.": {"states = []": "states = [h_0]"},
        "The two results are swapped: `output` must come first.": {"torch.stack(states), h": "h, torch.stack(states)"},
        "Only the first step was computed: is `return` inside the loop?": {"    return": "        return"},
        "`h_n` is the first state; the last one is asked for.": {"(states), h": "(states), states[0]"},
        "`h_n` is still `h_0`; the last state is asked for.": {"(states), h": "(states), h_0"},
        "`h_n` holds all states of the last sequence: time comes first, so it is `output[-1]`.": {
            "(states), h": "(states), torch.stack(states)[:, -1]"
        },
        "The state is detached: no gradient reaches an earlier step.": {"h @ weight": "h.detach() @ weight"},
    },
    differentiable=True,
    forbidden=FINISHED,
)


def _book_case(size_in, size, dtype=torch.float64):
    _, _, weight_ih, weight_hh, bias, _ = _case(1, 1, size_in, size, dtype)
    return weight_ih.T, weight_hh.T, bias


def _use_in_cell(arguments, parameters):
    """Return the next states of a PyTorch cell with these parameters."""
    w_xh, w_hh, _ = arguments
    x_t, h = numbers((4, len(w_xh)), (4, len(w_hh)), dtype=w_xh.dtype)
    return called(nn.RNNCell(len(w_xh), len(w_hh), dtype=w_xh.dtype), parameters, x_t, h)


def _to_pytorch(W_xh, W_hh, b_h):
    return W_xh.T, W_hh.T, b_h, torch.zeros_like(b_h)


to_pytorch = Exercise(
    solution=_to_pytorch,
    against="the other book's formula on random weights",
    cases=[_book_case(3, 3), _book_case(2, 5), _book_case(4, 3, torch.float32)],
    hints=(
        "`W_xh` is multiplied from the right. On which side does PyTorch multiply `weight_ih`?",
        "Both matrices are transposed. PyTorch adds two biases, the book one: what must the second one be?",
        "The second bias is zero, of the same shape and dtype: `torch.zeros_like(b_h)`.",
    ),
    mistakes={
        "Neither matrix is transposed: PyTorch stores (H_out, H_in).": {"W_xh.T, W_hh.T": "W_xh, W_hh"},
        "`weight_hh` is not transposed. As it is square, its shape gives no warning.": {"W_hh.T": "W_hh"},
        "`weight_ih` is not transposed.": {"W_xh.T": "W_xh"},
        "`weight_ih` and `weight_hh` are swapped.": {"W_xh.T, W_hh.T": "W_hh.T, W_xh.T"},
        "reshape moves no axis: `.T` exchanges them.": {"W_xh.T, W_hh.T": "W_xh.reshape(W_xh.T.shape), W_hh.T"},
        "The biases must add up to `b_h`: the second one is zero.": {"torch.zeros_like(b_h)": "torch.ones_like(b_h)"},
        "The bias counts twice: PyTorch adds `bias_ih` and `bias_hh`.": {"torch.zeros_like(b_h)": "b_h"},
        "`bias_ih` is zero, too: it must be `b_h`.": {"b_h, torch": "0 * b_h, torch"},
    },
    use=_use_in_cell,
)


def _use_on_sequence(arguments, weights):
    """Return all states of the linear recurrence on random numbers."""
    weight_ih, weight_hh = (weight.real.double() for weight in weights)
    x, h = numbers((8, 1), (3,))  # not from zero: there a unit that receives from a wrong one may look right
    states = []
    for x_t in x:
        h = weight_ih @ x_t + weight_hh @ h
        states.append(h)
    return torch.stack(states)


def _last_three():
    weight_ih = torch.tensor([[1.0], [0.0], [0.0]])
    weight_hh = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return weight_ih, weight_hh


last_three = Exercise(
    solution=_last_three,
    against="the last three inputs of a random sequence",
    cases=[()],
    hints=(
        "Which entry of the new state is the input, and where do the other two come from?",
        "Row i of `weight_hh` says what entry i of the new state takes from the old state. Entry 1 takes entry 0.",
        "`weight_ih` is 1, 0, 0. `weight_hh` has ones just below the diagonal and zeros elsewhere.",
    ),
    mistakes={
        "`weight_hh` is transposed: row i is what unit i receives.": {"weight_ih, weight_hh": "weight_ih, weight_hh.T"},
        "All units receive the input: only the first one may.": {"[1.0], [0.0], [0.0]": "[1.0], [1.0], [1.0]"},
        "The order is reversed: x_t belongs first.": {"weight_ih, weight_hh": "weight_ih.flip(0), weight_hh.T"},
        "The first unit adds up all inputs: weight_hh[0, 0] has to be zero.": {"[[0.0, 0.0, 0.0]": "[[1.0, 0.0, 0.0]"},
        "Each unit adds up: the diagonal has to be zero.": {
            "weight_ih, weight_hh": "weight_ih, weight_hh + torch.eye(3)"
        },
        "Each unit keeps what it has: the ones of `weight_hh` belong below the diagonal.": {
            "weight_ih, weight_hh": "weight_ih, torch.eye(3)"
        },
        "Only the input of now is there: `weight_hh` is zero.": {"weight_ih, weight_hh": "weight_ih, 0 * weight_hh"},
        "The third unit receives the first one's, and so equals the second.": {"[0.0, 1.0, 0.0]]": "[1.0, 0.0, 0.0]]"},
        "The third unit receives nothing: a second one is missing.": {"[0.0, 1.0, 0.0]]": "[0.0, 0.0, 0.0]]"},
        "The third unit receives the first one's, too: it must receive the second one's alone.": {
            "[0.0, 1.0, 0.0]]": "[1.0, 1.0, 0.0]]"
        },
        "These are thirds: the inputs are copied, not averaged.": {"[[1.0], [0.0], [0.0]]": "[[1 / 3], [0.0], [0.0]]"},
        "What the third unit holds comes back to the first.": {"[[0.0, 0.0, 0.0]": "[[0.0, 0.0, 1.0]"},
        "Every unit receives all: only two entries are 1.": {"weight_ih, weight_hh": "weight_ih, torch.ones(3, 3)"},
    },
    use=_use_on_sequence,
)
