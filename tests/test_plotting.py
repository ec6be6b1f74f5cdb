"""Tests of course_utils.plotting."""

import itertools

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


# Linear RGB as seen without red, green or blue receptors: Machado, Oliveira and Fernandes, 2009, severity 1.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}


def lab(rgb):
    """Return CIE Lab coordinates of linear RGB in [0, 1], white point D65."""
    to_xyz = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ rgb.clamp(0, 1) / torch.tensor([0.9505, 1.0, 1.089])
    f = torch.where(xyz > 0.008856, xyz.clamp(min=1e-9) ** (1 / 3), 7.787 * xyz + 16 / 116)
    return torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("matrix", BLINDNESS.values(), ids=BLINDNESS.keys())
def test_the_first_colours_stay_apart_without_red_green_vision(matrix):
    colours = [torch.tensor(matplotlib.colors.to_rgb(name)) for name in plotting.COLOURS[:4]]
    linear = [torch.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in colours]
    seen = [lab(torch.tensor(matrix) @ c) for c in linear]
    # 2.3 is just noticeable; red and green of equal lightness, which fail, are below 10.
    assert min((a - b).norm() for a, b in itertools.combinations(seen, 2)) > 15
    red, green = (lab(torch.tensor(matrix) @ torch.tensor(c)) for c in ([0.3, 0.05, 0.0], [0.1, 0.13, 0.0]))
    assert (red - green).norm() < 15


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


def test_a_scan_of_eight_steps_has_all_states_below_and_each_from_a_known_one(ax):
    plotting.draw_scan(ax)
    states = [text for text in ax.texts if text.get_position()[1] == 0 and text.get_text()]
    assert [text.get_text() for text in states] == [f"$h_{place}$" for place in range(1, 9)]
    circles = {tuple(line.get_xydata()[0]) for line in ax.lines}
    arrows = [text for text in ax.texts if not text.get_text()]
    assert len(arrows) == 25 and all(tuple(map(float, text.xyann)) in circles for text in arrows)
