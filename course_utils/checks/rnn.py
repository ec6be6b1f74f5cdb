"""The exercises of the chapter on nn.RNN."""

import functools

import torch
from torch import nn

from course_utils.checks import hints
from course_utils.checks.answers import Exercise
from course_utils.checks.chunks import MISTAKES, chunk_case, chunks, with_gradients
from course_utils.checks.compare import check

hint = hints.teller(hints.RNN)


def six(function):
    """Check the shapes of what a recurrent layer returns.

    Parameters
    ----------
    function : callable
        ``six(length, batch, size, num_layers, bidirectional, batch_first)`` returns six integers:
        the shape of `output`, then the shape of `h_n`.

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, SIX)


def last_real(function):
    """Check the choice of the last real step in a padded batch.

    Parameters
    ----------
    function : callable
        ``last_real(output, lengths)`` with shapes (N, L, H_out) and (N,) returns the states after
        each sequence's own last step, shape (N, H_out).

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, LAST_REAL)


def both_ends(function):
    """Check a summary of both directions.

    Parameters
    ----------
    function : callable
        ``both_ends(h_n)`` with shape (2 num_layers, N, H_out) returns the final states of the
        top layer, forward first, shape (N, 2 H_out).

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, BOTH_ENDS)


def in_chunks(function):
    """Check a run over chunks of a sequence with the gradient cut between them.

    Parameters
    ----------
    function : callable
        ``in_chunks(layer, x, steps)`` with a `torch.nn.RNN` and x (L, N, H_in) returns `output`,
        shape (L, N, H_out), and the last state, shape (num_layers, N, H_out).

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, IN_CHUNKS)


def _random(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


@functools.cache
def _by_torch(length, batch, size, num_layers, bidirectional, batch_first):
    layer = nn.RNN(2, size, num_layers, bidirectional=bidirectional, batch_first=batch_first)
    output, h_n = layer(torch.zeros((batch, length, 2) if batch_first else (length, batch, 2)))
    return *output.shape, *h_n.shape


def _front(t, n, first):
    return (n, t) if first else (t, n)


def _six(front=_front, width=lambda h, k, d: d * h, last=lambda n, h, k, d, first: (d * k, n, h)):
    """Return a count of the six sizes in which some part may be wrong; d is the number of directions."""
    return lambda t, n, h, k, two, first: (*front(t, n, first), width(h, k, 1 + two), *last(n, h, k, 1 + two, first))


SIX = Exercise(
    reference=_by_torch,
    against="torch.nn.RNN",
    cases=[(11, 4, 5, layers, two, first) for layers in (1, 3) for two in (False, True) for first in (False, True)]
    + [(6, 7, 2, 2, True, True)],
    mistakes={
        _six(last=lambda n, h, k, d, first: (*_front(d * k, n, first), h)): "`batch_first` does not act on `h_n`: its "
        "batch is always the second axis.",
        _six(lambda t, n, first: (t, n)): "`batch_first` is not used: it exchanges the first two axes of `output`.",
        _six(lambda t, n, first: _front(n, t, first)): "`batch_first` acts the wrong way round: by default time comes "
        "first.",
        _six(width=lambda h, k, d: h): "`output` has the states of both directions side by side: its last axis "
        "doubles.",
        _six(last=lambda n, h, k, d, first: (k, n, h)): "`h_n` has a row for each layer and direction.",
        _six(last=lambda n, h, k, d, first: (k, n, d * h)): "`h_n` keeps the directions apart: they double its first "
        "axis, not its last.",
        _six(width=lambda h, k, d: h, last=lambda n, h, k, d, first: (k, n, d * h)): "The second direction doubles the "
        "last axis of `output`, not of `h_n`.",
        _six(width=lambda h, k, d: h, last=lambda n, h, k, d, first: (k, n, h)): "The second direction is not used.",
        _six(last=lambda n, h, k, d, first: (k + d - 1, n, h)): "Layers and directions are added; they multiply.",
    },
    forbidden=("torch.nn.modules.rnn",),
)


def _gathered(index):
    """Return a choice of one step for each sequence, by ``index(output, lengths)``."""
    return lambda output, lengths: output[torch.arange(len(output)), index(output, lengths)]


LAST_REAL = Exercise(
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
BOTH_ENDS = Exercise(
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


IN_CHUNKS = Exercise(
    reference=chunks(),
    against="torch.nn.RNN, one chunk after the other",
    cases=[chunk_case(9, 2, 3, 1), chunk_case(10, 3, 4, 2), chunk_case(7, 1, 3, 1, torch.float32)],
    mistakes=MISTAKES,
    use=with_gradients,
    differentiable=True,
)
