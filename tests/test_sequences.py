"""What the drawn sequences keep to."""

import numpy as np
import pytest
import torch

from course_utils.sequences import adding, latch, recall, sine_to_cosine


@pytest.mark.parametrize("length", [2, 5, 50])
def test_adding_marks_one_step_in_each_half_and_adds_their_numbers(length):
    x, sums = adding(200, length, seed=0)
    numbers, marks = x.unbind(dim=2)
    assert x.shape == (200, length, 2) and ((0 <= numbers) & (numbers < 1)).all()
    assert (marks[:, : length // 2].sum(dim=1) == 1).all() and (marks[:, length // 2 :].sum(dim=1) == 1).all()
    torch.testing.assert_close(sums, (numbers * marks).sum(dim=1))


def test_adding_marks_every_step_some_time():
    marks = adding(2000, 10, seed=1)[0][:, :, 1].sum(dim=0)
    assert marks.min() > 300


def test_adding_guessed_by_its_mean_has_an_error_of_a_sixth():
    _, sums = adding(100_000, 10, seed=2)
    assert (sums - 1).square().mean().item() == pytest.approx(1 / 6, abs=0.002)


def test_adding_is_a_function_of_its_seed():
    assert torch.equal(adding(3, 8, seed=4)[0], adding(3, 8, seed=4)[0])
    assert not torch.equal(adding(3, 8, seed=4)[0], adding(3, 8, seed=5)[0])


def test_adding_needs_two_steps():
    with pytest.raises(ValueError, match="2 or more"):
        adding(3, 1, seed=0)


@pytest.mark.parametrize("length", [2, 3, 20])
def test_recall_asks_for_the_first_symbol_at_an_empty_step(length):
    x, first = recall(200, length, seed=0, symbols=3)
    assert x.shape == (200, length, 4) and not x[:, -1].any()
    assert torch.equal(x[:, 0, :3].argmax(dim=1), first) and set(first.tolist()) == {0, 1, 2}
    assert (x[:, 0, 3] == 1).all() and not x[:, 1:, 3].any()
    assert (x[:, :-1, :3].sum(dim=2) == 1).all()


def test_recall_has_distractors_that_say_nothing_of_the_first():
    x, first = recall(20_000, 4, seed=1)
    same = x[:, 1, :4].argmax(dim=1) == first
    assert same.double().mean().item() == pytest.approx(1 / 4, abs=0.02)


def test_recall_needs_two_steps():
    with pytest.raises(ValueError, match="2 or more"):
        recall(3, 1, seed=0)


def test_latch_gives_the_value_stored_last():
    x, stored = latch(50, 30, seed=0)
    for sequence, answers in zip(x, stored, strict=True):
        held = None
        for (value, flag), answer in zip(sequence.tolist(), answers.tolist(), strict=True):
            held = value if flag else held
            assert answer == held
    assert (x[:, 0, 1] == 1).all() and ((-1 <= x[:, :, 0]) & (x[:, :, 0] < 1)).all()


def test_latch_stores_as_often_as_asked():
    assert latch(2000, 30, seed=1, often=0.3)[0][:, 1:, 1].mean().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("draw", [recall, latch])
def test_recall_and_latch_are_functions_of_their_seed(draw):
    assert torch.equal(draw(3, 8, seed=4)[0], draw(3, 8, seed=4)[0])
    assert not torch.equal(draw(3, 8, seed=4)[0], draw(3, 8, seed=5)[0])


@pytest.mark.parametrize("endpoint", [True, False])
def test_windows_cover_half_a_period_each(endpoint):
    x, y = (part.squeeze(2).double() for part in sine_to_cosine(5, 9, endpoint=endpoint))
    for number in range(5):
        angle = np.linspace(number * np.pi, (number + 1) * np.pi, 9, endpoint=endpoint)
        np.testing.assert_allclose(x[number], np.sin(angle), atol=1e-6)
        np.testing.assert_allclose(y[number], np.cos(angle), atol=1e-6)
    assert torch.allclose(x[:-1, -1], x[1:, 0], atol=1e-6) is endpoint
