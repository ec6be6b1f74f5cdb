"""The scan against a loop, and each layer in its two forms: whole sequences against one step after the other."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import elu

from course_utils.scan import Blocks, LinearAttention, MinGRU, MinLSTM, SelectiveSSM, loop, scan

LENGTHS = (1, 2, 3, 7, 8, 37)
LAYERS = [MinGRU(3, 5), MinGRU(3, 5, least=-1), MinLSTM(3, 5), SelectiveSSM(3, 4), LinearAttention(3, 5)]


def recurrence(length, *rest, least=-1.0):
    """Return factors, inputs and a first state, all with gradients."""
    draw = torch.Generator().manual_seed(length)
    a = torch.rand(2, length, *rest, generator=draw, dtype=torch.float64) * (1 - least) + least
    b = torch.randn(2, length, *rest, generator=draw, dtype=torch.float64)
    h = torch.randn(2, *rest, generator=draw, dtype=torch.float64)
    return [x.requires_grad_() for x in (a, b, h)]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("rest", [(3,), (2, 4), ()])
def test_scan_against_loop_forward_and_backward(length, rest):
    given = recurrence(length, *rest)
    expected, found = loop(*given), scan(*given)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    weights = torch.arange(expected.numel()).view_as(expected) / expected.numel()
    ways = [torch.autograd.grad((states * weights).sum(), given) for states in (expected, found)]
    torch.testing.assert_close(*ways, rtol=0, atol=1e-12)


def test_scan_against_loop_from_zero():
    a, b, _ = recurrence(9, 3)
    torch.testing.assert_close(scan(a, b), loop(a, b))


def test_scan_against_loop_at_20000_steps():
    a, b, _ = recurrence(20_000, 4, least=0.8)
    torch.testing.assert_close(scan(a, b), loop(a, b), rtol=0, atol=1e-12)


def test_scan_against_loop_where_factors_are_zero():
    a, b, h = recurrence(8, 3)
    a = torch.zeros_like(a)
    assert torch.equal(scan(a, b, h), b)


def stepped(layer, x):
    """Return the outputs of a layer that reads one step after the other, and its last state."""
    state, outputs = None, []
    for x_t in x.split(1, dim=1):
        output, state = layer(x_t, state)
        outputs.append(output)
    return torch.cat(outputs, dim=1), state


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_layer_on_a_sequence_against_its_steps(layer):
    x = torch.randn(2, 11, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(stepped(layer, x), layer(x))


@pytest.mark.parametrize("kind", [MinGRU, partial(nn.GRU, batch_first=True), partial(nn.LSTM, batch_first=True)])
def test_blocks_on_a_sequence_against_its_steps(kind):
    stack, x = Blocks(kind, 3, 5, depth=2), torch.randn(2, 11, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(stepped(stack, x), stack(x))


def test_min_gru_against_its_equations():
    layer, h = MinGRU(3, 5), torch.zeros(2, 5)
    x = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    for t in range(6):
        z = torch.sigmoid(x[:, t] @ layer.gate.weight.T + layer.gate.bias)
        h = z * h + (1 - z) * (x[:, t] @ layer.new.weight.T + layer.new.bias)
    torch.testing.assert_close(layer(x)[1], h)


def test_selective_ssm_with_constant_step_against_a_convolution():
    layer = SelectiveSSM(3, 4)
    with torch.no_grad():  # what depends on x becomes constant
        layer.step.weight.zero_()
        layer.in_out.weight.zero_()
    x = torch.randn(2, 9, 3, generator=torch.Generator().manual_seed(0))
    step, (b, c) = torch.nn.functional.softplus(layer.step.bias), layer.in_out.bias.chunk(2)
    a = (-step[:, None] * layer.log_a.exp()).exp()  # (D, S)
    kernel = torch.stack([(a**k * b * c).sum(1) * step for k in range(9)])  # (L, D)
    expected = torch.stack([(kernel[: t + 1].flip(0) * x[:, : t + 1]).sum(1) for t in range(9)], dim=1)
    torch.testing.assert_close(layer(x)[0], expected + layer.skip * x)


def test_linear_attention_against_masked_attention():
    layer, x = LinearAttention(3, 5), torch.randn(2, 11, 3, generator=torch.Generator().manual_seed(0))
    q, k = elu(layer.query(x)) + 1, elu(layer.key(x)) + 1
    weights = (q @ k.mT).tril()
    torch.testing.assert_close(layer(x)[0], weights / weights.sum(-1, keepdim=True) @ layer.value(x))


def test_a_least_factor_of_minus_one_turns_the_sign():
    layer = MinGRU(1, 1, least=-1)
    with torch.no_grad():
        layer.gate.weight.fill_(-100.0)
        layer.gate.bias.zero_()
    _, h = layer(torch.ones(1, 1, 1), torch.ones(1, 1))
    assert math.isclose(h.item(), -1 + layer.new(torch.ones(1)).item(), rel_tol=1e-5)


def test_scan_takes_a_factor_that_is_the_same_at_each_step():
    a, b, h = recurrence(8, 3)
    torch.testing.assert_close(scan(a[:, :1], b, h), loop(a[:, :1].expand_as(b), b, h))


def test_scan_of_no_step_says_so():
    with pytest.raises(ValueError, match="at least one step"):
        scan(torch.ones(2, 0, 3), torch.ones(2, 0, 3))


def test_padding_with_factor_1_and_input_0_keeps_the_state():
    a, b, h = recurrence(8, 3)
    a, b = a.detach(), b.detach()
    a[:, 5:], b[:, 5:] = 1, 0
    torch.testing.assert_close(scan(a, b, h)[:, -1], scan(a, b, h)[:, 4])


def test_min_gru_refuses_a_least_factor_out_of_range():
    with pytest.raises(ValueError, match="from -1 to 0"):
        MinGRU(3, 5, least=-3)


def test_min_lstm_against_its_equations_and_where_both_gates_are_zero():
    layer, x, h = MinLSTM(3, 5), torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0)), torch.zeros(2, 5)
    for x_t in x.unbind(1):
        f, i = layer.forget(x_t).sigmoid(), layer.input(x_t).sigmoid()
        h = f / (f + i) * h + i / (f + i) * layer.new(x_t)
    torch.testing.assert_close(layer(x)[1], h)
    assert layer(500 * x)[0].isfinite().all()
