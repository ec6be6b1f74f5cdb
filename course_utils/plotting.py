"""The look of the book's figures, and drawings that more than one cell needs.

Every drawing takes a Matplotlib `Axes` and returns it.
"""

import matplotlib.pyplot as plt
from cycler import cycler

# Okabe and Ito's colours, which stay apart without red–green vision (Color Universal Design, 2008),
# in an order of falling contrast to white; the line styles tell them apart without colour.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00"]
STYLES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3))]


def use_style():
    """Set Matplotlib's defaults to the book's: readable at a phone's width, light grid, no frame."""
    plt.rcParams.update(
        {
            "axes.grid": True,
            "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=STYLES),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": 13,
            "figure.constrained_layout.use": True,
            "figure.dpi": 110,
            "figure.figsize": (6, 3.8),
            "font.size": 13,
            "grid.alpha": 0.35,
            "image.cmap": "gray_r",
            "legend.frameon": False,
            "lines.linewidth": 2,
        }
    )


def draw_image(ax, image, title=""):
    """Draw one image, its background white.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    image : torch.Tensor
        Shape (rows, columns), values in [0, 1]; 1 is drawn black.
    title : str

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax.imshow(image.cpu().numpy(), vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(False)
    return ax


def draw_seeds(ax, scores):
    """Draw one line of dots for each setting, a dot a seed, and a stroke at their mean.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    scores : dict of str to list of float
        For each setting its scores; the first setting comes on top.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for place, values in enumerate(scores.values()):
        ax.plot(values, [place] * len(values), "o", color=COLOURS[0], alpha=0.6)
        ax.plot(sum(values) / len(values), place, "|", color=COLOURS[1], markersize=22, markeredgewidth=3)
    ax.set_yticks(range(len(scores)), scores)
    ax.invert_yaxis()
    return ax


def draw_scan(ax):
    """Draw how a scan of eight steps joins them, time from left to right and its stages from top to bottom.

    Parameters
    ----------
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
    """
    look = {"arrowstyle": "->", "color": "0.35", "shrinkA": 11, "shrinkB": 11}
    rows = {6: 1, 5: 2, 4: 4, 3: 8, 2: 4, 1: 2, 0: 1}  # height of a row, and how many steps lie between its circles
    for row, far in rows.items():
        for place in range(far, 9, far):
            if row in (5, 4, 3):  # two steps become one
                starts = place - far // 2, place
            else:  # a state stays as it is, or is one step from the state before
                starts = () if row == 6 else (place if place % (2 * far) == 0 else place - far,)
            for start in filter(None, starts):
                ax.annotate("", (place, row), (start, row + 1), arrowprops=look)
            state = row <= 3
            ax.plot(place, row, "o", ms=19, color="white", mec=COLOURS[1 if state else 0], mew=1.5)
            ax.text(place, row, f"$h_{place}$" if state else place, ha="center", va="center", size=11)
    ax.set_yticks([6, 5, 4, 3, 0], ["steps", "pairs", "fours", "all eight", "states"])
    ax.set(xticks=[], xlim=(0.4, 8.6), ylim=(-0.6, 6.6))
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax
