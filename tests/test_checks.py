"""Every check accepts the right answer, refuses every wrong one, and says which mistake it is."""

import importlib
import pkgutil
import random
import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from course_utils import checks
from course_utils.cells import rnn_step
from course_utils.checks import a_real_series, clipping_and_truncation, exploding_gradients, lstm_mnist, recurrence
from course_utils.judging.exercise import Exercise
from course_utils.judging.verdicts import check

EXERCISES = {
    f"{module.name}.{name}": value
    for module in pkgutil.iter_modules(checks.__path__)
    for name, value in vars(importlib.import_module(f"course_utils.checks.{module.name}")).items()
    if isinstance(value, Exercise)
}
each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())


@pytest.mark.style
@each_exercise
def test_every_exercise_has_hints_that_end_nearly_at_the_answer(exercise):
    page = exercise.hint().data
    hints = re.findall(r"<summary[^>]*>Hint \d of (\d)</summary><p[^>]*>(.*?)</p>", page)
    assert 1 <= len(hints) <= 3 and {int(count) for count, _ in hints} == {len(hints)}
    assert hints[0][1].endswith("?") and all(text.endswith((".", "?")) for _, text in hints)


def said(capsys):
    """Return what was printed, as one line."""
    return " ".join(capsys.readouterr().out.split())


def formula(x_t, h, w_ih, w_hh, b_ih, b_hh):
    """Return the next state, written out, as a learner would."""
    return torch.tanh(x_t @ w_ih.T + b_ih + h @ w_hh.T + b_hh)


def loop(x, h_0, *parameters, step=formula):
    """Return the right answer to the exercise on the loop over time."""
    h, states = h_0, []
    for x_t in x:
        h = step(x_t, h, *parameters)
        states.append(h)
    return torch.stack(states), h


@each_exercise
def test_the_right_answer_passes(exercise, capsys):
    assert check(exercise.reference, replace(exercise, forbidden=()))
    assert "wrong" not in said(capsys)


@each_exercise
def test_every_known_mistake_is_named(exercise, capsys):
    assert exercise.mistakes
    for mistake in exercise.mistakes:
        assert not check(mistake.wrong, exercise)
        assert said(capsys).endswith(" ".join(mistake.sentence.split()))


def perturbed(function, seed):
    """Return a function that gives another answer in one number."""
    chance = random.Random(seed)

    def wrong(*arguments):
        answer = function(*arguments)
        parts = list(answer) if isinstance(answer, tuple | list) else [answer]
        place = chance.randrange(len(parts))
        if isinstance(parts[place], int):
            parts[place] += chance.choice([-3, -2, -1, 1, 2, 3])
        else:
            part = torch.as_tensor(parts[place])
            change = torch.zeros_like(part).flatten()
            change[chance.randrange(len(change))] = chance.choice([-1, 1]) * 10 ** chance.uniform(-3, 1)
            parts[place] = part + change.reshape(part.shape)
        return parts if isinstance(answer, tuple | list) else parts[0]

    return wrong


@each_exercise
def test_no_perturbation_of_the_right_answer_passes(exercise, capsys):
    for seed in range(40):
        assert not check(perturbed(exercise.reference, seed), replace(exercise, forbidden=()))


@each_exercise
def test_an_unfinished_answer_gets_a_sentence_and_no_stack_trace(exercise, capsys):
    def stub(*arguments):
        raise NotImplementedError

    def nothing(*arguments):
        pass

    def dots(*arguments):
        return ...

    for unfinished, sentence in ((stub, "not finished"), (nothing, "returns nothing"), (dots, "returns nothing")):
        assert not check(unfinished, exercise)
        text = said(capsys)
        assert sentence in text and "Traceback" not in text and "wrong" not in text


@each_exercise
def test_an_answer_that_fails_gets_a_sentence_and_no_stack_trace(exercise, capsys):
    def wrong(*arguments):
        raise KeyError("nowhere")

    assert not check(wrong, exercise)
    assert said(capsys).endswith("""It stops with KeyError: 'nowhere'. That is the line `raise KeyError("nowhere")`.""")

    def leave(*arguments):
        raise SystemExit

    assert not check(leave, exercise)
    assert "SystemExit: no message." in said(capsys)


