"""Train an LSTM that names a digit after every row that it reads, and draw what it says about one image.

Usage: ``python experiments/reading.py [--shift N]``, with MNIST in ``COURSE_DATA``. The loss counts the answer after
each row. Of the images held out and named rightly in the end, the first is drawn for which the leading guess changes
most often between rows 6 and 22. The picture goes to book/_static.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import torch
from record import keep, say, shift
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils import digits, plotting
from course_utils.training import train

PICTURE = Path(__file__).parent.parent / "book" / "_static" / "reading-a-digit.png"
UNITS, BATCH, RATE, PASSES, HELD_OUT = 64, 128, 0.01, 3, 10_000
SEEDS = [0]  # a picture needs one network


class Reader(nn.Module):
    """An LSTM with ten scores after each row."""

    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(28, UNITS, batch_first=True), nn.Linear(UNITS, 10)

    def forward(self, images):
        """Return scores (N, 28, 10) from images (N, 28, 28)."""
        return self.linear(self.lstm(images)[0])


def every_row(scores, labels):
    """Return the mean loss of the answers after each row."""
    return cross_entropy(scores.transpose(1, 2), labels[:, None].expand(-1, 28))


def draw(image, probabilities):
    """Draw an image beside the probability of each digit after each row, rows side by side."""
    plotting.use_style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.6), sharey=True, width_ratios=(1, 1.15))
    left.imshow(image, aspect="auto", cmap="gray_r", extent=(0, 28, 28.5, 0.5))
    left.set(xticks=[], ylabel="rows read so far", yticks=[1, 7, 14, 21, 28], title="what it reads")
    shown = right.imshow(probabilities, aspect="auto", cmap="Blues", vmin=0, vmax=1, extent=(-0.5, 9.5, 28.5, 0.5))
    right.set(xticks=range(10), xlabel="digit", title="what it says")
    for ax in (left, right):
        ax.grid(False)
    figure.colorbar(shown, label="probability")
    figure.savefig(PICTURE, dpi=160, metadata={"Software": None})
    plt.close(figure)


def main():
    """Train, choose the image, keep its pixels and what the network says, and draw."""
    torch.set_num_threads(1)
    offset = shift(__doc__.partition("\n")[0])
    data = digits.load()
    assert data.name == "MNIST", f"the picture needs the real data, got {data.name}"
    images, labels = data.train_images, data.train_labels
    fit, held = slice(0, -HELD_OUT), slice(-HELD_OUT, None)
    torch.manual_seed(offset + SEEDS[0])
    model = Reader()
    steps = PASSES * len(images[fit]) // BATCH
    train(model, images[fit], labels[fit], steps=steps, batch=BATCH, lr=RATE, one_cycle=True, clip=1.0, loss=every_row)
    model.eval()
    with torch.no_grad():
        probabilities = model(images[held]).softmax(dim=2)  # (N, 28, 10)
    guesses = probabilities.argmax(dim=2)
    right = (guesses == labels[held, None]).double().mean(dim=0)
    by_row = {str(row): 100 * right[row - 1].item() for row in (7, 14, 21, 28)}
    changes = (guesses[:, 6:22] != guesses[:, 5:21]).sum(dim=1) * (guesses[:, -1] == labels[held])
    chosen = changes.argmax().item()
    leading = guesses[chosen].tolist()
    say(
        f"percent right after rows 7, 14, 21, 28: {by_row}; image {chosen}, a {labels[held][chosen]}; guesses {leading}"
    )
    found = {
        "percent right by row": by_row,
        "label": labels[held][chosen].item(),
        "guesses": leading,
        "probabilities": probabilities[chosen].tolist(),
        "seeds": SEEDS,
        "settings": {"units": UNITS, "batch": BATCH, "rate": RATE, "passes": PASSES, "held out": HELD_OUT},
    }
    keep("reading", found, shift=offset)
    if not offset:
        draw(images[held][chosen].numpy(), probabilities[chosen].numpy())


if __name__ == "__main__":
    main()
