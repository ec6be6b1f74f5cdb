"""The exercises of the chapter on RNNCell by hand."""

import math
from collections import Counter

import torch
from torch import nn

from course_utils.checks import hints
from course_utils.checks.pairs import MISTAKES, PAIRS, comparison
from course_utils.judging.answers import Exercise
from course_utils.judging.limits import own_randomness
from course_utils.judging.verdicts import check

hint = hints.teller(hints.RNNCELL)


def stacked(function):
    """Check a loop over time with two cells, one on the other.

    Parameters
    ----------
    function : callable
        ``stacked(x, lower, upper)`` with x (L, N, H_in) and two `torch.nn.RNNCell` returns
        `output`, shape (L, N, H_upper), and the last states, (N, H_lower) and (N, H_upper).

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, STACKED)


def memoryless_floor(function):
    """Check the lowest loss that a network without a memory can have on one word.

    Parameters
    ----------
    function : callable
        ``memoryless_floor(inputs, targets)`` with two words of one length returns the lowest
        mean cross-entropy, in nats a letter.

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, MEMORYLESS_FLOOR)


def agree(function):
    """Check a comparison of two cells, on cells that agree and on cells that do not.

    Parameters
    ----------
    function : callable
        ``agree(mine, theirs, x_t, h)`` with two cells, x_t (N, H_in) and h (N, H_out) returns
        whether the next states and the gradients with respect to x_t, h and the parameters
        agree to 1e-5.

    Returns
    -------
    bool
        Whether it is right; what is right or wrong is printed.
    """
    return check(function, AGREE)


@own_randomness()
def _stacked_case(length, batch, size_in, lower, upper, dtype=torch.float64):
    """Return random x and two cells with random weights."""
    generator = torch.Generator().manual_seed(length)
    pair = nn.RNNCell(size_in, lower, dtype=dtype), nn.RNNCell(lower, upper, dtype=dtype)
    for cell in pair:
        for parameter in cell.parameters():
            nn.init.normal_(parameter, generator=generator).requires_grad_(False)
    return torch.randn(length, batch, size_in, generator=generator, dtype=dtype), *pair


def _stack(step, finish=lambda h_1, h_2: (torch.stack(h_2), h_1[-1], h_2[-1])):
    """Return a loop whose `step(x_t, h_1, h_2, lower, upper)` returns both next states."""

    def loop(x, lower, upper):
        zero = x.new_zeros(x.shape[1], lower.hidden_size), x.new_zeros(x.shape[1], upper.hidden_size)
        h_1, h_2 = [], []
        for x_t in x:
            before = (h_1[-1], h_2[-1]) if h_1 else zero
            for states, state in zip((h_1, h_2), step(x_t, *before, lower, upper), strict=True):
                states.append(state)
        return finish(h_1, h_2)

    return loop


def _right(x_t, h_1, h_2, lower, upper):
    h_1 = lower(x_t, h_1)
    return h_1, upper(h_1, h_2)


def _one_state(x, lower, upper):
    h, states = None, []
    for x_t in x:
        h = lower(x_t, h)
        h = upper(h, h)
        states.append(h)
    return torch.stack(states), h, h