@each_exercise
def test_other_kinds_of_results_are_refused(exercise, capsys):
    def text(*arguments):
        return "0.5"

    def empty(*arguments):
        return ()

    def many(*arguments):
        return (1.0,) * 9

    for wrong, sentence in (
        (text, "Result 1 of 1 is of the type str"),
        (empty, "results is 0"),
        (many, "results is 9"),
    ):
        assert not check(wrong, exercise)
        assert sentence in said(capsys)


def own_layer(x, h_0, *parameters):
    layer = nn.RNN(x.shape[-1], h_0.shape[-1], dtype=x.dtype)
    layer.load_state_dict(dict(zip(layer.state_dict(), parameters, strict=True)))
    output, h_n = layer(x, h_0[None])
    return output, h_n[0]


def own_cell(x, h_0, *parameters):
    return loop(x, h_0, *parameters, step=torch.rnn_tanh_cell)


def own_step(x, h_0, *parameters):
    return loop(x, h_0, *parameters, step=rnn_step)


def own_operator(x, h_0, *parameters):
    return loop(x, h_0, *parameters, step=torch.ops.aten.rnn_tanh_cell)


@pytest.mark.parametrize("answer", [own_layer, own_cell, own_step, own_operator])
def test_an_answer_that_calls_pytorchs_own_layer_is_told_so(answer, capsys):
    assert not recurrence.rnn(answer)
    assert "calls a finished implementation" in said(capsys)


def single(x, h_0, *parameters):
    return tuple(part.float() for part in loop(x, h_0, *parameters))


def single_inside(x, h_0, *parameters):
    return loop(x, h_0 + torch.zeros(h_0.shape), *(part.float() for part in parameters))


def detached(x, h_0, *parameters):
    return tuple(part.detach() for part in loop(x, h_0, *parameters))


def detached_weight(x, h_0, weight_ih, *parameters):
    return loop(x, h_0, weight_ih.detach(), *parameters)


def as_list(x, h_0, *parameters):
    output, h_n = loop(x, h_0, *parameters)
    return output.tolist(), h_n


def second_missing(x, h_0, *parameters):
    return loop(x, h_0, *parameters)[0], None


def one_result(x, h_0, *parameters):
    return loop(x, h_0, *parameters)[0]


def by_numpy(x, h_0, *parameters):
    import numpy as np

    return loop(x, h_0, *parameters, step=lambda *arguments: np.tanh(arguments[0]))


def switched_off(x, h_0, *parameters):
    torch.set_grad_enabled(False)
    return loop(x, h_0, *parameters)


def detached_now_and_then(x, h_0, *parameters):
    h, states = h_0, []
    for t, x_t in enumerate(x, 1):
        h = formula(x_t, h.detach() if t % 7 == 0 else h, *parameters)
        states.append(h)
    return torch.stack(states), h


def in_a_buffer(x, h_0, *parameters):
    output = torch.zeros_like(x[:, :, :1]).repeat(1, 1, h_0.shape[1])
    for t in range(len(x)):
        output[t] = formula(x[t], output[t - 1] if t else h_0, *parameters)
    return output, output[-1]


def unwilling(x, h_0, *parameters):
    raise NotImplementedError("\"softmax\" not implemented for 'Long'")


def with_layer_axis(x, h_0, *parameters):
    output, h_n = loop(x, h_0, *parameters)
    return output, h_n.unsqueeze(0)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (single, "wrong: Result 1 is torch.float32"),
        (single_inside, "Make new tensors with `x.new_zeros(…)`"),
        (detached, "wrong: Result 1 is not attached to the graph"),
        (switched_off, "wrong: Result 1 is not attached to the graph"),
        (detached_weight, "wrong: The values are right and the gradient is not"),
        (detached_now_and_then, "wrong: The values are right and the gradient is not"),
        (in_a_buffer, "changed in place"),
        (as_list, "Result 1 of 2 is of the type list, not a tensor or number"),
        (second_missing, "Result 2 of 2 is of the type NoneType"),
        (one_result, "The number of results is 1, and 2 would be right"),
        (by_numpy, "use torch's"),
        (unwilling, 'It stops with NotImplementedError: "softmax"'),
        (with_layer_axis, "Result 2 has the shape (1, 3, 3), and (3, 3) would be right"),
    ],
)
def test_faults_that_are_no_slip_in_the_formula(answer, sentence, capsys):
    assert not recurrence.rnn(answer)
    assert sentence in said(capsys)


