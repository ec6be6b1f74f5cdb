"""One time step of each recurrent cell, written out, with PyTorch's names for the parameters."""

import torch


def rnn_step(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Return the state after one step of a tanh recurrence, as `torch.nn.RNNCell` computes it.

    Parameters
    ----------
    x_t : torch.Tensor
        Input, shape (N, H_in) or (H_in,).
    h : torch.Tensor
        State before the step, shape (N, H_out) or (H_out,).
    weight_ih, weight_hh : torch.Tensor
        Shapes (H_out, H_in) and (H_out, H_out).
    bias_ih, bias_hh : torch.Tensor
        Shape (H_out,). Only their sum matters.

    Returns
    -------
    torch.Tensor
        State after the step, shape of `h`, values in (−1, 1).

    Notes
    -----
    J. L. Elman, Finding structure in time, Cognitive Science 14, 1990, with tanh for the sigmoid.
    """
    return torch.tanh(x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
