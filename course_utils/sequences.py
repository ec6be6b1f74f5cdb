"""Sequences to learn from: pure functions of a seed."""

import numpy as np
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


def recall(count, length, seed, symbols=4):
    """Draw examples of delayed recall: the first symbol is asked for at the end, after others.

    Parameters
    ----------
    count, length : int
        Number of sequences and of steps in each; at least 2 steps.
    seed : int
    symbols : int
        Number of different symbols, equally likely. Guessing is right in 1 of `symbols` cases.

    Returns
    -------
    x : torch.Tensor
        Shape (count, length, symbols + 1): a one-hot symbol and a mark, which is 1 at the first
        step only. The last step is all zeros. Default dtype.
    first : torch.Tensor
        Shape (count,), int64 in 0 … symbols − 1: the symbol of the first step.

    Raises
    ------
    ValueError
        If `length` is below 2.
    """
    if length < 2:
        raise ValueError(f"Recall needs a step to show and one to ask: the length has to be 2 or more, got {length}.")
    generator = torch.Generator().manual_seed(seed)
    shown = torch.randint(symbols, (count, length), generator=generator)
    x = torch.zeros(count, length, symbols + 1)
    x.scatter_(2, shown[:, :-1, None], 1.0)
    x[:, 0, symbols] = 1.0
    return x, shown[:, 0]


def latch(count, length, seed, often=0.1):
    """Draw examples of a latch: at each step the value that was stored last is asked for.

    Parameters
    ----------
    count, length : int
        Number of sequences and of steps in each.
    seed : int
    often : float
        Probability that a value is stored; the first one always is.

    Returns
    -------
    x : torch.Tensor
        Shape (count, length, 2): a value in [−1, 1) and a flag, 1 where it is to be stored. Default dtype.
    stored : torch.Tensor
        Shape (count, length), values in [−1, 1).
    """
    generator = torch.Generator().manual_seed(seed)
    value = 2 * torch.rand(count, length, generator=generator) - 1
    flag = torch.rand(count, length, generator=generator) < often
    flag[:, 0] = True
    latest = (flag * torch.arange(length)).cummax(dim=1).values
    return torch.stack([value, flag.to(value.dtype)], dim=2), value.gather(1, latest)


def sine_to_cosine(count, points, *, endpoint):
    """Cut a sine, the input, and the cosine of the same angle, the target, into windows of half a period.

    Window k covers the angles from kπ to (k + 1)π.

    Parameters
    ----------
    count, points : int
        Number of windows and of samples in each.
    endpoint : bool
        Whether a window includes (k + 1)π, which is then also the first angle of the next one.

    Returns
    -------
    x, y : torch.Tensor
        Shape (count, points, 1) each, values in [−1, 1]. Default dtype.
    """
    steps = points - 1 if endpoint else points
    angle = np.pi * (np.arange(count)[:, None] + np.arange(points) / steps)[:, :, None]
    dtype = torch.get_default_dtype()
    return torch.tensor(np.sin(angle), dtype=dtype), torch.tensor(np.cos(angle), dtype=dtype)
