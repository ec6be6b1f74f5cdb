"""Train RNN, GRU and LSTM on two tasks with long dependencies, with several gate biases.

Usage: ``python experiments/long_dependencies.py``. *Adding*: two marked numbers of 40; with the late mark anywhere in
the second half, with 20 unmarked numbers put in the middle, and with 20 put at the end, so that no mark is near it.
*Recall*: the first of 19 symbols, marked, has to be named after the last. Every setting gets the same updates, both
rates and five seeds of weights and data; nothing is chosen. The problem with 20 numbers at the end is given three
times the updates as well, to an LSTM with and without a forget bias. Kept are the test errors and the shares of
right answers.
"""

from functools import partial

import record
import torch
from torch import nn
from torch.nn.functional import mse_loss

from course_utils.sequences import adding, recall
from course_utils.training import evaluate, train

SEEDS, RATES = 5, (0.005, 0.02)
# A name, the layer, and the sum of the biases of the block that keeps: an LSTM's forget gate, a GRU's update gate.
KINDS = {
    "RNN": (nn.RNN, None),
    "GRU": (nn.GRU, None),
    **{f"GRU, bias {total}": (nn.GRU, float(total)) for total in (2, 3)},
    "LSTM": (nn.LSTM, None),
    **{f"LSTM, bias {total}": (nn.LSTM, float(total)) for total in (0, 1, 2, 3, 5)},
    "RNN, identity": (partial(nn.RNN, nonlinearity="relu"), None),  # Le, Jaitly and Hinton, 2015
}
ADDING_STEPS, ADDING_BATCH, LONGER = 800, 64, 2400
RECALL_STEPS, RECALL_BATCH = (300, 1500), 32


class Last(nn.Module):
    """A recurrent layer, and a linear layer behind its last step."""

    def __init__(self, name, n_in, size, n_out):
        super().__init__()
        kind, keep = KINDS[name]
        self.rnn, self.head = kind(n_in, size, batch_first=True), nn.Linear(size, n_out)
        with torch.no_grad():
            if name == "RNN, identity":
                nn.init.eye_(self.rnn.weight_hh_l0)
                nn.init.zeros_(self.rnn.bias_ih_l0)
                nn.init.zeros_(self.rnn.bias_hh_l0)
            if keep is not None:
                self.rnn.bias_ih_l0[size : 2 * size] = keep
                self.rnn.bias_hh_l0[size : 2 * size] = 0.0

    def forward(self, x):
        """Return the answers (N, n_out), or (N,) with a single one."""
        return self.head(self.rnn(x)[0][:, -1]).squeeze(-1)


def placed(count, seed, where):
    """Draw the adding problem of 40 numbers: as it is, or one of 20 with 20 more in the middle or at the end."""
    if where == "anywhere":
        return adding(count, 40, seed=seed)
    x, sums = adding(count, 20, seed=seed)
    more = torch.zeros(count, 20, 2)
    more[:, :, 0] = torch.rand(count, 20, generator=torch.Generator().manual_seed(seed + 77))
    place = {"middle": 10, "end": 20}[where]
    return torch.cat([x[:, :place], more, x[:, place:]], dim=1), sums


def add(name, where, rate, seed, steps=ADDING_STEPS):
    """Return the test error of a network trained on the adding problem."""
    torch.manual_seed(seed)
    net = Last(name, 2, 32, 1)
    x, sums = placed(steps * ADDING_BATCH, 10_000 + seed, where)
    train(net, x, sums, steps=steps, batch=ADDING_BATCH, lr=rate, clip=1.0, loss=mse_loss, seed=seed)
    return evaluate(net, *placed(2000, 20_000 + seed, where), score=mse_loss).item()


def name_first(name, rate, steps, seed):
    """Return the share of right answers of a network trained on recall."""
    torch.manual_seed(seed)
    net = Last(name, 5, 16, 4)
    x, first = recall(RECALL_BATCH * steps, 20, seed=10_000 + seed)
    train(net, x, first, steps=steps, batch=RECALL_BATCH, lr=rate, clip=1.0, seed=seed)
    return evaluate(net, *recall(2000, 20, seed=20_000 + seed))


def main():
    """Train every setting, print a line for each and keep the results."""
    shift, content = record.shift(__doc__), {"adding": {}, "recall": {}}
    torch.set_num_threads(1)
    seeds = range(shift, shift + SEEDS)
    for rate in RATES:
        for name in KINDS:
            for steps in RECALL_STEPS:
                shares = [float(name_first(name, rate, steps, seed)) for seed in seeds]
                content["recall"][f"{name}, rate {rate}, {steps} steps"] = shares
                record.say(f"recall {name:12} {rate} {steps:5}", *(f"{share:.2f}" for share in shares))
        for name in KINDS:
            for where in ("anywhere", "middle", "end"):
                errors = [add(name, where, rate, seed) for seed in seeds]
                content["adding"][f"{name}, rate {rate}, {where}"] = errors
                record.say(f"adding {name:12} {rate} {where:9}", *(f"{error:.4f}" for error in errors))
        for name in ("LSTM", "LSTM, bias 3"):
            errors = [add(name, "end", rate, seed, LONGER) for seed in seeds]
            content["adding"][f"{name}, rate {rate}, end, {LONGER} steps"] = errors
            record.say(f"adding {name:12} {rate} end {LONGER:5}", *(f"{error:.4f}" for error in errors))
    record.keep("long_dependencies", content, shift=shift)


if __name__ == "__main__":
    main()
