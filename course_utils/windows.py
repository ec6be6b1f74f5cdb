"""Cut a series into windows and the values that follow them."""


def windows(series, length, ahead=1):
    """Return all windows of a series and the values that follow each, as views of the series.

    Parameters
    ----------
    series : torch.Tensor
        Shape (T,), or (T, F) for F values at each time; any dtype.
    length, ahead : int
        Values in a window, and values after it, at least 1 each.

    Returns
    -------
    inputs : torch.Tensor
        Shape (N, length, F) with N = T − length − ahead + 1, and F = 1 for a series (T,): as a recurrent layer
        with ``batch_first=True`` reads it. Window n starts at time n.
    targets : torch.Tensor
        Shape (N, ahead, F): the values from time n + length on. ``targets[..., 0]`` is the first column alone.

    Raises
    ------
    ValueError
        Where not even one window and its targets fit into the series.
    """
    if series.dim() == 1:
        series = series[:, None]
    if series.dim() != 2 or min(length, ahead) < 1 or len(series) < length + ahead:
        raise ValueError(
            f"Windows of {length} and {ahead} values after each do not fit into a series of shape "
            f"{tuple(series.shape)}: it must be (T,) or (T, F) with T of at least length + ahead."
        )
    rows = series.unfold(0, length + ahead, 1).mT  # (N, length + ahead, F)
    return rows[:, :length], rows[:, length:]
