"""The random arguments of all exercises, the same at each call, and PyTorch's layers with weights that are given."""

import torch
from torch import nn
from torch.func import functional_call

from course_utils.judging.limits import own_randomness


@own_randomness()
def numbers(*shapes, dtype=torch.float64):
    """Return a tuple with a tensor of normally distributed numbers for each shape.

    Parameters
    ----------
    *shapes : tuple of int
    dtype : torch.dtype

    Returns
    -------
    tuple of torch.Tensor
    """
    torch.manual_seed(sum(map(sum, shapes)))
    return tuple(torch.randn(shape, dtype=dtype) for shape in shapes)


@own_randomness()
def weighted(kind, *sizes, seed=0, dtype=torch.float64, **settings):
    """Return a layer or cell whose weights are normally distributed with deviation 0.5.

    Parameters
    ----------
    kind : type
        Such as `torch.nn.RNNCell`, called with all that follows.
    *sizes : int
    seed : int
        Another one where two of one size must differ.
    dtype : torch.dtype
    **settings

    Returns
    -------
    torch.nn.Module
    """
    module = kind(*sizes, dtype=dtype, **settings)
    torch.manual_seed(seed)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
    return module


def called(module, parameters, *inputs):
    """Return what a layer or cell gives with other parameters.

    Parameters
    ----------
    module : torch.nn.Module
    parameters : sequence of torch.Tensor
        In the order of its `state_dict`: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
    *inputs
        What the module is called with.
    """
    return functional_call(module, dict(zip(module.state_dict(), parameters, strict=True)), inputs)
