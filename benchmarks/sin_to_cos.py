"""Compare the sources' loops from sine to cosine with chapter 7's, in error and time, as the chapter states.

Usage: ``python benchmarks/sin_to_cos.py``. Ratios are comparable between machines, seconds are not.
Networks are trained one after the other, each by a plain loop over `nn.RNN`, seeds 0 to 19.
"""

import platform
from datetime import date
from statistics import median
from time import perf_counter

import torch
from torch import nn

from course_utils.sequences import sine_to_cosine

SEEDS = range(20)
REPEATS = 301
# points, units, learning rate, windows, state carried, factor of weight_ih, clip, both ends,
# linear layer in a loop, very first state random
SETTINGS = {
    "100 points": {
        "the source": (100, 20, 0.001, 800, True, 1, None, True, False, True),
        "the chapter": (100, 20, 0.004, 400, True, 10, 1.0, False, False),
        "the chapter, 25 points": (25, 20, 0.005, 300, True, 10, 1.0, False, False),
    },
    "50 points, zero state": {
        "the source": (50, 16, 0.01, 1001, False, 1, None, True, False),
        "the chapter": (50, 16, 0.02, 500, False, 50, 1.0, True, False),
    },
    "10 points": {
        "the source": (10, 32, 0.02, 100, True, 1, None, True, True),
        "the chapter": (10, 32, 0.01, 100, True, 10, 1.0, False, False),
    },
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


def train(seed, points, hidden, lr, windows, carry, factor, clip, endpoint, in_a_loop, random_start=False):
    """Return the mean squared error of the frozen weights on 20 windows, and the seconds of training."""
    torch.manual_seed(seed)
    net = Net(hidden, in_a_loop)
    h = torch.randn(1, 1, hidden) if random_start else None
    with torch.no_grad():
        net.rnn.weight_ih_l0 *= factor
    x, y = (part[:, None] for part in sine_to_cosine(windows + 24, points, endpoint=endpoint))  # (K, N, L, 1)
    start = perf_counter()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for window, target in zip(x[:windows], y, strict=False):
        answer, h_n = net(window, h)
        loss = (answer - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        h = h_n.detach() if carry else None
    seconds, h, errors = perf_counter() - start, None, []
    with torch.no_grad():
        for window, target in zip(x[windows % 2 :][:24], y[windows % 2 :], strict=False):
            answer, h_n = net(window, h)
            errors.append((answer - target).square().mean().item())
            h = h_n if carry else None
    return sum(errors[4:]) / 20, seconds


def time_linear():
    """Return the median seconds of forward and backward over 10 states, in a loop and in one call."""
    torch.manual_seed(0)
    layer, states = nn.Linear(32, 1), torch.randn(1, 10, 32, requires_grad=True)

    def loop():
        return torch.stack([layer(states[:, t]) for t in range(10)], dim=1)

    times = {loop: [], lambda: layer(states): []}
    for _ in range(REPEATS):
        for run, spent in times.items():
            start = perf_counter()
            run().square().mean().backward()
            spent.append(perf_counter() - start)
    return [median(spent) for spent in times.values()]


def main():
    """Print errors and times of each setting."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    print(f"{date.today()}, {platform.machine()}, torch {torch.__version__}, one thread, {len(SEEDS)} seeds, float64")
    for setting, recipes in SETTINGS.items():
        print(setting)
        first = None
        for name, recipe in recipes.items():
            points, hidden, lr, windows, carry = recipe[:5]
            errors, times = zip(*(train(seed, *recipe) for seed in SEEDS), strict=True)
            errors = [error - (0 if carry else 1 / points) for error in errors]
            first = first or median(times)
            print(f"  {name + ':':24}", end=" ")
            print("error" if carry else "error above the floor", end=" ")
            print(f"median {median(errors):.1e}, worst {max(errors):.1e};", end=" ")
            print(f"{median(times):.2f} s, {median(times) / first:.2f} of the source")
    loop, call = time_linear()
    print(f"linear layer on 10 states, forward and backward: loop {loop / call:.1f} of one call")


if __name__ == "__main__":
    main()
