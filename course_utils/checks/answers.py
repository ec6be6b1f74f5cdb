"""Run an answer to an exercise on one case and note what it does."""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import torch


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
    forbidden : tuple of str
        Parts of names of modules or functions that an answer must not call.
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
    forbidden: tuple = ()
    tolerance: float = 1e-9


@dataclass
class Outcome:
    """What an answer did with one case: what it returned and what follows from it, or the error."""

    answer: list = None
    values: list = field(default_factory=list)
    gradients: list = field(default_factory=list)
    error: Exception = None

    @property
    def numeric(self):
        """Whether tensors or numbers were returned."""
        return self.answer is not None and all(isinstance(item, torch.Tensor | int | float) for item in self.answer)


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
        Its `values` are empty where `use` could do nothing with the answer.
    """
    arguments = [_copy(argument, exercise.differentiable) for argument in case]
    outcome = Outcome()
    try:
        answer = function(*arguments)
    except Exception as error:  # whatever a learner's code may raise
        outcome.error = error
        return outcome
    outcome.answer = _as_list(answer)
    if outcome.numeric:
        with contextlib.suppress(Exception):  # of wrong shapes, say, which are reported as such
            outcome.values = [torch.as_tensor(value) for value in _as_list(exercise.use(arguments, answer))]
    leaves = [item for item in arguments if isinstance(item, torch.Tensor) and item.requires_grad]
    attached = [value for value in outcome.values if value.requires_grad]
    if leaves and attached:
        generator = torch.Generator().manual_seed(0)
        total = sum((value * torch.rand(value.shape, generator=generator)).sum() for value in attached)
        outcome.gradients = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    return outcome


def _as_list(answer):
    return list(answer) if isinstance(answer, tuple | list) else [answer]


def _copy(argument, differentiable):
    if isinstance(argument, list):
        return [_copy(item, differentiable) for item in argument]
    if not isinstance(argument, torch.Tensor):
        return argument
    return argument.clone().requires_grad_(differentiable and argument.is_floating_point())


@contextlib.contextmanager
def noted_calls(forbidden, called):
    """Add to the set `called` the parts of `forbidden` that occur in the name of anything called meanwhile."""

    def note(frame, event, argument):
        name = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}" if event == "call" else ""
        if event == "c_call":
            name = getattr(argument, "__name__", "")
        called.update(part for part in forbidden if part in name)

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
        scale = max(1.0, other.detach().abs().max().item())
        if gap(one, other) > max(exercise.tolerance, floor) * scale:
            return False
    return True


def gap(mine, right):
    """Return the largest difference, infinity where shapes differ or a value is no number."""
    if mine.shape != right.shape:
        return float("inf")
    difference = (mine.detach().double() - right.detach().double()).abs()
    return difference.nan_to_num(nan=float("inf"), posinf=float("inf")).max().item()
