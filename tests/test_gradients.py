"""Jacobians of recurrent steps against those that autograd finds for the whole chain."""

import math

import pytest
import torch
from torch import nn

from course_utils.cells import rnn_step
from course_utils.gradients import lag_norms, reach, spectral_radius, step_jacobians


@pytest.fixture
def chain():
    """Return a step of a random recurrence, inputs and a first state."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(4, 3), (4, 4), (4,), (4,), (6, 3), (4,)]
    *parameters, inputs, h = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    return lambda x_t, h: rnn_step(x_t, h, *parameters), inputs, h


def test_spectral_radius_of_a_rotation_and_of_a_triangle():
    turn = torch.tensor([[0.0, -2.0], [2.0, 0.0]])
    assert spectral_radius(turn) == pytest.approx(2)
    assert spectral_radius(torch.tensor([[0.5, 100.0], [0.0, -0.7]])) == pytest.approx(0.7)


def test_the_product_of_the_steps_is_the_jacobian_of_the_chain(chain):
    step, inputs, h = chain

    def run(h):
        for x_t in inputs:
            h = step(x_t, h)
        return h

    jacobians = step_jacobians(step, inputs, h)
    assert jacobians.shape == (6, 4, 4) and not jacobians.requires_grad
    product = torch.linalg.multi_dot(list(jacobians.flip(0)))
    torch.testing.assert_close(product, torch.autograd.functional.jacobian(run, h))
    # The other order would be another matrix.
    assert not torch.allclose(torch.linalg.multi_dot(list(jacobians)), product)


def test_norms_by_lag(chain):
    jacobians = step_jacobians(*chain)
    norms = lag_norms(jacobians)
    assert norms.shape == (7,) and norms[0] == 1
    assert norms[1] == pytest.approx(torch.linalg.matrix_norm(jacobians[-1], ord=2).item())
    two = torch.linalg.matrix_norm(jacobians[-1] @ jacobians[-2], ord=2).item()
    assert norms[2] == pytest.approx(two)


def test_norms_of_a_rotation_times_a_number_are_its_powers():
    angle = 0.7
    rows = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    turn = 0.5 * torch.tensor(rows, dtype=torch.float64)
    norms = lag_norms(turn.expand(100, 2, 2))
    torch.testing.assert_close(norms, 0.5 ** torch.arange(101, dtype=torch.float64))


def test_a_cell_with_two_states_is_followed_as_one():
    torch.manual_seed(0)
    cell = nn.LSTMCell(2, 3, dtype=torch.float64)

    def step(x_t, state):
        return torch.cat(cell(x_t, tuple(state.split(3))))

    inputs, state = torch.randn(2, 2, dtype=torch.float64), torch.randn(6, dtype=torch.float64)
    jacobians = step_jacobians(step, inputs, state)
    whole = torch.autograd.functional.jacobian(lambda s: step(inputs[1], step(inputs[0], s)), state)
    torch.testing.assert_close(jacobians[1] @ jacobians[0], whole)


def test_norms_that_overflow_are_infinite():
    norms = lag_norms((3 * torch.eye(2)).expand(100, 2, 2))
    assert norms[70] == pytest.approx(3.0**70) and norms[-1] == math.inf


def test_norms_of_no_number_are_no_number():
    assert lag_norms(torch.full((2, 3, 3), math.nan)).tolist()[1:] == pytest.approx([math.nan] * 2, nan_ok=True)


@pytest.mark.parametrize("lag", [1, 5, 9])
def test_the_reach_of_one_unit_is_the_product_of_its_slopes(lag):
    torch.manual_seed(0)
    layer = nn.RNN(1, 1, batch_first=True, dtype=torch.float64)
    x = torch.randn(1, 10, 1, dtype=torch.float64)
    states, _ = layer(x)
    slopes = (1 - states[0, -lag:, 0] ** 2) * layer.weight_hh_l0.item()
    found = reach(layer, x, lambda output: 3 * output.sum(), lag)
    assert found == pytest.approx(slopes.prod().abs().item(), rel=1e-9)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_the_reach_of_a_layer_that_keeps_everything_is_one(kind):
    layer = kind(1, 3, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.bias_ih_l0[3:6] = 50.0  # the LSTM's forget gate, the GRU's update gate: open
    x = torch.randn(2, 8, 1, dtype=torch.float64)
    near, far = (reach(layer, x, lambda output: output.sum(), lag) for lag in (1, 7))
    assert near == pytest.approx(far, rel=1e-9)


def test_the_reach_of_an_untrained_layer_shrinks():
    torch.manual_seed(0)
    layer = nn.LSTM(2, 32, batch_first=True, dtype=torch.float64)
    x = torch.rand(50, 50, 2, dtype=torch.float64)
    assert reach(layer, x, lambda output: output.square().sum(), 40) < 1e-6
