"""Forecasts and cuts of a series in which some part may be wrong."""

import torch


def cut(more=0, after=0, step=1, first=0):
    """Return a cut in which some part may be wrong."""

    def windows(series, length, ahead):
        starts = range(first, len(series) - length - ahead + 1 + more, step)
        rows = [series[start : start + length] for start in starts if start + length <= len(series)]
        places = [min(start + length + ahead - 1 + after, len(series) - 1) for start in starts[: len(rows)]]
        return torch.stack(rows)[..., None], series[places, None]

    return windows


def backwards(series, length, ahead):
    """Return windows whose newest value comes first."""
    rows, values = cut()(series, length, ahead)
    return rows.flip(1), values


def alone(warm=True, feed=lambda y, x: y, restart=False, late=0):
    """Return a forecast in which some part may be wrong."""

    def forecast(cell, head, x, steps):
        h = x.new_zeros(x.shape[1], cell.hidden_size)
        for x_t in x[:-1] if warm else x[:0]:
            h = cell(x_t, h)
        y, values = x[-1], []
        for _ in range(steps + late):
            h = cell(y, torch.zeros_like(h) if restart else h)
            values.append(head(h))
            y = feed(values[-1], x[-1])
        return torch.stack(values[late:])

    return forecast


def twice(cell, head, x, steps):
    """Return a forecast that reads the last sample twice."""
    return alone()(cell, head, torch.cat([x, x[-1:]]), steps)


def with_last(cell, head, x, steps):
    """Return a forecast that starts with the last sample."""
    return torch.cat([x[-1:], alone()(cell, head, x, steps)])[:steps]


def rounds(place=lambda k, p: k % p - p, times=lambda k, p: k // p + 1, gain=lambda s, p: s[-1] - s[-1 - p]):
    """Return a forecast in which some part may be wrong."""
    return lambda series, period, steps: torch.stack(
        [series[place(k, period)] + times(k, period) * gain(series, period) for k in range(steps)]
    )


def smoothed(product=1, sign=1, learn=1, late=0):
    """Return the airline model's forecasts, in which some part may be wrong."""

    def forecasts(series, theta, season):
        errors, guesses = [torch.zeros_like(series[0])] * (13 + late), []
        for t in range(13, len(series)):
            guess = series[t - 1] + series[t - 12] - series[t - 13]
            guess = guess + sign * (theta * errors[t - 1] + season * errors[t - 12])
            guesses.append(guess + product * sign * theta * season * errors[t - 13])
            errors.append(learn * (series[t] - guesses[-1]))
        return torch.stack(guesses)

    return forecasts


def parted(halves=lambda s, n: (s[:n], s[n:]), known=lambda s, n: s[:n], own=None, spread=torch.std, middle=torch.mean):
    """Return a split in which some part may be wrong; `own` is what the rest is scaled by."""

    def split(series, share):
        size = int(share * len(series))
        first, rest = halves(series, size)
        one, other = known(series, size), (own or known)(series, size)
        return (first - middle(one)) / spread(one), (rest - middle(other)) / spread(other)

    return split
