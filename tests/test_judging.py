"""The engine of the exercises, on an exercise of its own and on some of the course."""

import importlib
import itertools
import pkgutil
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from course_utils import checks
from course_utils.checks import nn_rnn, recurrence, rnncell_by_hand
from course_utils.judging import limits, relations, verdicts
from course_utils.judging.answers import run
from course_utils.judging.exercise import Exercise
from course_utils.judging.verdicts import check, judge


def _double(x):
    y = 2 * x
    return y


DOUBLE = Exercise(
    solution=_double,
    against="twice x",
    cases=[(torch.tensor([1.0, 2.0]),), (torch.tensor([3.0]),)],
    hints=("How often?",),
    mistakes={"That is the square.": {"2 * x": "x**2"}},
)


def test_a_verdict_can_be_read_by_a_program(capsys):
    verdict = check(lambda x: x**2, DOUBLE)
    assert not verdict and verdict.stage == "values" and verdict.sentence == "That is the square."
    assert verdict.passed == ("runs", "shapes", "dtype")
    assert "right: dtype" in (text := capsys.readouterr().out) and "wrong: That is the square." in text
    verdict = judge(lambda x: x + x, DOUBLE)
    assert verdict and verdict.sentence == "" and capsys.readouterr().out == ""
    assert judge(lambda x: None, DOUBLE).stage == "finished"


def test_a_mistake_that_explains_one_case_is_not_named():
    def squared_where_short(x):
        return x**2 if len(x) == 1 else x

    assert "no known mistake explains it" in judge(squared_where_short, DOUBLE).sentence


def test_two_mistakes_that_explain_all_are_both_named():
    both = replace(DOUBLE, mistakes={"The square.": {"2 * x": "x**2"}, "The product.": lambda x: x * x})
    assert judge(lambda x: x.square(), both).sentence == "The square. Or: The product."


RIGHT = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0], [0.5, 8.0, 9.0]])


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        (3 * RIGHT, "3 times the right ones"),
        (RIGHT - 0.5, "0.5 too small"),
        (RIGHT**2, "the squares of the right ones"),
        (RIGHT.abs(), "the right ones without their signs"),
        (RIGHT.flip(1), "the right ones, the wrong way round along axis 1"),
        (torch.cat([torch.zeros(1, 3), RIGHT[:-1]]), "the right ones, one place too late along axis 0"),
        (torch.cat([RIGHT[:, 1:], torch.ones(3, 1)], dim=1), "the right ones, one place too early along axis 1"),
        (RIGHT.T, "the right ones, with axes 0 and 1 exchanged"),
        (torch.cat([RIGHT[:2], RIGHT[:1]]), "right, but for those at 2 along axis 0, counted from 0"),
        (torch.tensor([[0.1, 0.7, -3], [9, 0.3, 0.2], [1.7, 1.3, -8]]), ""),
    ],
)
def test_a_result_that_no_known_mistake_explains_is_described(mine, said):
    assert relations.relation(mine.double(), RIGHT.double()) == said


def test_the_case_that_is_wrong_is_named():
    numbers = replace(DOUBLE, cases=[(1,), (2,), (3,)], mistakes={})
    assert judge(lambda x: x + 1, numbers).sentence == (
        "1 of 3 cases are right. With x=2 the result is 3, and 4 would be right."
    )

    both = replace(DOUBLE, reference=lambda x: (2 * x, 2 * x), mistakes={}, cases=[(torch.arange(4.0),)])
    assert judge(lambda x: (2 * x, x), both).sentence == (
        "The numbers of result 2 are 0.5 times the right ones; result 1 is right."
    )


@pytest.mark.parametrize("broken", ["reference", "use", "nothing"])
def test_no_verdict_rests_on_a_broken_exercise(broken):
    def fails(*arguments):
        raise TypeError("renamed")

    changes = {
        "reference": {"reference": fails},
        "use": {"use": fails},
        "nothing": {"use": lambda arguments, answer: []},
    }
    with pytest.raises(ValueError if broken == "nothing" else TypeError):
        judge(lambda x: 2 * x, replace(DOUBLE, **changes[broken]))


def test_what_cannot_be_used_is_said():
    used = replace(DOUBLE, use=lambda arguments, answer: answer if answer.sum() < 7 else answer.view(7))
    verdict = judge(lambda x: 3 * x, used)
    assert verdict.sentence.startswith("What follows from the result cannot be computed: shape '[7]' is invalid")


def test_nothing_outside_is_changed():
    def careless(x):
        torch.manual_seed(99)
        torch.set_default_dtype(torch.float64)
        return 2 * x

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    assert judge(careless, DOUBLE)
    assert torch.rand(1) == expected and torch.get_default_dtype() == torch.float32


def test_importing_the_checks_draws_no_random_number():
    names = [module.name for module in pkgutil.iter_modules(checks.__path__)]
    source = f"""
import importlib, torch
torch.manual_seed(0)
for name in {names}:
    importlib.import_module(f"course_utils.checks.{{name}}")
drawn = torch.rand(1)
torch.manual_seed(0)
assert drawn == torch.rand(1)
"""
    subprocess.run([sys.executable, "-c", source], check=True)


