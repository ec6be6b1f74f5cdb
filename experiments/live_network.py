"""Train the small LSTM in which readers of the chapter on text can type, and keep its weights.

Usage: ``python experiments/live_network.py``, four minutes on one core. It executes the program's own text with fewer
units and more rounds. A weight is kept as a 16-bit integer, times the unit of its tensor.
"""

import base64

import record
import text
import torch

HIDDEN, WIDTH, RATE, ROUNDS = 64, 24, 0.015, 600


def measure(seed):
    """Return the network, and its nats a character beside the counts'."""
    smaller = [("nn.Embedding(n, 48)", f"nn.Embedding(n, {WIDTH})"), ("CELL(48,", f"CELL({WIDTH},")]
    names, seconds = text.run(seed, "LSTM", HIDDEN, RATE, ROUNDS, smaller)
    found = {
        "letters": [*map(ord, names["letters"])],
        "seconds": seconds,
        "width": WIDTH,
        "hidden": HIDDEN,
        "weights": {},
    }
    for name, tensor in names["model"].state_dict().items():
        unit = tensor.abs().max().item() / 32767
        whole = (tensor / unit).round().to(torch.int16).numpy().astype("<i2").tobytes()
        found["weights"][name] = {"unit": unit, "numbers": base64.b64encode(whole).decode()}
    for part, counts in text.counted(seed, [8]).items():
        found[part] = {"network": text.nats(text.read(names, part)), "counting": text.nats(counts[8])}
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    shift = record.shift(__doc__)
    record.keep("live_network", measure(shift), shift=shift)
