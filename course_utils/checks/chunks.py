"""Runs of a layer over chunks of a sequence in which one thing is wrong."""

import torch
from torch import nn

from course_utils.judging.limits import own_randomness


@own_randomness()
def chunk_case(length, batch, steps, num_layers, dtype=torch.float64):
    """Return a layer with random weights, x (L, N, 3) and the length of a chunk."""
    layer = nn.RNN(3, 3, num_layers, dtype=dtype)
    generator = torch.Generator().manual_seed(length)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    return layer, torch.randn(length, batch, 3, generator=generator, dtype=dtype), steps


def chunks(carry=lambda h: h.detach(), finish=lambda outputs, states: (torch.cat(outputs), states[-1]), cut="split"):
    """Return a run over chunks in which some part may be wrong."""

    def run(layer, x, steps):
        outputs, states = [], []
        for chunk in getattr(x, cut)(steps):
            output, h = layer(chunk, carry(states[-1]) if states else None)
            outputs.append(output)
            states.append(h)
        return finish(outputs, states)

    return run


def with_gradients(arguments, answer):
    """Return both results, and the gradients of the outputs with respect to the layer's parameters."""
    output, h_n = answer
    weights = torch.arange(output.numel(), dtype=output.dtype).reshape(output.shape).cos()
    return (
        output,
        h_n.detach(),
        *torch.autograd.grad((weights * output).sum(), list(arguments[0].parameters()), retain_graph=True),
    )


MISTAKES = {
    chunks(lambda h: h): "The values are right, but the state is not detached.",
    chunks(lambda h: None): "Each chunk starts from zero: the state is not handed on.",
    lambda layer, x, steps: chunks()(layer, x[: len(x) // steps * steps], steps): "The last chunk is missing.",
    chunks(cut="chunk"): "x.chunk(n) makes n chunks; x.split(n) makes chunks of n steps.",
    chunks(finish=lambda o, s: (o[-1], s[-1])): "`output` holds the last chunk only: collect them all.",
    lambda layer, x, steps: chunks()(layer, x, len(x) // steps): "The chunks have the wrong length: x.split takes the "
    "length of a chunk, not their number.",
}
