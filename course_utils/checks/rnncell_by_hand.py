"""The exercises of the chapter on RNNCell by hand."""

import math
from collections import Counter

import torch
from torch import nn

from course_utils.checks.wrong_cells import STEPS, pair
from course_utils.judging.cases import numbers, weighted
from course_utils.judging.exercise import Exercise


def _case(length, batch, size_in, lower, upper, dtype=torch.float64):
    """Return random x and two cells with random weights."""
    cells = weighted(nn.RNNCell, size_in, lower, dtype=dtype), weighted(nn.RNNCell, lower, upper, seed=1, dtype=dtype)
    return *numbers((length, batch, size_in), dtype=dtype), *(cell.requires_grad_(False) for cell in cells)


def _stacked(x, lower, upper):
    h_1, h_2 = (x.new_zeros(x.shape[1], cell.hidden_size) for cell in (lower, upper))
    output = []
    for x_t in x:
        h_1 = lower(x_t, h_1)
        h_2 = upper(h_1, h_2)
        output.append(h_2)
    return torch.stack(output), h_1, h_2


stacked = Exercise(
    solution=_stacked,
    against="torch.nn.RNNCell, step by step",
    # All sizes equal first: there a mix-up raises no error, and is told by its values.
    cases=[_case(4, 3, 3, 3, 3), _case(6, 2, 5, 4, 3), _case(5, 2, 2, 3, 4, torch.float32)],
    hints=(
        "What does the upper cell read at a step: the input, or something that has just been computed?",
        "Each cell keeps a state of its own. The upper one gets the lower one's new state as its input.",
        "`h_lower = lower(x_t, h_lower)`, then `h_upper = upper(h_lower, h_upper)`, both `None` before the first step.",
    ),
    mistakes={
        "The upper cell reads the lower one's old state: it must read the new one.": {
            "h_1 = lower": "old, h_1 = h_1, lower",
            "upper(h_1": "upper(old",
        },
        "The upper cell reads `x_t`: it must read the lower one's new state.": {"upper(h_1, h_2)": "upper(x_t, h_2)"},
        "No state is handed on.": {"lower(x_t, h_1)": "lower(x_t)", "upper(h_1, h_2)": "upper(h_1)"},
        "The lower cell starts each step from zero: hand its state on.": {"lower(x_t, h_1)": "lower(x_t)"},
        "The upper cell starts each step from zero: hand its state on.": {"upper(h_1, h_2)": "upper(h_1)"},
        "The arguments of the upper cell are swapped: input, then state.": {"upper(h_1, h_2)": "upper(h_2, h_1)"},
        "Both cells share one variable for the state.": {"h_2 = upper(h_1, h_2)": "h_1 = h_2 = upper(h_1, h_1)"},
        "The cells are swapped: `lower` reads `x_t`.": {"(x, lower, upper)": "(x, upper, lower)"},
        "`output` holds the states of the lower cell.": {"append(h_2)": "append(h_1)"},
        "The two last states are swapped: lower, then upper.": {"stack(output), h_1, h_2": "stack(output), h_2, h_1"},
        "torch.cat joins the states along the batch; torch.stack makes an axis for time.": {"stack(": "cat("},
        "`output` is stacked along the second axis: time is the first.": {"stack(output)": "stack(output, dim=1)"},
        "The upper cell gets the lower one's state for its own.": {"upper(h_1, h_2)": "upper(h_1, h_1)"},
        "`output` starts with the zero state: append after the update.": {
            "= []": "= [h_2]",
            "(output)": "(output[:-1])",
        },
        "The loop runs over the batch: time is the first axis.": {
            "x.shape[1]": "x.shape[0]",
            "in x:": "in x.transpose(0, 1):",
        },
        "The loop runs over the batch, whatever the shape of `output`: time comes first.": {
            "x.shape[1]": "x.shape[0]",
            "in x:": "in x.transpose(0, 1):",
            "stack(output)": "stack(output, dim=1)",
        },
        "The states are detached between the steps.": {
            "lower(x_t, h_1)": "lower(x_t, h_1.detach())",
            "upper(h_1, h_2)": "upper(h_1, h_2.detach())",
        },
    },
    differentiable=True,
    forbidden=("course_utils.cells",),
)


def _floor(inputs, targets):
    letters = Counter(inputs)
    pairs = Counter(zip(inputs, targets, strict=True))
    cost = 0
    for (letter, _), count in pairs.items():
        share = count / letters[letter]
        cost -= count * math.log(share)
    return cost / len(inputs)


