"""Say how far two outcomes are apart."""

import torch


def close(got, expected, exercise, part="values"):
    """Say whether two outcomes agree in their `values` or `gradients`."""
    mine, right = getattr(got, part), getattr(expected, part)
    if len(mine) != len(right):
        return False
    for one, other in zip(mine, right, strict=True):
        floor = 1e-5 if other.dtype == torch.float32 else 0
        sizes = other.detach().double().abs()
        scale = max(1.0, sizes.nan_to_num(posinf=0.0).max().item())
        if not gap(one, other) <= max(exercise.tolerance, floor) * scale:
            return False
    return True


def gap(mine, right):
    """Return the largest difference, infinity where shapes differ or only one value is no number."""
    if mine.shape != right.shape:
        return float("inf")
    difference = (mine.detach().double() - right.detach().double()).abs()
    difference = difference.masked_fill(mine.isnan() & right.isnan() | (mine == right), 0.0)
    return difference.nan_to_num(nan=float("inf"), posinf=float("inf")).max().item()
