"""Train and evaluate a model on tensors that are already on its device."""

import math
import os
import sys

import torch
from torch.nn.functional import cross_entropy
from tqdm.auto import tqdm


def use_few_threads():
    """Let torch compute on as many threads as ``OMP_NUM_THREADS`` says, on one by default.

    A second thread saves a small recurrent network less than half of its time on an idle
    machine, and costs much where another program uses the core (2.2 times the time in
    experiments/results/mnist.json): the threads wait for each other at every time step. A list
    such as ``4,2`` counts as its first number, and what is no number as one.
    """
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    torch.set_num_threads(max(1, int(first)) if first.isdecimal() else 1)


def watched():
    """Say whether somebody watches: a terminal, or a notebook whose front end could answer a question.

    A notebook that is executed by a program must keep no progress bar in its outputs.
    """
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        kernel = getattr(shell, "kernel", None)
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stderr.isatty()


def shuffled_batches(count, *, batch, steps, seed=0):
    """Draw mini-batches so that every example comes once before any comes again.

    Parameters
    ----------
    count : int
        Number of examples.
    batch : int
        Examples in a mini-batch.
    steps : int
        Number of mini-batches; the examples are shuffled anew for each pass over them.
    seed : int
        Seed of the shuffling.

    Returns
    -------
    tuple of torch.Tensor
        `steps` index tensors of shape (batch,), int64 in 0 … count − 1, on the CPU.
    """
    generator = torch.Generator().manual_seed(seed)
    passes = math.ceil(steps * batch / count)
    order = torch.cat([torch.randperm(count, generator=generator) for _ in range(passes)])
    return order[: steps * batch].split(batch)


def train(
    model,
    inputs,
    targets,
    *,
    steps,
    batch,
    lr,
    one_cycle=False,
    clip=None,
    weight_decay=0.0,
    loss=cross_entropy,
    seed=0,
    after_step=None,
):
    """Train a model with Adam, or AdamW, on shuffled mini-batches.

    Parameters
    ----------
    model : torch.nn.Module
        Maps a batch of `inputs` to what `loss` compares with `targets`.
    inputs, targets : torch.Tensor
        Shape (N, ...), both on the model's device.
    steps, batch : int
        Number of updates and examples in each, drawn by `shuffled_batches`.
    lr : float
        Learning rate; with `one_cycle` the highest one.
    one_cycle : bool
        Raise the rate over the first 30 % of the steps and lower it to nearly zero over
        the rest (`torch.optim.lr_scheduler.OneCycleLR`, which here leaves Adam's betas
        alone). Otherwise it stays constant.
    clip : float, optional
        Largest norm of the gradient of all parameters together.
    weight_decay : float
        Share of each parameter, times the rate, that a step takes away (Loshchilov and Hutter 2019, AdamW).
    loss : callable
        ``loss(outputs, targets)`` returns a scalar tensor.
    seed : int
        Seed of the shuffling. The initial weights are the caller's.
    after_step : callable, optional
        ``after_step(step)`` is called after each update, with `step` from 0. It may
        evaluate the model: each step sets training mode anew.

    Returns
    -------
    list of float
        The loss before each update, length `steps`.

    Raises
    ------
    FloatingPointError
        At the first loss that is not finite. It says how many numbers of the data, or of the first weights, are not
        finite and where the first is; if none, what to try.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)  # 0: Adam
    scheduler = None
    if one_cycle:
        # By default the schedule would change Adam's first beta along with the rate.
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, cycle_momentum=False)
    batches = shuffled_batches(len(inputs), batch=batch, steps=steps, seed=seed)
    losses = []
    for step, rows in enumerate(tqdm(batches, leave=False, disable=not watched())):
        model.train()
        rows = rows.to(inputs.device)
        value = loss(model(inputs[rows]), targets[rows])
        losses.append(value.item())
        if not math.isfinite(losses[-1]):
            reason = _reason(step, model, inputs, targets)
            raise FloatingPointError(f"The loss is {losses[-1]} at step {step}: {reason}.")
        optimizer.zero_grad()
        value.backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        if after_step is not None:
            after_step(step)
    return losses


def _reason(step, model, inputs, targets):
    """Say where a loss that is not finite at a step comes from, or what to try."""
    parts = {"the inputs": inputs, "the targets": targets}
    if step == 0:
        parts |= {f"the first weights {name}": weight for name, weight in model.named_parameters()}
    for name, part in parts.items():
        bad = (~part.isfinite()).nonzero()
        if len(bad):
            return f"{len(bad)} numbers of {name} are nan or infinite, the first at {tuple(bad[0].tolist())}"
    if step == 0:
        return "inputs, targets and first weights are finite, so the model or the loss makes it; try smaller inputs"
    return "lower the learning rate or clip"


def accuracy(outputs, targets):
    """Return the share of right answers.

    Parameters
    ----------
    outputs : torch.Tensor
        Shape (N, C), a score for each class.
    targets : torch.Tensor
        Shape (N,), the right classes.

    Returns
    -------
    float
        Between 0 and 1.
    """
    return (outputs.argmax(dim=1) == targets).double().mean().item()


def evaluate(model, inputs, targets, score=accuracy, batch=2000):
    """Score a model in evaluation mode, without gradients, and leave it in that mode.

    Parameters
    ----------
    model : torch.nn.Module
    inputs, targets : torch.Tensor
        Shape (N, ...), both on the model's device.
    score : callable
        ``score(outputs, targets)``, called once with the outputs of all examples.
    batch : int
        Examples computed at a time, which bounds the memory.

    Returns
    -------
    float
    """
    model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in inputs.split(batch)])
    return score(outputs, targets)
