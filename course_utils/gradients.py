"""How a gradient changes on its way back through a recurrence."""

import math

import torch
from torch.func import jacrev, vmap


def spectral_radius(weight):
    """Return the largest absolute value of a square matrix's eigenvalues, as a float."""
    return torch.linalg.eigvals(weight).abs().max().item()


def step_jacobians(step, inputs, h):
    """Run a recurrence and differentiate each of its steps with respect to the state before it.

    Parameters
    ----------
    step : callable
        ``step(x_t, h)`` returns the state after one step of one sequence, shape (H,). A cell
        with two states, such as the LSTM's, takes and returns them concatenated.
    inputs : torch.Tensor
        Shape (T, H_in), T at least 1.
    h : torch.Tensor
        The first state, shape (H,).

    Returns
    -------
    torch.Tensor
        Shape (T, H, H); the first is the Jacobian of h_1 with respect to h_0.
    """
    states = [h]
    for x_t in inputs:
        states.append(step(x_t, states[-1]))
    return vmap(jacrev(step, argnums=1))(inputs, torch.stack(states[:-1]).detach()).detach()


def lag_norms(jacobians):
    """Return the norm of the gradient of the last state with respect to each state before it.

    The Jacobian over several steps is the product of the steps' Jacobians, the latest on the left.

    Parameters
    ----------
    jacobians : torch.Tensor
        Shape (T, H, H), as `step_jacobians` returns them. Best in float64.

    Returns
    -------
    torch.Tensor
        Shape (T + 1,): the largest singular value of ∂h_T/∂h_{T−lag} for lag 0, which is 1, to T;
        infinity from the lag on at which the product overflows, nan if a Jacobian has a nan.
    """
    product = torch.eye(jacobians.shape[-1], dtype=jacobians.dtype, device=jacobians.device)
    norms = [1.0]
    for jacobian in jacobians.flip(0):
        product = product @ jacobian
        if product.isfinite().all():
            norms.append(torch.linalg.matrix_norm(product, ord=2).item())
        else:
            norms.append(math.nan if jacobians.isnan().any() else math.inf)
    return torch.tensor(norms, dtype=jacobians.dtype)


def reach(layer, x, loss, lag):
    """Return how large the gradient of a loss on the last output is some steps back, relative to the last step.

    Parameters
    ----------
    layer : torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        With ``batch_first=True``, one direction.
    x : torch.Tensor
        Shape (N, L, H_in), of the layer's dtype; best in float64.
    loss : callable
        ``loss(output)`` returns a scalar tensor from the last output, shape (N, H_out).
    lag : int
        Steps back from the last one, 1 to L − 1.

    Returns
    -------
    float
        The norm of the gradient at the state `lag` steps back, divided by that at the last output. The state
        of an LSTM is the pair of h and c.
    """
    state, states = None, []
    for x_t in x.split(1, dim=1):  # a step at a time, to hold on to each state
        output, state = layer(x_t, state)
        states.append(state if isinstance(state, tuple) else (state,))
    *back, last = torch.autograd.grad(loss(output[:, 0]), [*states[-1 - lag], output])
    return (sum(gradient.square().sum() for gradient in back).sqrt() / last.norm()).item()