def test_a_right_answer_in_other_words_passes(capsys):
    def rnn(x, h, w_ih, w_hh, b_ih, b_hh):
        joined = torch.cat([w_ih, w_hh], dim=1)
        output = x.new_empty(len(x), *h.shape)
        for t in range(len(x)):
            h = torch.tanh(nn.functional.linear(torch.cat([x[t], h], dim=1), joined, b_ih + b_hh))
            output[t] = h
        return [output, h]

    assert recurrence.rnn(rnn)
    assert recurrence.last_three(lambda: (torch.eye(3)[:, :1], torch.eye(3, dtype=torch.float32).roll(1, 0).tril(-1)))
    assert recurrence.to_pytorch(lambda w, v, b: (w.T, v.T, b / 2, b / 2))


def test_changing_an_argument_in_place_is_no_fault_and_spoils_nothing(capsys):
    def rnn(x, h_0, *parameters):
        h_0 += 0
        return loop(x, h_0, *parameters)

    assert recurrence.rnn(rnn) and recurrence.rnn(loop)


def test_an_answer_cannot_spoil_the_case_of_the_next_one(capsys):
    def wrong(output, linear):
        with torch.no_grad():
            for parameter in linear.parameters():
                parameter.zero_()
        return linear(output[:, 0])

    assert not lstm_mnist.last_scores(wrong)
    assert not lstm_mnist.last_scores(lambda output, linear: linear(output[:, 0]))
    assert lstm_mnist.last_scores(lambda output, linear: linear(output[:, -1]))


def test_an_answer_that_switches_gradients_off_leaves_them_on(capsys):
    recurrence.rnn(switched_off)
    assert torch.is_grad_enabled()


def test_a_python_float_is_not_rounded(capsys):
    assert exploding_gradients.bound(lambda w, gamma, lag: float((gamma * torch.linalg.svdvals(w)[0]) ** lag))


def test_an_answer_that_changes_what_it_was_given_is_told_so(capsys):
    def clip(gradients, max_norm):
        norm = sum(g.square().sum() for g in gradients).sqrt()
        for g in gradients:
            g.mul_(min(1.0, max_norm / max(norm, 1e-9)))
        return gradients

    assert not clipping_and_truncation.clip(clip)
    assert "are changed: make new ones" in said(capsys)


def test_arrays_and_generators_get_a_sentence(capsys):
    assert not exploding_gradients.jacobian(lambda states, w: w.numpy().astype(object))
    assert "Result 1 of 1 is of the type ndarray, not a tensor or number." in said(capsys)
    assert a_real_series.seasonal(lambda *given: a_real_series.seasonal.solution(*given).numpy().astype(float))
    assert not clipping_and_truncation.clip(lambda given, max_norm: (g for g in given))
    assert "return a list" in said(capsys)


def test_weights_that_are_no_floating_point_numbers_are_refused(capsys):
    for dtype in (torch.int64, torch.complex64, torch.bool):
        answer = tuple(part.to(dtype) for part in recurrence.last_three.reference())
        assert not recurrence.last_three(lambda answer=answer: answer)
        assert "floating-point" in said(capsys)


@pytest.mark.parametrize("default", [torch.float32, torch.float64])
def test_a_tensor_of_the_default_dtype_is_right_whatever_the_default_is(default, capsys):
    torch.set_default_dtype(default)
    try:
        assert recurrence.to_pytorch(lambda w, v, b: (w.T, v.T, b, torch.zeros(len(b))))
        assert torch.get_default_dtype() == default
    finally:
        torch.set_default_dtype(torch.float32)
    assert not recurrence.to_pytorch(lambda w, v, b: (w.T, v.T, b, torch.zeros(len(b), dtype=torch.float16)))
    assert "where the arguments are" in said(capsys)


def test_the_profile_function_of_others_survives():
    import sys

    before = sys.getprofile()
    recurrence.rnn(loop)
    assert sys.getprofile() is before