def test_an_answer_without_an_end_is_stopped(monkeypatch):
    def endless(x):
        while True:
            try:
                time.sleep(0.01)
            except:  # noqa: E722
                x = x + 1

    tracer = sys.gettrace()
    monkeypatch.setattr(verdicts, "limited", lambda: limits.limited(seconds=0.2))
    for _ in range(3):
        verdict = judge(endless, DOUBLE)
        assert verdict.stage == "runs" and verdict.sentence == "It was stopped after 0.2 seconds: does its loop end?"
    assert sys.gettrace() is tracer


def test_a_flood_of_output_is_stopped(capsys):
    def flood(x):
        while True:
            print("again")

    verdict = judge(flood, DOUBLE)
    assert verdict.sentence == "It was stopped after 20,000 printed characters: does its loop end?"
    assert len(capsys.readouterr().out) <= 20_000


def test_the_alarm_of_others_goes_on():
    signal = pytest.importorskip("signal")
    if hasattr(signal, "setitimer"):
        before, _ = signal.getitimer(signal.ITIMER_REAL)
        with limits.limited(seconds=5):
            assert signal.getitimer(signal.ITIMER_REAL)[0] <= 5
        after, _ = signal.getitimer(signal.ITIMER_REAL)
        assert (before > 0) == (after > 0) and after <= before


def test_the_line_of_an_error_is_named():
    def last(x):
        return x[len(x)]

    sentence = judge(last, DOUBLE).sentence
    assert "IndexError" in sentence and sentence.endswith("That is the line `return x[len(x)]`.")


def test_a_list_that_can_be_stacked_is_told_so():
    sentence = judge(lambda output, lengths: [o[n - 1] for o, n in zip(output, lengths, strict=True)], nn_rnn.last_real)
    assert "torch.stack makes one tensor" in sentence.sentence


def test_gradients_by_backward_are_as_right_as_others():
    def agree(mine, theirs, x_t, h):
        found = []
        for cell in (mine, theirs):
            for tensor in (x_t, h, *cell.parameters()):
                tensor.grad = None
            state = cell(x_t, h)
            torch.manual_seed(1)
            (torch.randn_like(state) * state).sum().backward()
            gradients = [tensor.grad for tensor in (x_t, h, *cell.parameters())]
            found.append([state, *(torch.zeros(1) if g is None else g.clone() for g in gradients)])
        return all(a.shape == b.shape and torch.allclose(a, b, atol=1e-5) for a, b in zip(*found, strict=True))

    assert rnncell_by_hand.agree(agree)


def test_a_wrong_yes_is_called_one():
    def agree(mine, theirs, x_t, h):
        states = mine(x_t, h), theirs(x_t, h)
        one, other = (torch.autograd.grad(state.sum(), x_t)[0] for state in states)
        return torch.allclose(*states, atol=1e-5) and torch.allclose(one, other, atol=1e-5)

    assert judge(agree, rnncell_by_hand.agree).sentence == (
        "It says True where False would be right. The case: `weight_ih` gets no gradient."
    )


def test_a_buffer_of_the_default_dtype_is_right():
    def filled(x, h, w_ih, w_hh, b_ih, b_hh):
        output = torch.zeros(len(x), *h.shape)
        for t in range(len(x)):
            h = torch.tanh(x[t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
            output[t] = h
        return output, h

    assert judge(filled, recurrence.rnn)


EXERCISES = {
    f"{module.name}.{name}": value
    for module in pkgutil.iter_modules(checks.__path__)
    for name, value in vars(importlib.import_module(f"course_utils.checks.{module.name}")).items()
    if isinstance(value, Exercise)
}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())
def test_no_two_known_mistakes_do_the_same_in_all_cases(exercise):
    done = {text: [run(wrong, case, exercise) for case in exercise.cases] for text, wrong in exercise.mistakes}
    for (one, outcomes), (other, others) in itertools.combinations(done.items(), 2):
        alike = [verdicts._alike(*pair, exercise, "values") for pair in zip(outcomes, others, strict=True)]
        assert not all(alike), f"{one}\n{other}"


def test_a_mistake_is_what_stands_otherwise_in_the_solution():
    written = replace(DOUBLE, mistakes={"Half of it.": {"2 * x": "x"}})
    assert judge(lambda x: x.clone(), written).sentence == "Half of it."
    for absent in ("3 * x", "y"):  # not there, or more than once
        with pytest.raises(ValueError, match="times in _double, and not once"):
            replace(DOUBLE, mistakes={"Half of it.": {absent: "x"}})


def test_parameters_are_as_right_as_tensors():
    assert judge(lambda w, v, b: [torch.nn.Parameter(p) for p in (w.T, v.T, b, 0 * b)], recurrence.to_pytorch)
