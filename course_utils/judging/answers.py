"""Run an answer to an exercise on one case and note what it does."""

import contextlib
import copy
import sys
from dataclasses import dataclass, field

import numpy as np
import torch

from course_utils.judging.limits import Stopped, own_randomness

NUMBERS = torch.Tensor | int | float


@dataclass
class Outcome:
    """What an answer did with one case: what it returned and what follows from it, or the error."""

    answer: list = None
    values: list = field(default_factory=list)
    gradients: list = field(default_factory=list)
    error: BaseException = None
    unusable: Exception = None  # raised by what was done with the answer
    spoilt: bool = False  # whether an argument was changed
    dtype: torch.dtype = None  # of the arguments' numbers, None where they have none

    @property
    def strangers(self):
        """What was returned and is neither a tensor nor a number, with its place, from 1."""
        return [(place, item) for place, item in enumerate(self.answer, 1) if not isinstance(item, NUMBERS)]


def run(function, case, exercise, trusted=False):
    """Call a function on copies of a case's arguments and differentiate what it returns.

    New tensors are of the case's dtype unless the function says otherwise, and random numbers start anew.

    Parameters
    ----------
    function : callable
    case : tuple
        The arguments.
    exercise : Exercise
    trusted : bool
        Whether it is the reference, with which nothing may go wrong.

    Returns
    -------
    Outcome
        Its `values` are empty where `use` could do nothing with the answer, its `gradients`
        where nothing can be differentiated.

    Raises
    ------
    Exception
        What a trusted function or `use` raises with it.
    ValueError
        If a trusted function gives nothing to compare.
    """
    with own_randomness(_dtype(case)):
        outcome = _run(function, case, exercise)
    outcome.dtype = _dtype(case)
    if trusted:
        if error := outcome.error or outcome.unusable:
            raise error
        if not outcome.values:
            raise ValueError(f"the reference gives nothing to compare with {exercise.against}")
    return outcome


def _dtype(case):
    """Return the dtype of a case's numbers, None where it has none."""
    tensors = [part for argument in case for part in (argument if isinstance(argument, list) else [argument])]
    tensors += [parameter for part in tensors if isinstance(part, torch.nn.Module) for parameter in part.parameters()]
    dtypes = [part.dtype for part in tensors if isinstance(part, torch.Tensor) and part.is_floating_point()]
    return dtypes[0] if dtypes else None


def _run(function, case, exercise):
    leaves = [_leaf(argument, exercise.differentiable) for argument in case]
    outcome = Outcome()
    with torch.enable_grad():  # also where the learner has switched gradients off, and after
        arguments = [_copy(leaf) for leaf in leaves]
        try:
            answer = function(*arguments)
        except (Exception, SystemExit, Stopped) as error:  # whatever a learner's code may raise
            outcome.error = error
            return outcome
    outcome.spoilt = any(_differ(*pair) for pair in zip(arguments, leaves, strict=True))
    outcome.answer = _as_list(answer, _dtype(case))
    if outcome.strangers:
        return outcome
    try:
        with torch.enable_grad():
            outcome.values = [_plain(value) for value in _as_list(exercise.use(arguments, answer), _dtype(case))]
    except Exception as error:  # of a wrong shape, say
        outcome.unusable = error
    with torch.enable_grad(), contextlib.suppress(RuntimeError):  # something was changed in place
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


def _as_list(answer, dtype=None):
    """Return the results in a list, NumPy's as PyTorch's: its floats are of its own dtype, whatever it was given."""
    return [_in_pytorch(part, dtype) for part in (answer if isinstance(answer, tuple | list) else [answer])]


def _in_pytorch(part, dtype):
    if isinstance(part, np.ndarray) and part.dtype.kind in "fiub":
        return torch.tensor(part, dtype=dtype if part.dtype.kind == "f" else None)
    return part.item() if isinstance(part, np.generic) else part


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
    if not isinstance(leaf, torch.Tensor):
        return leaf
    argument = leaf.clone()
    if argument.requires_grad:
        argument.retain_grad()  # for an answer that calls .backward() and reads .grad
    return argument


def _differ(argument, leaf):
    """Say whether an argument is no longer what it was."""
    if isinstance(leaf, list):
        return len(argument) != len(leaf) or any(_differ(*pair) for pair in zip(argument, leaf, strict=True))
    if not isinstance(leaf, torch.Tensor):
        return False
    return not (torch.equal(argument.isnan(), leaf.isnan()) and torch.equal(argument.nan_to_num(), leaf.nan_to_num()))


@contextlib.contextmanager
def noted_calls(forbidden, called):
    """Add to the set `called` what of `forbidden` is called meanwhile: a module's function or one of PyTorch."""

    def note(frame, event, argument):
        if event == "call":
            name = frame.f_globals.get("__name__") or ""
            called.update(part for part in forbidden if f"{name}.".startswith(f"{part}."))
            if name.startswith("torch."):
                called.update({frame.f_code.co_name} & set(forbidden))
        elif event == "c_call":
            called.update({getattr(argument, "__name__", "")} & set(forbidden))

    before = sys.getprofile()
    sys.setprofile(note if forbidden else before)
    try:
        yield
    finally:
        sys.setprofile(before)
