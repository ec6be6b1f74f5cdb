"""Compare the sources' loops from sine to cosine with the course's, in error and time.

Usage: ``python experiments/sin_to_cos.py``. Ratios are comparable between machines, seconds are not.
Networks are trained one after the other, each by a plain loop over `nn.RNN`, in float32 as the sources do.
Each source is run as written, without its *seam* (the sample that it feeds twice), with the recipe alone
(wide first weights, clipping, another rate), and with both.
"""

from functools import partial
from statistics import median
from typing import NamedTuple

import record
import torch
from torch import nn

from course_utils.sequences import sine_to_cosine

SEEDS = {"100 points": range(20), "50 points": range(20), "10 points": range(100)}
REPEATS = 301


class Recipe(NamedTuple):
    """How a network is built and trained."""

    points: int  # a window
    units: int
    lr: float
    windows: int
    factor: float = 1  # of weight_ih
    clip: float | None = None
    endpoint: bool = False  # both ends of a window are in it
    in_a_loop: bool = False  # the linear layer is called step by step
    random_start: bool = False  # the very first state is random
    carry: bool = True


HUNDRED = Recipe(100, 20, 0.001, 800, endpoint=True, random_start=True)
FIFTY = Recipe(50, 16, 0.01, 1001, endpoint=True, carry=False)
TEN = Recipe(10, 32, 0.02, 100, endpoint=True, in_a_loop=True)


def changed(source, lr, factor=10):
    """Return a source's recipe, without its seam, with wide weights and clipping at another rate, and with both."""
    wide = {"lr": lr, "factor": factor, "clip": 1.0}
    ways = {"source": {}, "no seam": {"endpoint": False}, "recipe, seam": wide, "recipe": wide | {"endpoint": False}}
    return {name: source._replace(**change) for name, change in ways.items()}


SETTINGS = {
    "100 points": changed(HUNDRED, 0.004),
    "50 points": {"source": FIFTY, "recipe, seam": FIFTY._replace(lr=0.02, factor=50, clip=1.0)},
    "10 points": changed(TEN, 0.01),
}


class Net(nn.Module):
    """A recurrent layer, and a linear one for all steps at once or step by step."""

    def __init__(self, hidden, in_a_loop):
        super().__init__()
        self.rnn, self.linear = nn.RNN(1, hidden, batch_first=True), nn.Linear(hidden, 1)
        self.in_a_loop = in_a_loop

    def forward(self, x, h=None):
        """Return answers (N, L, 1) and the last state."""
        output, h_n = self.rnn(x, h)
        if self.in_a_loop:
            return torch.stack([self.linear(output[:, t]) for t in range(output.shape[1])], dim=1), h_n
        return self.linear(output), h_n


class Run:
    """A network, its windows, and what its recipe does with them."""

    def __init__(self, seed, recipe):
        torch.manual_seed(seed)
        self.recipe, self.net = recipe, Net(recipe.units, recipe.in_a_loop)
        self.start = torch.randn(1, 1, recipe.units) if recipe.random_start else None
        with torch.no_grad():
            self.net.rnn.weight_ih_l0 *= recipe.factor
        parts = sine_to_cosine(recipe.windows + 24, recipe.points, endpoint=recipe.endpoint)
        self.x, self.y = (part[:, None] for part in parts)  # (K, N, L, 1)

    def train(self):
        """Take one step of Adam for each window."""
        recipe, h = self.recipe, self.start
        optimizer = torch.optim.Adam(self.net.parameters(), lr=recipe.lr)
        for window, target in zip(self.x[: recipe.windows], self.y, strict=False):
            answer, h_n = self.net(window, h)
            loss = (answer - target).square().mean()
            optimizer.zero_grad()
            loss.backward()
            if recipe.clip:
                nn.utils.clip_grad_norm_(self.net.parameters(), recipe.clip)
            optimizer.step()
            h = h_n.detach() if recipe.carry else None

    def error(self):
        """Return the mean squared error of the frozen weights on 20 windows, after four to settle."""
        h, errors = None, []
        with torch.no_grad():
            for window, target in zip(self.x[:24], self.y, strict=False):
                answer, h_n = self.net(window, h)
                h = h_n if self.recipe.carry else None
                errors.append((answer - target).square().mean().item())
        return sum(errors[4:]) / 20


def compare(recipes, seeds):
    """Return errors and seconds of each recipe for every seed, the recipes timed in turns."""
    found = {name: {"seeds": list(seeds), "error": [], "seconds": []} for name in recipes}
    for seed in seeds:
        runs = {name: Run(seed, recipe) for name, recipe in recipes.items()}
        spent = record.interleaved({name: run.train for name, run in runs.items()}, 1)
        for name, run in runs.items():
            found[name]["error"].append(run.error())
            found[name]["seconds"] += spent[name]
    source = median(found["source"]["seconds"])
    for part in found.values():
        part["median error"], part["largest error"] = median(part["error"]), max(part["error"])
        part["time of the source"] = median(part["seconds"]) / source
    return found


def backward_of_linear(layer, states, in_a_loop):
    """Apply a linear layer to states (N, L, H), step by step or at once, and go back."""
    steps = range(states.shape[1])
    answers = torch.stack([layer(states[:, t]) for t in steps], dim=1) if in_a_loop else layer(states)
    answers.square().mean().backward()


def time_linear(seed):
    """Return the seconds of forward and backward over 10 states, in a loop and in one call, and their ratio."""
    torch.manual_seed(seed)
    layer, states = nn.Linear(32, 1), torch.randn(1, 10, 32, requires_grad=True)
    ways = {name: partial(backward_of_linear, layer, states, name == "loop") for name in ("loop", "call")}
    seconds = record.interleaved(ways, REPEATS)
    return {"seconds": seconds, "loop of call": median(seconds["loop"]) / median(seconds["call"])}


def main():
    """Measure each setting, print errors and times and keep the result."""
    shift = record.shift(__doc__)
    torch.set_num_threads(1)
    content = {"settings": {}, "linear layer": time_linear(shift)}
    for setting, recipes in SETTINGS.items():
        seeds = [seed + shift for seed in SEEDS[setting]]
        content["settings"][setting] = compare(recipes, seeds)
        record.say(f"{setting}, {len(seeds)} seeds")
        for name, part in content["settings"][setting].items():
            error = f"error median {part['median error']:.1e}, worst {part['largest error']:.1e};"
            seconds = f"{median(part['seconds']):.2f} s, {part['time of the source']:.2f} of the source's"
            record.say(f"  {name + ':':23}", error, seconds)
    record.say(f"linear layer on 10 states: the loop takes {content['linear layer']['loop of call']:.1f} of one call")
    record.keep("sin_to_cos", content, shift=shift)


if __name__ == "__main__":
    main()
