"""Hand-written steps and cells against PyTorch's, forward and backward."""

import itertools

import pytest
import torch
from torch import nn

from course_utils import cells
from course_utils.cells import rnn_step

KINDS = {
    "tanh": (cells.RNNCell, nn.RNNCell, {}, 1),
    "relu": (cells.RNNCell, nn.RNNCell, {"nonlinearity": "relu"}, 1),
    "lstm": (cells.LSTMCell, nn.LSTMCell, {}, 4),
    "gru": (cells.GRUCell, nn.GRUCell, {}, 3),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def pair(kind, size_in, size, **options):
    """Return a cell of ours and one of PyTorch's with the same random weights, larger than the initial ones."""
    ours, theirs, more, _ = KINDS[kind]
    mine, right = ours(size_in, size, **more, **options), theirs(size_in, size, **more, **options)
    for parameter in right.parameters():
        nn.init.normal_(parameter)
    mine.load_state_dict(right.state_dict())
    return mine, right


def random_arguments(kind, size_in, size, batch=(), dtype=torch.float64):
    """Return random x_t and state, which ask for gradients."""
    x_t, *states = (torch.randn(*batch, n, dtype=dtype, requires_grad=True) for n in (size_in, size, size))
    return x_t, tuple(states) if kind == "lstm" else states[0]


def flat(nested):
    """Return tensors, perhaps in tuples, as a list."""
    return [part for item in nested for part in (item if isinstance(item, tuple) else (item,))]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("batch", [(), (1,), (5,)])
@pytest.mark.parametrize(("size_in", "size"), [(1, 1), (3, 3), (4, 2), (2, 7)])
def test_rnn_step_equals_rnncell(size_in, size, batch, dtype):
    torch.manual_seed(size_in + 10 * size)
    cell = nn.RNNCell(size_in, size, dtype=dtype)
    arguments = [torch.randn(*batch, n, dtype=dtype, requires_grad=True) for n in (size_in, size)]
    mine, right = rnn_step(*arguments, *cell.parameters()), cell(*arguments)
    weights = torch.randn_like(right)
    leaves = arguments + list(cell.parameters())
    gradients = [torch.autograd.grad((weights * state).sum(), leaves) for state in (mine, right)]
    torch.testing.assert_close(mine, right)
    torch.testing.assert_close(*gradients)


def test_swapped_weights_would_be_noticed():
    torch.manual_seed(0)
    cell = nn.RNNCell(3, 3)
    x_t, h = torch.randn(2, 3), torch.randn(2, 3)
    w_ih, w_hh, *biases = cell.parameters()
    assert not torch.allclose(rnn_step(x_t, h, w_hh, w_ih, *biases), cell(x_t, h), atol=0.1)


@each_kind
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [(), (1,), (5,)])
@pytest.mark.parametrize(("size_in", "size"), [(1, 1), (3, 3), (4, 2), (2, 7), (30, 20)])
def test_cells_equal_pytorchs_forward_and_backward(kind, size_in, size, batch, bias, dtype):
    torch.manual_seed(size_in + 10 * size)
    mine, right = pair(kind, size_in, size, bias=bias, dtype=dtype)
    arguments = random_arguments(kind, size_in, size, batch, dtype)
    outputs = [flat([cell(*arguments)]) for cell in (mine, right)]
    weights = [torch.randn_like(part) for part in outputs[0]]
    torch.testing.assert_close(*outputs)
    gradients = [
        torch.autograd.grad(sum((w * part).sum() for w, part in zip(weights, output, strict=True)), leaves)
        for output, leaves in zip(outputs, [flat(arguments) + list(c.parameters()) for c in (mine, right)], strict=True)
    ]
    torch.testing.assert_close(*gradients)


@each_kind
@pytest.mark.parametrize("batch", [(), (5,)])
def test_without_a_state_it_is_zero(kind, batch):
    torch.manual_seed(0)
    mine, right = pair(kind, 3, 4)
    x_t = torch.randn(*batch, 3)
    torch.testing.assert_close(mine(x_t), right(x_t))


def twins(kind, size_in, size, **options):
    """Return a new cell of ours and one of PyTorch's, from the same seed."""
    made = []
    for cell in KINDS[kind][:2]:
        torch.manual_seed(0)
        made.append(cell(size_in, size, **options, **KINDS[kind][2]))
    return made


@each_kind
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [2, 3, 4, 28, 32])
def test_the_same_seed_gives_the_same_parameters_and_they_load_both_ways(kind, size, dtype, bias):
    made = twins(kind, 3, size, bias=bias, dtype=dtype)
    mine, right = (cell.state_dict() for cell in made)
    assert list(mine) == list(right)
    assert all(torch.equal(mine[name], right[name]) for name in right)
    made[1].load_state_dict(mine)
    made[0].load_state_dict(right)


@each_kind
def test_reset_parameters_draws_anew_as_pytorch_does(kind):
    mine, right = twins(kind, 3, 28)
    before = mine.weight_hh.clone()
    for cell in (mine, right):
        torch.manual_seed(5)
        cell.reset_parameters()
    assert not torch.equal(mine.weight_hh, before)
    assert all(torch.equal(*pair) for pair in zip(mine.parameters(), right.parameters(), strict=True))


@each_kind
@pytest.mark.parametrize("bias", [True, False])
def test_a_cell_prints_and_says_bias_as_pytorchs_does(kind, bias):
    mine, right = twins(kind, 3, 4, bias=bias)
    assert str(mine) == str(right)
    assert mine.bias is right.bias is bias


@each_kind
def test_without_units_the_state_is_empty(kind):
    assert flat([KINDS[kind][0](2, 0)(torch.zeros(5, 2))])[0].shape == (5, 0)


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [(kind, *two) for kind in ("lstm", "gru") for two in itertools.combinations(range(KINDS[kind][3]), 2)],
)
@pytest.mark.parametrize("name", ["weight_ih", "weight_hh", "bias_ih", "bias_hh"])
def test_two_swapped_gates_would_be_noticed(kind, first, second, name):
    torch.manual_seed(0)
    mine, right = pair(kind, 3, 3)
    parts = list(right.get_parameter(name).detach().chunk(KINDS[kind][3]))
    parts[first], parts[second] = parts[second], parts[first]
    mine.load_state_dict(right.state_dict() | {name: torch.cat(parts)})
    arguments = random_arguments(kind, 3, 3, (5,), torch.float32)
    outputs = [flat([cell(*arguments)]) for cell in (mine, right)]
    assert not all(torch.allclose(*parts, atol=0.05) for parts in zip(*outputs, strict=True))


@each_kind
@pytest.mark.parametrize(
    ("x_t", "h", "sentence"),
    [
        ((5, 4), (5, 3), r"x_t has the shape \(N, 2\) or \(2,\), got \(5, 4\)"),
        ((1, 5, 2), None, r"got \(1, 5, 2\)"),
        ((5, 2), (3,), r"With x_t \(5, 2\) the state h has the shape \(5, 3\), got \(3,\)"),
        ((5, 2), (1, 3), r"got \(1, 3\)"),
        ((2,), (5, 3), r"the state h has the shape \(3,\), got \(5, 3\)"),
    ],
)
def test_a_wrong_shape_gets_a_sentence(kind, x_t, h, sentence):
    state = None if h is None else torch.zeros(h)
    cell = KINDS[kind][0](2, 3)
    with pytest.raises(ValueError, match=sentence):
        cell(torch.zeros(x_t), (state, state) if kind == "lstm" and h else state)


def test_another_nonlinearity_gets_a_sentence():
    with pytest.raises(ValueError, match='"tanh" or "relu", got \'sigmoid\''):
        cells.RNNCell(2, 3, nonlinearity="sigmoid")


def test_one_state_for_an_lstm_gets_a_sentence():
    with pytest.raises(ValueError, match="two states"):
        cells.LSTMCell(2, 3)(torch.zeros(5, 2), torch.zeros(5, 3))


@pytest.mark.parametrize("missing", ["h", "c"])
def test_half_a_state_for_an_lstm_is_refused_by_name(missing):
    state = tuple(None if name == missing else torch.zeros(5, 3) for name in "hc")
    with pytest.raises(ValueError, match=rf"^{missing} of \(h, c\) is None"):
        cells.LSTMCell(2, 3)(torch.zeros(5, 2), state)


@pytest.mark.parametrize("wrong", ["h", "c"])
def test_a_wrong_shape_of_an_lstms_state_is_named(wrong):
    state = tuple(torch.zeros(5, 4 if name == wrong else 3) for name in "hc")
    with pytest.raises(ValueError, match=f"the state {wrong} has the shape"):
        cells.LSTMCell(2, 3)(torch.zeros(5, 2), state)
