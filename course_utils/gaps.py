"""Masks that hide readings of a series: pure functions of a seed."""

import torch


def random_mask(count, length, hidden, seed, edge=2, channels=None):
    """Hide readings at random places, the same number in each series.

    Parameters
    ----------
    count, length : int
        Number of series and of steps in each.
    hidden : int
        Number of readings to hide in each, from 0 to length − 2 edge.
    seed : int
    edge : int
        Number of readings at each end that are never hidden.
    channels : int, optional
        Number of channels, each with hidden readings of its own.

    Returns
    -------
    torch.Tensor
        Shape (count, length), or (count, length, channels): 1 where seen, 0 where hidden. Default dtype.

    Raises
    ------
    ValueError
        If more is to be hidden than lies between the edges.
    """
    if channels is not None:
        return _by_channel(random_mask, count, length, hidden, seed, edge, channels)
    _check_room(length, hidden, edge)
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(count, length - 2 * edge, generator=generator).argsort(dim=1)
    mask = torch.ones(count, length)
    mask[:, edge : length - edge] = (order >= hidden).to(mask.dtype)
    return mask


def block_mask(count, length, hidden, seed, edge=2, channels=None):
    """Hide one block of readings in each series, each place equally likely.

    Parameters
    ----------
    count, length, seed, edge, channels
        As for `random_mask`.
    hidden : int
        Length of the block, from 0 to length − 2 edge.

    Returns
    -------
    torch.Tensor
        As from `random_mask`.

    Raises
    ------
    ValueError
        If the block does not fit between the edges.
    """
    if channels is not None:
        return _by_channel(block_mask, count, length, hidden, seed, edge, channels)
    _check_room(length, hidden, edge)
    generator = torch.Generator().manual_seed(seed)
    room = length - 2 * edge - hidden + 1  # number of possible starts
    start = edge + (torch.rand(count, 1, generator=generator) * room).long()
    steps = torch.arange(length)
    return ((steps < start) | (steps >= start + hidden)).to(torch.get_default_dtype())


def _by_channel(make, count, length, hidden, seed, edge, channels):
    return make(count * channels, length, hidden, seed, edge).view(count, channels, length).mT


def _check_room(length, hidden, edge):
    if edge < 0 or not 0 <= hidden <= length - 2 * edge:
        raise ValueError(f"Between {edge} seen readings at each end of {length} no {hidden} can be hidden.")
