"""Clocks and straight lines across gaps, right ones and some with one fault each."""

import torch


def _last(mask):
    """Return the index of the last seen step, the step itself where it is seen."""
    steps = torch.arange(mask.shape[1])
    return torch.where(mask == 1, steps, 0).cummax(dim=1).values


def _next(mask):
    return mask.shape[1] - 1 - _last(mask.flip(1)).flip(1)


def _before(mask):
    """Return the index of the last seen step before each step, 0 for the first."""
    return torch.nn.functional.pad(_last(mask)[:, :-1], (1, 0))


def since(times, mask):
    """Return the time since the last step before at which something was seen, (N, L)."""
    return times - times.gather(1, _before(mask))


def line(share=lambda t, a, b: (t - a) / (b - a).clamp(min=1), ends=lambda a, b: (a, b)):
    """Return a line across each gap, in which some part may be wrong; a and b are the seen steps around it."""

    def fill(x, mask):
        a, b = _last(mask), _next(mask)
        part = share(torch.arange(x.shape[1]), a, b).to(x)
        left, right = (x.gather(1, end) for end in ends(a, b))
        return torch.where(mask == 1, x, left + part * (right - left))

    return fill


SINCE_MISTAKES = {
    lambda times, mask: times - times.gather(1, _last(mask)): "It is 0 wherever something is seen: at step t look "
    "at the mask up to t − 1 only.",
    lambda times, mask: (torch.arange(mask.shape[1]) - _before(mask)).to(times): "These are steps: the times "
    "between them are not all 1.",
    lambda times, mask: times.diff(dim=1, prepend=times[:, :1]): "This is the time since the step before, whether "
    "it was seen or not: in a gap the times add up.",
    lambda times, mask: times - times[:, :1]: "This is the time since the first step: a seen reading has to start "
    "the clock anew.",
    lambda times, mask: times.gather(1, _next(mask)) - times: "It looks the wrong way: this is the time until "
    "something is seen next.",
    lambda times, mask: times.gather(1, _before(mask)) - times: "The sign is wrong: now minus then.",
    lambda times, mask: times - times.gather(1, _before(1 - mask)): "The mask is taken the wrong way round: 1 "
    "stands for seen.",
    lambda times, mask: times.gather(1, _before(mask)): "This is when it was seen, not how long ago.",
}
LINE_MISTAKES = {
    line(share=lambda t, a, b: (b - t) / (b - a).clamp(min=1)): "The weights are exchanged: near the left end the "
    "left reading counts more.",
    line(share=lambda t, a, b: 0.5 + 0 * t): "Both sides count the same everywhere: this is a step at the height of "
    "their mean, not a line.",
    line(share=lambda t, a, b: 0 * t): "The last reading seen is repeated.",
    line(share=lambda t, a, b: 1 + 0 * t): "The next reading seen is repeated backwards.",
    line(share=lambda t, a, b: (t - a) / (b - a - 1).clamp(min=1)): "The line arrives one step too early: from "
    "seen to seen it is one step more than there are hidden readings.",
    line(share=lambda t, a, b: (t - a - 1) / (b - a).clamp(min=1)): "The line starts one step too late: at the "
    "first hidden reading one step has passed.",
    line(share=lambda t, a, b: (t - a > b - t) * 1): "This is the nearest reading seen.",
    lambda x, mask: x * mask: "The gaps are filled with zeros.",
    lambda x, mask: x: "These are the hidden readings themselves: they must not be used.",
}
