"""Run an answer to an exercise on one case and note what it does."""

import contextlib
import copy
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

NUMBERS = torch.Tensor | int | float


@dataclass(frozen=True)
class Exercise:
    """A task, what solves it, and what is known to go wrong.

    Attributes
    ----------
    reference : callable
        Gives the right answer, where possible by PyTorch's own layer.
    against : str
        What the answer is compared with, in words.
    cases : list of tuple
        Arguments, tensors or not.
    mistakes : dict of callable to str
        For each known wrong answer what to tell whoever gave it.
    use : callable
        ``use(arguments, answer)`` returns the tensors to compare, where a task has more than
        one right answer. By default the answer itself.
    differentiable : bool
        Whether gradients with respect to the arguments are compared too.
    pure : bool
        Whether the arguments must be left as they are.
    forbidden : tuple of str
        Modules, by the start of their names, and built-in functions that an answer must not call.
    tolerance : float
        Largest difference that counts as equal, relative to values of size 1; for arguments
        in float32 at least 1e-5.
    """

    reference: Callable
    against: str
    cases: list
    mistakes: dict
    use: Callable = lambda arguments, answer: answer
    differentiable: bool = False
    pure: bool = False
    forbidden: tuple = ()
    tolerance: float = 1e-9


@dataclass
class Outcome:
    """What an answer did with one case: what it returned and what follows from it, or the error."""

    answer: list = None
    values: list = field(default_factory=list)
    gradients: list = field(default_factory=list)
    error: BaseException = None
    spoilt: bool = False  # whether an argument was changed

    @property
    def strangers(self):
        """What was returned and is neither a tensor nor a number, with its place, from 1."""
        return [(place, item) for place, item in enumerate(self.answer, 1) if not isinstance(item, NUMBERS)]


def run(function, case, exercise):
    """Call a function on copies of a case's arguments and differentiate what it returns.

    Parameters
    ----------
    function : callable
    case : tuple
        The arguments.
    exercise : Exercise

    Returns
    -------
    Outcome
        Its `values` are empty where `use` could do nothing with the answer, its `gradients`
        where nothing can be differentiated.
    """
    leaves = [_leaf(argument, exercise.differentiable) for argument in case]
    outcome = Outcome()
    with torch.enable_grad():  # also where the learner has switched gradients off, and after
        arguments = [_copy(leaf) for leaf in leaves]
        try:
            answer = function(*arguments)
        except (Exception, SystemExit) as error:  # whatever a learner's code may raise
            outcome.error = error
            return outcome
    outcome.spoilt = any(_differ(*pair) for pair in zip(arguments, leaves, strict=True))
    outcome.answer = _as_list(answer)
    with torch.enable_grad(), contextlib.suppress(Exception):  # of wrong shapes, say, which are reported as such
        if not outcome.strangers:
            outcome.values = [_plain(value) for value in _as_list(exercise.use(arguments, answer))]
            outcome.gradients = _differentiate(outcome.values, leaves)
    return outcome


def _differentiate(values, leaves):
    """Return the gradients of a random combination of the values, an empty list where there are none."""
    leaves = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor) and leaf.requires_grad]
    attached = [value for value in values if value.requires_grad]
    if not leaves or not attached:
        return []
    generator = torch.Generator().manual_seed(0)
    total = sum((value * torch.rand(value.shape, generator=generator)).sum() for value in attached)
    return list(torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True))


def _as_list(answer):
    return list(answer) if isinstance(answer, tuple | list) else [answer]


def _plain(value):
    """Return a value as a dense tensor on the CPU, still in its graph; a Python float keeps its digits."""
    value = torch.tensor(value, dtype=torch.float64) if isinstance(value, float) else torch.as_tensor(value).cpu()
    return value.to_dense() if value.layout != torch.strided else value


def _leaf(argument, differentiable):
    """Return a copy of an argument that no answer can spoil for the next one."""
    if isinstance(argument, torch.Tensor):
        return argument.clone().requires_grad_(differentiable and argument.is_floating_point())
    return copy.deepcopy(argument)


def _copy(leaf):
    """Return a leaf as an answer gets it: what is computed may also be changed in place."""
    if isinstance(leaf, list):
        return [_copy(item) for item in leaf]
    return leaf.clone() if isinstance(leaf, torch.Tensor) else leaf


def _differ(argument, leaf):
    """Say whether an argument is no longer what it was."""
    if isinstance(leaf, list):
        return len(argument) != len(leaf) or any(_differ(*pair) for pair in zip(argument, leaf, strict=True))
    return isinstance(leaf, torch.Tensor) and not torch.equal(argument, leaf)


@contextlib.contextmanager
def noted_calls(forbidden, called):
    """Add to the set `called` what of `forbidden` is called meanwhile: a module's function or a built-in one."""

    def note(frame, event, argument):
        if event == "call":
            name = frame.f_globals.get("__name__") or ""
            called.update(part for part in forbidden if f"{name}.".startswith(f"{part}."))
        elif event == "c_call":
            called.update({getattr(argument, "__name__", "")} & set(forbidden))

    before = sys.getprofile()
    sys.setprofile(note if forbidden else before)
    try:
        yield
    finally:
        sys.setprofile(before)


def close(got, expected, exercise, part="values"):
    """Say whether two outcomes agree in their `values` or `gradients`."""
    mine, right = getattr(got, part), getattr(expected, part)
    if len(mine) != len(right):
        return False
    for one, other in zip(mine, right, strict=True):
        floor = 1e-5 if other.dtype == torch.float32 else 0
        scale = max(1.0, other.detach().double().abs().max().item())
        if gap(one, other) > max(exercise.tolerance, floor) * scale:
            return False
    return True


def gap(mine, right):
    """Return the largest difference, infinity where shapes differ or only one value is no number."""
    if mine.shape != right.shape:
        return float("inf")
    difference = (mine.detach().double() - right.detach().double()).abs()
    difference = difference.masked_fill(mine.isnan() & right.isnan(), 0.0)
    return difference.nan_to_num(nan=float("inf"), posinf=float("inf")).max().item()
