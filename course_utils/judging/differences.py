"""Say how far two outcomes are apart."""

import torch


def close(got, expected, exercise, part="values"):
    """Say whether two outcomes agree in their `values` or `gradients`."""
    mine, right = getattr(got, part), getattr(expected, part)
    if len(mine) != len(right):
        return False
    for one, other in zip(mine, right, strict=True):
        floor = 1e-5 if other.dtype == torch.float32 else 0
        scale = max(1.0, other.detach().double().abs().max().item())
        if gap(one, other) > max(exercise.tolerance, floor) * scale:
            return False
    return True


def gap(mine, right):
    """Return the largest difference, infinity where shapes differ or only one value is no number."""
    if mine.shape != right.shape:
        return float("inf")
    difference = (mine.detach().double() - right.detach().double()).abs()
    difference = difference.masked_fill(mine.isnan() & right.isnan(), 0.0)
    return difference.nan_to_num(nan=float("inf"), posinf=float("inf")).max().item()
