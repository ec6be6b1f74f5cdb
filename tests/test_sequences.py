"""What the drawn sequences keep to."""

import pytest
import torch

from course_utils.sequences import adding


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
