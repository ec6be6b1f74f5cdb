"""The exercises of the chapter on nn.RNN."""

import torch
from torch import nn

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise, Mistake
from course_utils.judging.limits import own_randomness

hint = hints.teller(hints.RNN)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


def _last_real(output, lengths):
    rows = torch.arange(len(output))
    return output[rows, lengths - 1]


last_real = Exercise(
    task=(
        "``last_real(output, lengths)`` with shapes (N, L, H_out) and (N,) returns the states after each "
        "sequence's own last step, shape (N, H_out)."
    ),
    reference=_last_real,
    solution=_last_real,
    against="the sequences one by one",
    # As many sequences as steps first: there a mix-up of axes raises no error.
    cases=[
        (_random(4, 4, 3), torch.tensor([2, 4, 1, 3])),
        (_random(3, 7, 5), torch.tensor([6, 1, 6])),
        (_random(2, 5, 2, dtype=torch.float32), torch.tensor([3, 4])),
    ],
    mistakes=[
        Mistake(
            "These are the states after the padding: the last step of the longest sequence.",
            {"output[rows, lengths - 1]": "output[:, -1]"},
        ),
        Mistake("The steps are counted from 0: the last one of three is step 2.", {"lengths - 1": "lengths"}),
        Mistake("That is one step too early: `lengths` − 1 is the last.", {"lengths - 1": "lengths - 2"}),
        Mistake(
            "Every sequence is taken at every length. Pair them: sequence 0 with length 0, and so on, by "
            "torch.arange(N).",
            {"output[rows, lengths - 1]": "output[:, lengths - 1]"},
        ),
        Mistake(
            "The axes are mixed up: the first one is the batch.",
            {"output[rows, lengths - 1]": "output[lengths - 1, rows]"},
        ),
        Mistake(
            "The lengths choose sequences here, not steps: the first axis is the batch. Put torch.arange(N) "
            "before them.",
            {"output[rows, lengths - 1]": "output[lengths - 1]"},
        ),
        Mistake("These are the states after the first step.", {"output[rows, lengths - 1]": "output[:, 0]"}),
    ],
    differentiable=True,
)


def _both_ends(h_n):
    forward, backward = h_n[-2], h_n[-1]
    return torch.cat([forward, backward], dim=-1)


both_ends = Exercise(
    task=(
        "``both_ends(h_n)`` with shape (2 num_layers, N, H_out) returns the final states of the top layer, "
        "forward first, shape (N, 2 H_out)."
    ),
    reference=_both_ends,
    solution=_both_ends,
    against="the rows of h_n in torch.nn.RNN's order",
    cases=[(_random(4, 3, 3),), (_random(2, 3, 2),), (_random(6, 2, 5),), (_random(4, 1, 3, dtype=torch.float32),)],
    mistakes=[
        Mistake(
            "These are the states of the lowest layer; the top one comes last.", {"h_n[-2], h_n[-1]": "h_n[0], h_n[1]"}
        ),
        Mistake("The directions are swapped.", {"[forward, backward]": "[backward, forward]"}),
        Mistake(
            "The rows are taken as if all forward states came first: they alternate.",
            {"h_n[-2]": "h_n[len(h_n) // 2 - 1]"},
        ),
        Mistake("The states are joined along the batch: join them along the last axis.", {", dim=-1": ""}),
        Mistake(
            "The shape is right and the numbers are mixed up: reshape does not move the batch to the front.",
            {"torch.cat([forward, backward], dim=-1)": "h_n[-2:].reshape(h_n.shape[1], -1)"},
        ),
    ],
    differentiable=True,
)


@own_randomness()
def _chunk_case(length, batch, steps, num_layers, dtype=torch.float64):
    """Return a layer with random weights, x (L, N, 3) and the length of a chunk."""
    layer = nn.RNN(3, 3, num_layers, dtype=dtype)
    generator = torch.Generator().manual_seed(length)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    return layer, torch.randn(length, batch, 3, generator=generator, dtype=dtype), steps


def _in_chunks(layer, x, steps):
    h = None
    outputs = []
    for chunk in x.split(steps):
        output, h = layer(chunk, h)
        outputs.append(output)
        h = h.detach()
    return torch.cat(outputs), h


def _with_gradients(arguments, answer):
    """Return both results, and the gradients of the outputs with respect to the layer's parameters."""
    output, h_n = answer
    parameters = list(arguments[0].parameters())
    if not output.requires_grad:
        return output, h_n.detach(), *map(torch.zeros_like, parameters)
    weights = torch.arange(output.numel(), dtype=output.dtype).reshape(output.shape).cos()
    return output, h_n.detach(), *torch.autograd.grad((weights * output).sum(), parameters, retain_graph=True)


in_chunks = Exercise(
    task=(
        "``in_chunks(layer, x, steps)`` with a `torch.nn.RNN` and x (L, N, H_in) returns `output`, shape (L, "
        "N, H_out), and the last state, shape (num_layers, N, H_out)."
    ),
    reference=_in_chunks,
    solution=_in_chunks,
    against="torch.nn.RNN, one chunk after the other",
    cases=[_chunk_case(9, 5, 3, 1), _chunk_case(10, 3, 4, 2), _chunk_case(7, 1, 3, 1, torch.float32)],
    mistakes=[
        Mistake("The values are right, but the state is not detached.", {"h = h.detach()": "pass"}),
        Mistake("Each chunk starts from zero: the state is not handed on.", {"layer(chunk, h)": "layer(chunk)"}),
        Mistake("The last chunk is missing.", {"x.split(": "x[: len(x) // steps * steps].split("}),
        Mistake("x.chunk(n) makes n chunks; x.split(n) makes chunks of n steps.", {"x.split(": "x.chunk("}),
        Mistake(
            "The batch is cut: time is the first axis, so it is x.split(steps) without `dim=1`.",
            {"x.split(steps)": "x.split(steps, dim=1)"},
        ),
        Mistake("`output` holds the last chunk only: collect them all.", {"torch.cat(outputs)": "output"}),
        Mistake(
            "The chunks have the wrong length: x.split takes the length of a chunk, not their number.",
            {"x.split(steps)": "x.split(len(x) // steps)"},
        ),
        Mistake(
            "The outputs are cut from the graph, so nothing can be learned: only the state is detached, between "
            "the chunks.",
            {"append(output)": "append(output.detach())"},
        ),
    ],
    use=_with_gradients,
    differentiable=True,
)
