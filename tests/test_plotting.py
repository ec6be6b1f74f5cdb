"""Tests of course_utils.plotting."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest
import torch

from course_utils import plotting


@pytest.fixture
def ax():
    """Return axes in the book's style."""
    with plt.rc_context():
        plotting.use_style()
        fig, ax = plt.subplots()
        yield ax
        plt.close(fig)


def test_lines_differ_in_colour_and_in_style(ax):
    lines = [ax.plot([0, 1], [n, n])[0] for n in range(6)]
    assert len({line.get_color() for line in lines}) == 6
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in lines}) == 6


def test_an_image_is_drawn_on_a_fixed_scale(ax):
    image = torch.full((3, 2), 0.5)
    assert plotting.draw_image(ax, image, "half") is ax
    drawn = ax.images[0]
    assert drawn.get_array().tolist() == image.tolist() and drawn.get_clim() == (0, 1)
    assert ax.get_title() == "half"


def test_each_seed_is_a_dot_and_the_mean_a_stroke(ax):
    assert plotting.draw_seeds(ax, {"first": [0.1, 0.3], "second": [0.5]}) is ax
    dots, mean = ax.lines[:2]
    assert dots.get_xdata().tolist() == [0.1, 0.3] and mean.get_xdata()[0] == pytest.approx(0.2)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    assert ax.yaxis_inverted()


def test_right_answers_are_bold_beside_their_rows(ax):
    plotting.draw_answers(ax, torch.zeros(28, 28), [[3] * 28, [5] * 28], truth=5)
    assert len(ax.texts) == 28
    assert {(text.get_text(), text.get_weight()) for text in ax.texts} == {("3", "normal"), ("5", "bold")}
    assert ax.texts[0].get_position() == (31, 1) and ax.texts[14].get_position() == (37, 1)


def test_counts_are_written_into_their_cells(ax):
    plotting.draw_counts(ax, torch.tensor([[0, 7], [1, 0]]))
    assert {text.get_position(): text.get_text() for text in ax.texts} == {(1, 0): "7", (0, 1): "1"}
