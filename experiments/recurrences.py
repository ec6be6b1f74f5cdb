"""Train eight recurrent layers, in the same blocks and with equally many parameters, on this course's tasks.

Usage: ``python experiments/recurrences.py``, with MNIST in ``COURSE_DATA``; an hour on two cores. *Adding*: two marked
numbers of 40. *Recall*: the first of 20 symbols. *MNIST*: rows, a pass over 50,000 images. *Text*: the program of the
chapter on text, half its rounds. Every layer gets the same updates, and six settings of which the best on validation
data of another seed is taken: three rates (the RNN a lower one, too), and PyTorch's start or one that keeps what is in
the state (of equals the latter, and the lower rate). On text minGRU with a sign has a control, whose factors end at 0.
The blocks have as many parameters; embedding and last layer come on top. Kept are all those scores, and for further
seeds of weights and data the test scores and the CPU seconds of training. 99 stands for a loss that was no number.
"""

import contextlib
import math
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import product

import executed as program
import record
import torch
from torch import nn
from torch.nn.functional import mse_loss

from course_utils import digits
from course_utils.scan import Blocks, LinearAttention, MinGRU, MinLSTM, SelectiveSSM, scan
from course_utils.sequences import adding, recall
from course_utils.training import evaluate, train

KINDS = {name: partial(getattr(nn, name), batch_first=True) for name in ("RNN", "GRU", "LSTM")}
KINDS |= {"minGRU": MinGRU, "minGRU, sign": partial(MinGRU, least=-1), "minLSTM": MinLSTM}
KINDS |= {"selective SSM": lambda size, _: SelectiveSSM(size, 8), "linear attention": LinearAttention}
CONTROLS = {"minGRU, clamped": lambda size, _: Clamped(size, size)}
LOWER = 0.0006  # a fourth rate for the RNN, which likes the lowest
STARTS, RATES, DEPTH, TUNING, FAILED = (False, True), (0.002, 0.006, 0.02), 2, 100, 99.0
PARAMETERS = {"adding": 10_000, "recall": 10_000, "mnist": 30_000, "text": 80_000}
SEEDS = {"adding": 5, "recall": 5, "mnist": 3, "text": 3}


@torch.no_grad()
def keep(layer):
    """Let a new layer start so that its state decays slowly; linear attention keeps all as it is."""
    if isinstance(layer, nn.RNN):
        nn.init.orthogonal_(layer.weight_hh_l0)
    elif isinstance(layer, nn.GRU | nn.LSTM):  # the second block keeps
        for bias, total in ((layer.bias_ih_l0, 3.0), (layer.bias_hh_l0, 0.0)):
            bias.chunk(4 if isinstance(layer, nn.LSTM) else 3)[1].fill_(total)
    elif isinstance(layer, MinGRU):
        layer.gate.bias.fill_(3)
    elif isinstance(layer, MinLSTM):
        layer.forget.bias.fill_(3)
        layer.input.bias.fill_(-3)
    elif isinstance(layer, SelectiveSSM):  # Mamba, section 3.6: step sizes from 0.001 to 0.1
        layer.step.bias.copy_(torch.logspace(-3, -1, len(layer.step.bias)).expm1().log())


class Clamped(MinGRU):
    """A minGRU whose factors 2 z - 1 end at 0: what "sign" has, without the sign."""

    def forward(self, x, h=None):
        """Return all states and the last, as `MinGRU` does."""
        z = self.gate(x).sigmoid()
        h = scan((2 * z - 1).relu(), (1 - z) * self.new(x), h)
        return h, h[:, -1]


def blocks(kind, size, width, kept, depth=DEPTH):
    """Return a stack of layers of a kind, as they start by themselves or so that they keep."""
    made = Blocks((KINDS | CONTROLS)[kind] if isinstance(kind, str) else kind, size, width, depth)
    for _, layer, _ in made.layers if kept else ():
        keep(layer)
    return made


def count(model):
    """Return the number of parameters."""
    return sum(weight.numel() for weight in model.parameters())


@cache
def width(kind, size, wanted, depth=DEPTH):
    """Return the width with which a stack has as many parameters as wanted, as nearly as possible."""
    return min(range(4, 200), key=lambda w: abs(count(blocks(kind, size, w, False, depth)) - wanted))


class Last(nn.Module):
    """A stack, and a linear layer behind its last step."""

    def __init__(self, stack, width, size):
        super().__init__()
        self.stack, self.head = stack, nn.Linear(width, size)

    def forward(self, x):
        """Return the answers (N, size), or (N,) with a single one."""
        return self.head(self.stack(x)[0][:, -1]).squeeze(-1)


