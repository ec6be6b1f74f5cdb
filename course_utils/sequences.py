"""Sequences to learn from: pure functions of a seed."""

import torch


def adding(count, length, seed):
    """Draw examples of the adding problem: two of the numbers are marked, and their sum is asked for.

    One of the marks is in each half. Always answering 1, the mean, has a mean squared error of 1/6.

    Parameters
    ----------
    count, length : int
        Number of sequences and of steps in each; at least 2 steps.
    seed : int

    Returns
    -------
    x : torch.Tensor
        Shape (count, length, 2): a number in [0, 1) and a mark, 0 or 1. Default dtype.
    sums : torch.Tensor
        Shape (count,), values in [0, 2).

    Raises
    ------
    ValueError
        If `length` is below 2.

    Notes
    -----
    After S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9, 1997,
    section 5.4, with numbers in [0, 1) and one mark in each half.
    """
    if length < 2:
        raise ValueError(f"The adding problem marks two steps: the length has to be 2 or more, got {length}.")
    generator = torch.Generator().manual_seed(seed)
    x = torch.zeros(count, length, 2)
    x[:, :, 0] = torch.rand(count, length, generator=generator)
    rows, half = torch.arange(count), length // 2
    first = torch.randint(half, (count,), generator=generator)
    second = torch.randint(half, length, (count,), generator=generator)
    x[rows, first, 1] = x[rows, second, 1] = 1.0
    return x, x[rows, first, 0] + x[rows, second, 0]