STACKED = Exercise(
    reference=_stack(_right),
    against="torch.nn.RNNCell, step by step",
    # All sizes equal first: there a mix-up raises no error, and is told by its values.
    cases=[_stacked_case(4, 3, 3, 3, 3), _stacked_case(6, 2, 5, 4, 3), _stacked_case(5, 2, 2, 3, 4, torch.float32)],
    mistakes={
        _stack(lambda x, a, b, low, up: (low(x, a), up(a, b))): "The upper cell reads the state of the lower one from "
        "the step before: it reads the new one.",
        _stack(lambda x, a, b, low, up: (low(x, a), up(x, b))): "The upper cell reads `x_t`: it reads the new state of "
        "the lower one.",
        _stack(lambda x, a, b, low, up: (low(x), up(low(x)))): "No state is handed on: each step starts from zero.",
        _stack(lambda x, a, b, low, up: (low(x), up(low(x), b))): "The lower cell does not get its state: each of its "
        "steps starts from zero.",
        _stack(lambda x, a, b, low, up: (low(x, a), up(low(x, a)))): "The upper cell does not get its state: each of "
        "its steps starts from zero.",
        _stack(lambda x, a, b, low, up: (low(x, a), up(b, low(x, a)))): "The arguments of the upper cell are swapped: "
        "the input comes first, then the state.",
        _one_state: "Both cells share one state: each keeps its own.",
        lambda x, low, up: _stack(_right)(x, up, low): "The cells are swapped: `lower` reads `x_t`.",
        _stack(_right, lambda a, b: (torch.stack(a), a[-1], b[-1])): "`output` holds the states of the lower cell.",
        _stack(_right, lambda a, b: (torch.stack(b), b[-1], a[-1])): "The two last states are swapped: the lower "
        "cell's comes first.",
        _stack(_right, lambda a, b: (torch.cat(b), a[-1], b[-1])): "torch.cat joins the states along the batch; "
        "torch.stack gives time an axis of its own.",
        _stack(_right, lambda a, b: (torch.stack(b, dim=1), a[-1], b[-1])): "`output` is stacked along the second "
        "axis: time is the first one.",
        _stack(lambda x, a, b, low, up: _right(x, a.detach(), b.detach(), low, up)): "The values are right, but the "
        "states are detached between the steps.",
    },
    differentiable=True,
    forbidden=("course_utils.cells",),
)


def _mean_over(inputs, targets, cost):
    """Return the mean over the letters of cost(times this pair comes, times this input comes)."""
    letters, pairs = Counter(inputs), Counter(zip(inputs, targets, strict=True))
    return sum(n * cost(n, letters[letter]) for (letter, _), n in pairs.items()) / len(inputs)


def _floor(inputs, targets):
    return _mean_over(inputs, targets, lambda pair, letter: math.log(letter / pair))


def _by_letter(inputs, targets):
    """Return the mean over the different letters, however often each comes."""
    parts = {letter: "".join(t for i, t in zip(inputs, targets, strict=True) if i == letter) for letter in inputs}
    return sum(_floor(letter * len(part), part) for letter, part in parts.items()) / len(parts)


def _even_bets(inputs, targets):
    different = {letter: len({t for i, t in zip(inputs, targets, strict=True) if i == letter}) for letter in inputs}
    return sum(math.log(different[letter]) for letter in inputs) / len(inputs)


def _errors(inputs, targets):
    pairs = Counter(zip(inputs, targets, strict=True))
    best = {letter: max(n for (i, _), n in pairs.items() if i == letter) for letter in inputs}
    return 1 - sum(best.values()) / len(inputs)


def _by_target(inputs, targets):
    return _floor(targets, inputs)


MEMORYLESS_FLOOR = Exercise(
    reference=_floor,
    against="the counts of several words",
    cases=[("hello", "ohlol"), ("aaab", "oolx"), ("abcabcab", "xyzxyyzz"), ("aaaaab", "ooolhx"), ("abab", "cdcd")],
    mistakes={
        lambda i, t: _floor(i, t) * len(i): "That is the sum over the letters; the mean is asked for.",
        lambda i, t: _floor(i, t) / math.log(2): "That is in bits: take the natural logarithm.",
        lambda i, t: -_floor(i, t): "The sign is wrong: a cross-entropy is never negative.",
        lambda i, t: _floor("a" * len(t), t): "That is the loss without any input: the letter of now may be used.",
        _by_target: "Inputs and targets are swapped: ask how the targets vary after each input.",
        _by_letter: "Each different letter counts once here; it counts as often as it comes.",
        _even_bets: "The bets are even here; the best bet follows the shares, such as 2/3 and 1/3.",
        _errors: "That is the share of wrong letters; the cross-entropy is asked for.",
        lambda i, t: _mean_over(i, t, lambda pair, letter: 1 - pair / letter): "Each answer costs minus the logarithm "
        "of its probability, not one minus the probability.",
    },
    tolerance=1e-5,
)


AGREE = Exercise(
    reference=comparison(),
    against="what is known of twelve pairs of cells",
    cases=PAIRS,
    mistakes=MISTAKES,
    use=lambda arguments, answer: float(answer),
    differentiable=True,
)
