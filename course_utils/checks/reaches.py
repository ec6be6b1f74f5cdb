"""Measures of the reach of a recurrent layer in which one thing is wrong."""

import torch
from torch import nn

from course_utils.judging.limits import own_randomness


def steps(layer, x):
    """Return the states of all steps, each in the graph of the next one, and last the output that the loss reads."""
    h, states = None, []
    for x_t in x.split(1, dim=1):
        output, h = layer(x_t, h)
        states.append(h)
    return [*states[:-1], output[:, 0]]


def reach(size=lambda g: g.norm(), finish=lambda norms: norms.flip(0) / norms[-1]):
    """Return a measure of the reach in which some part may be wrong."""

    def reach(layer, x, loss):
        states = steps(layer, x)
        return finish(torch.stack([size(g) for g in torch.autograd.grad(loss(states[-1]), states)]))

    return reach


def _in_one_call(layer, x, loss):
    output, _ = layer(x)
    norms = torch.autograd.grad(loss(output[:, -1]), output)[0].norm(dim=(0, 2))
    return norms.flip(0) / norms[-1]


@own_randomness()
def reach_case(kind, length):
    """Return a layer with random weights, x (N, L, 2) and a loss of the last output."""
    generator = torch.Generator().manual_seed(length)
    layer = kind(2, 4, batch_first=True, dtype=torch.float64)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    x = torch.randn(3, length, 2, generator=generator, dtype=torch.float64)
    return layer, x, lambda last: (last * last.detach().roll(1, dims=1)).sum()


MISTAKES = {
    _in_one_call: "In one call `output` is a copy that no later step reads, so only the last step gets a gradient. "
    "Call the layer for one step at a time and keep the states.",
    reach(finish=lambda norms: norms / norms[-1]): "The order is that of time: lag 0, the last step, comes first.",
    reach(finish=lambda norms: norms.flip(0)): "The norms are right; divide them by that at lag 0.",
    reach(finish=lambda norms: norms / norms[0]): "Relative to the first step: lag 0 is the last step.",
    reach(finish=lambda norms: norms.flip(0) / norms.sum()): "They are divided by their sum, not by that at lag 0.",
    reach(finish=lambda norms: norms[:-1].flip(0) / norms[-1]): "Lag 0 is missing: it has a reach of 1.",
    reach(lambda g: g.abs().max()): "That is the largest component; the norm is the root of the sum of squares.",
    reach(lambda g: g.abs().sum()): "That is the sum of absolute values; the norm is the root of the sum of squares.",
    reach(lambda g: g.square().sum()): "The root is missing: these are squares of norms.",
}
