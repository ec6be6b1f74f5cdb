"""The exercises of the chapter on nn.RNN."""

import torch

from course_utils.checks import hints
from course_utils.checks.chunks import MISTAKES, chunk_case, chunks, with_gradients
from course_utils.judging.exercise import Exercise

hint = hints.teller(hints.RNN)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


def _gathered(index):
    """Return a choice of one step for each sequence, by ``index(output, lengths)``."""
    return lambda output, lengths: output[torch.arange(len(output)), index(output, lengths)]


last_real = Exercise(
    task=(
        "``last_real(output, lengths)`` with shapes (N, L, H_out) and (N,) returns the states after each "
        "sequence's own last step, shape (N, H_out)."
    ),
    reference=_gathered(lambda output, lengths: lengths - 1),
    against="the sequences one by one",
    # As many sequences as steps first: there a mix-up of axes raises no error.
    cases=[
        (_random(4, 4, 3), torch.tensor([2, 4, 1, 3])),
        (_random(3, 7, 5), torch.tensor([6, 1, 6])),
        (_random(2, 5, 2, dtype=torch.float32), torch.tensor([3, 4])),
    ],
    mistakes={
        lambda output, lengths: output[:, -1]: "These are the states after the padding: the last step of the longest "
        "sequence.",
        _gathered(lambda output, lengths: lengths): "The steps are counted from 0: the last one of three is step 2.",
        _gathered(lambda output, lengths: lengths - 2): "That is one step too early: `lengths` − 1 is the last.",
        lambda output, lengths: output[:, lengths - 1]: "Every sequence is taken at every length. Pair them: sequence "
        "0 with length 0, and so on, by torch.arange(N).",
        lambda output, lengths: output[lengths - 1, torch.arange(len(output))]: "The axes are mixed up: the first one "
        "is the batch.",
        lambda output, lengths: output[:, 0]: "These are the states after the first step.",
    },
    differentiable=True,
)
both_ends = Exercise(
    task=(
        "``both_ends(h_n)`` with shape (2 num_layers, N, H_out) returns the final states of the top layer, "
        "forward first, shape (N, 2 H_out)."
    ),
    reference=lambda h_n: torch.cat([h_n[-2], h_n[-1]], dim=-1),
    against="the rows of h_n in torch.nn.RNN's order",
    cases=[(_random(4, 3, 3),), (_random(2, 3, 2),), (_random(6, 2, 5),), (_random(4, 1, 3, dtype=torch.float32),)],
    mistakes={
        lambda h: torch.cat([h[0], h[1]], dim=-1): "These are the states of the lowest layer; the top one comes last.",
        lambda h: torch.cat([h[-1], h[-2]], dim=-1): "The directions are swapped.",
        lambda h: torch.cat([h[len(h) // 2 - 1], h[-1]], dim=-1): "The rows are taken as if all forward states came "
        "first: they alternate.",
        lambda h: torch.cat([h[-2], h[-1]]): "The states are joined along the batch: join them along the last axis.",
        lambda h: h[-2:].reshape(h.shape[1], -1): "The shape is right and the numbers are mixed up: reshape does not "
        "move the batch to the front.",
    },
    differentiable=True,
)


in_chunks = Exercise(
    task=(
        "``in_chunks(layer, x, steps)`` with a `torch.nn.RNN` and x (L, N, H_in) returns `output`, shape (L, "
        "N, H_out), and the last state, shape (num_layers, N, H_out)."
    ),
    reference=chunks(),
    against="torch.nn.RNN, one chunk after the other",
    cases=[chunk_case(9, 2, 3, 1), chunk_case(10, 3, 4, 2), chunk_case(7, 1, 3, 1, torch.float32)],
    mistakes=MISTAKES,
    use=with_gradients,
    differentiable=True,
)