def added(model, seed, rate):
    """Train on adding; return the errors on validation and test data."""
    train(model, *adding(800 * 64, 40, seed), steps=800, batch=64, lr=rate, clip=1.0, loss=mse_loss, seed=seed)
    return [evaluate(model, *adding(2000, 40, seed + far), score=mse_loss).item() for far in (10_000, 20_000)]


def recalled(model, seed, rate):
    """Train on recall; return the shares of wrong answers on validation and test data."""
    train(model, *recall(800 * 32, 20, seed), steps=800, batch=32, lr=rate, clip=1.0, seed=seed)
    return [1 - float(evaluate(model, *recall(2000, 20, seed + far))) for far in (10_000, 20_000)]


def rowed(model, seed, rate):
    """Train on MNIST, a row a step; return the shares of wrong answers on validation and test images."""
    data = digits.load()
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(seed))
    x, y = data.train_images[order], data.train_labels[order]
    train(model, x[10_000:], y[10_000:], steps=390, batch=128, lr=rate, clip=1.0, one_cycle=True, seed=seed)
    pairs = (x[:10_000], y[:10_000]), (data.test_images, data.test_labels)
    return [1 - float(evaluate(model, *pair)) for pair in pairs]


TASKS = {"adding": (2, 1, added), "recall": (5, 4, recalled), "mnist": (28, 10, rowed)}


def written(kind, kept, seed, rate):
    """Train the program for text with a stack in the place of its layer; return nats of validation and test text."""
    size = width(kind, 48, PARAMETERS["text"])

    def cell(n_in, hidden, batch_first):
        return blocks(kind, n_in, hidden, kept)

    changes = [("manual_seed(0)", f"manual_seed({seed})"), ("pieces(train)", "[]"), ("in pieces(valid)", "in []")]
    old, new = (f"{x}\nROUNDS, ROWS, STEPS, OFF = " for x in ("nn.LSTM, 110, 0.015", f"made, {size}, {rate}"))
    changes.append((old + "45", new + "22"))
    names = program.executed("13-text", changes, until="p = model(valid", given={"made": cell})
    model, parts = names["model"], [names[part] for part in ("valid", "test")]
    with torch.no_grad():
        p = [model(part[:, :-1])[0].softmax(2).gather(2, part[:, 1:, None])[:, 23:] for part in parts]
    return count(model), [-x.log().mean().item() for x in p]


def run(task, kind, kept, rate, seed):
    """Train once; return the validation and the test score, the CPU seconds and the number of parameters."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    start = time.process_time()
    if task == "text":
        parameters, scores = written(kind, kept, seed, rate)
    else:
        n_in, n_out, learn = TASKS[task]
        size = width(kind, n_in, PARAMETERS[task])
        torch.manual_seed(seed)
        model = Last(blocks(kind, n_in, size, kept), size, n_out)
        parameters, scores = count(model), [FAILED, FAILED]
        with contextlib.suppress(FloatingPointError):
            scores = learn(model, seed, rate)
    scores = [score if math.isfinite(score) else FAILED for score in scores]
    found = [round(time.process_time() - start, 1), parameters, *scores]
    record.say(f"{task:6} {kind:16} {'kept' if kept else '-':4} {rate:5} seed {seed:4}", *(f"{x:.4g}" for x in found))
    return found


def main():
    """Tune every layer on every task, run the best setting with further seeds, and keep the results."""
    shift, content = record.shift(__doc__), {}
    with ProcessPoolExecutor(2) as pool:
        for task in SEEDS:
            kinds = [*KINDS, *CONTROLS] if task == "text" else [*KINDS]
            settings = [*product(kinds, STARTS, RATES), *product(["RNN"], STARTS, [LOWER])]
            tried = [pool.submit(run, task, *setting, TUNING + shift) for setting in settings]
            scores = {setting: job.result()[2] for setting, job in zip(settings, tried, strict=True)}
            best = {
                kind: min((s for s in settings if s[0] == kind), key=lambda s: (scores[s], not s[1], s[2]))
                for kind in kinds
            }
            later = {
                kind: [pool.submit(run, task, *best[kind], seed + shift) for seed in range(SEEDS[task])]
                for kind in kinds
            }
            content[task] = {}
            for kind in kinds:
                runs = [job.result() for job in later[kind]]
                content[task][kind] = {
                    "kept": best[kind][1],
                    "rate": best[kind][2],
                    "parameters": runs[0][1],
                    "seconds": [run[0] for run in runs],
                    "test": [run[3] for run in runs],
                    "tried": {f"{'kept, ' * s[1]}rate {s[2]}": scores[s] for s in settings if s[0] == kind},
                }
    record.keep("recurrences", content, shift=shift)


if __name__ == "__main__":
    main()