memoryless_floor = Exercise(
    solution=_floor,
    against="the counts of several words",
    cases=[("hello", "ohlol"), ("aaab", "oolx"), ("abcabcab", "xyzxyyzz"), ("aaaaab", "ooolhx"), ("abab", "cdcd")],
    hints=(
        "Without a memory, what is the best answer to a letter that has different targets at different places?",
        "The best probabilities are the shares of the letter's targets; a place costs minus the log of its share.",
        "Count letters and pairs: n equal pairs cost n log(count of the letter / n). Divide by the length.",
    ),
    mistakes={
        "That is the sum over the letters; the mean is asked for.": {"cost / len(inputs)": "cost"},
        "That is in bits: take the natural logarithm.": {"math.log(": "math.log2("},
        "The sign is wrong: a cross-entropy is never negative.": {"return cost": "return -cost"},
        "The input letter at that place is not used.": {"letters = ": "inputs = 'a' * len(targets)\n    letters = "},
        "Inputs and targets are swapped: targets follow inputs.": {"(inputs, targets):": "(targets, inputs):"},
        "Each pair of letters counts once: it must count as often as it comes.": {"-= count * ": "-= "},
        "The share counts twice: each place costs − log p once.": {"-= count * ": "-= count * share * "},
        "That is − log of the share of the most frequent target: each place costs that of its own.": {
            "share = count": "share = max(n for (i, _), n in pairs.items() if i == letter)"
        },
        "These are pairs' shares of all places: take those among the places of a letter.": {
            "count / letters[letter]": "count / len(inputs)"
        },
        "Each letter counts once here: it must count as often as it comes.": {
            "-= count * ": "-= share * ",
            "len(inputs)": "len(letters)",
        },
        "The probabilities are the shares of a letter's targets, not even ones.": {
            "count / letters[letter]": "1 / len([pair for pair in pairs if pair[0] == letter])"
        },
        "That is the share of wrong letters; the cross-entropy is asked for.": {
            "cost / len": "1 - sum(max(n for (i, _), n in pairs.items() if i == x) for x in letters) / len"
        },
        "An answer costs minus the log of its probability.": {"math.log(share)": "(share - 1)"},
    },
    tolerance=1e-5,
)


def _agree(mine, theirs, x_t, h):
    weights, found = torch.randn_like(h), []
    for cell in (mine, theirs):
        state = cell(x_t, h)
        leaves = [x_t, h, *cell.parameters()]
        gradients = torch.autograd.grad((weights * state).sum(), leaves, materialize_grads=True)
        found.append([state, *gradients])
    return all(torch.allclose(a, b, rtol=0, atol=1e-5) for a, b in zip(*found, strict=True))


agree = Exercise(
    solution=_agree,
    against="what is known of fourteen pairs of cells",
    cases=[pair(step) for step in STEPS.values()],
    in_words=tuple(STEPS),
    hints=(
        "Two cells give the same state. What else can differ, so that one of them learns something else?",
        "Add up each state with the same random weights; take gradients for `x_t`, `h` and the parameters.",
        "`torch.autograd.grad((mix * state).sum(), [x_t, h, *cell.parameters()])` for both, with "
        "`materialize_grads=True`, then `torch.allclose(…, rtol=0, atol=1e-5)`.",
    ),
    mistakes={
        "It calls every pair equal, the wrong ones too.": {"return all(": "return True or all("},
        "It calls every pair different. Does `.grad` add up, or are the random numbers drawn anew?": {
            " all(": " False and all("
        },
        "A wrong gradient passes: are gradients compared, and all of them (`all`, not `any`)?": {
            "[state, *gradients]": "[state]"
        },
        "It compares the gradients only: a state off by a constant passes.": {"[state, *gradients]": "gradients"},
        "The gradients of the parameters are not compared: one that never learns passes.": {", *cell.parameters()": ""},
        "The gradient with respect to `h` is not compared.": {"[x_t, h, *": "[x_t, *"},
        "The gradient with respect to `x_t` is not compared.": {"[x_t, h, *": "[h, *"},
        "The gradients of `x_t` and `h` are not compared: `.grad` is one tensor, so clone it.": {"[x_t, h, *": "[*"},
        "That is the plain sum's gradient: multiply the units by random numbers first.": {"randn_": "ones_"},
        "It starts from a zero state, where `weight_hh` has no part.": {"cell(x_t, h)": "cell(x_t, 0 * h)"},
        "It asks for equality to the last bit, past rounding.": {"allclose(a, b, rtol=0, atol=1e-5)": "equal(a, b)"},
        "The tolerance is too wide, or differences are averaged and cancel.": {"atol=1e-5": "atol=1e-2"},
        "`abs` is missing: a state that is too small passes.": {
            "torch.allclose(a, b, rtol=0, atol=1e-5)": "(a - b).max() < 1e-5"
        },
        "It is content if any part agrees: all have to.": {"return all(": "return any("},
        "True and False are exchanged.": {"return all(": "return not all("},
    },
    use=lambda arguments, answer: float(answer),
    differentiable=True,
)
