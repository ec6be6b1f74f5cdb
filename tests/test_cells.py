"""Hand-written steps against PyTorch's cells, forward and backward."""

import pytest
import torch
from torch import nn

from course_utils.cells import rnn_step


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
