"""The exercises of the chapter In production."""

import torch
from torch import nn

from course_utils.judging.cases import numbers, weighted
from course_utils.judging.exercise import Exercise


def _serve(cell, names, x):
    states, answers = {}, []
    for name, x_t in zip(names, x, strict=True):
        states[name] = cell(x_t, states.get(name))
        answers.append(states[name])
    return torch.stack(answers)


def _by_series(cell, names, x):
    """Return the same from one call of nn.GRU for each series."""
    layer = nn.GRU(cell.input_size, cell.hidden_size, dtype=x.dtype)
    layer.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
    answers = x.new_zeros(len(x), cell.hidden_size)
    for name in set(names):
        places = [place for place, other in enumerate(names) if other == name]
        answers[places] = layer(x[places])[0]
    return answers


def _requests(names):
    """Return a cell, the names of the series, a letter each, and a request of each in turn."""
    return weighted(nn.GRUCell, 2, 3).requires_grad_(False), list(names), *numbers((len(names), 2))


serve = Exercise(
    solution=_serve,
    reference=_by_series,
    against="nn.GRU on each series alone",
    cases=[_requests("abaabc"), _requests("bbb"), _requests("abc")],
    in_words=("three series in turns", "one series", "three series, once each"),
    hints=(
        "What must be remembered from one request to the next, and whose is it?",
        "A dictionary has a state for each name. A name that is new has none, and the cell then starts from zero.",
        "`states[name] = cell(x_t, states.get(name))` for each request; the answer is that state.",
    ),
    mistakes={
        "There is one state for all: each series needs its own.": {
            "states.get(name)": "answers[-1] if answers else None"
        },
        "Each request starts from zero: the state of the series' last request is lost.": {"states.get(name)": "None"},
        "Only the first state of a series is kept: each request must store its new one.": {
            "states[name] = cell(x_t, states.get(name))": "new = cell(x_t, states.get(name))",
            "answers.append(states[name])": "answers.append(new)\n        states.setdefault(name, new)",
        },
        "The state that was there before is returned: the answer is the new one.": {
            "answers.append(states[name])": "answers.append(before)",
            "states[name] = cell": "before = states.get(name, 0 * cell(x_t))\n        states[name] = cell",
        },
        "A state is lost when another series comes in between.": {
            "states[name] = cell(x_t, states.get(name))": "states = {name: cell(x_t, states.get(name))}"
        },
    },
)


def _eight_bits(weight):
    scale = weight.abs().amax(dim=1, keepdim=True) / 127
    return (weight / scale).round() * scale


eight_bits = Exercise(
    solution=_eight_bits,
    against="weights rounded to 255 steps a row",
    cases=[numbers((4, 6)), (numbers((3, 5))[0] * torch.tensor([[100.0], [1.0], [0.01]]).double(),)],
    in_words=("rows alike", "rows of different sizes"),
    hints=(
        "Which whole number should the largest weight of a row become, if -127 to 127 are there?",
        "A row's `scale` is its largest absolute weight divided by 127, with shape (M, 1). Divide, round, multiply.",
        "`scale = weight.abs().amax(dim=1, keepdim=True) / 127`, then `(weight / scale).round() * scale`.",
    ),
    mistakes={
        "There is one scale for all rows: a small row is left with few steps.": {
            "weight.abs().amax(dim=1, keepdim=True)": "weight.abs().max()"
        },
        "The numbers are cut off, not rounded.": {".round()": ".trunc()"},
        "The scale is made of the largest weight, not of the largest absolute one.": {
            "weight.abs().amax": "weight.amax"
        },
        "128 does not fit into eight bits with a sign: the largest weight is to be 127.": {"/ 127": "/ 128"},
        "Half of the steps are not used: the largest weight is to be 127.": {"/ 127": "/ 63"},
        "There is a scale for each column: each row needs one, which its product then shares.": {"dim=1": "dim=0"},
        "These are the whole numbers: multiply by the scale again.": {".round() * scale": ".round()"},
        "The scale is the largest weight: divide it by 127, or only -1, 0 and 1 are left.": {" / 127": ""},
    },
)
