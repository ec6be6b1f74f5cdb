"""Compare a learner's answer with a reference on random arguments, and name a known mistake."""

import textwrap
import types

import torch

from course_utils.checks.answers import close, gap, noted_calls, run

DTYPE = "Make new tensors with `torch.zeros_like(…)` or `dtype=`, as in `torch.eye(3, dtype=x.dtype)`."
HINTS = {
    "same dtype": DTYPE,
    "numpy()": "NumPy's functions would cut the graph: use torch's, torch.tanh for np.tanh.",
    "non-empty TensorList": "One of the sequences has a single step: does the loop reach it?",
}


def check(function, exercise):
    """Print what is right about an answer and, at the first thing that is wrong, which mistake it is.

    Parameters
    ----------
    function : callable
        The learner's answer, called with the arguments of each case.
    exercise : course_utils.checks.answers.Exercise

    Returns
    -------
    bool
        Whether everything is right.
    """
    print(f"{getattr(function, '__name__', 'The answer')}, compared with {exercise.against}:")
    called = set()
    with noted_calls(exercise.forbidden, called):
        outcomes = [run(function, case, exercise) for case in exercise.cases]
    if fault := _unfinished(outcomes) or _borrowed(called):
        _say(f"not yet: {fault}")
        return False
    expected = [run(exercise.reference, case, exercise) for case in exercise.cases]
    for part, find in STAGES.items():
        if part in ("attached to the graph", "gradients") and not (exercise.differentiable and _attached(expected)):
            continue
        if part == "arguments left alone" and not exercise.pure:
            continue
        for pair in zip(outcomes, expected, strict=True):
            if fault := find(*pair, exercise):
                _say(f"wrong: {_known(outcomes, exercise, part) or fault}")
                return False
        print(f"  right: {part}")
    return True


def _attached(expected):
    return any(value.requires_grad for outcome in expected for value in outcome.values)


def _say(text):
    print(textwrap.fill(text, 76, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))


def _unfinished(outcomes):
    # PyTorch itself raises NotImplementedError with a text.
    if any(isinstance(outcome.error, NotImplementedError) and not str(outcome.error) for outcome in outcomes):
        return "it is not finished. Replace the line that raises NotImplementedError, then run this cell again."
    single = [outcome.answer[0] for outcome in outcomes if outcome.answer and len(outcome.answer) == 1]
    if any(item is None or item is ... for item in single):
        return "it returns nothing. Does its last line say `return`?"
    return None


def _borrowed(called):
    if called:
        return "it calls a finished implementation, which is what the task asks you to write. Write the steps out."
    return None


def _find_error(got, expected, exercise):
    if got.error is not None:
        text = (str(got.error).strip().splitlines() or ["no message"])[0].rstrip(".")
        hint = next((hint for part, hint in HINTS.items() if part in text), "")
        return f"It stops with {type(got.error).__name__}: {text}. {hint}".rstrip()
    for place, item in got.strangers:
        cure = {types.GeneratorType: "; return a list", tuple: "; unpack it with *", torch.Size: "; unpack it with *"}
        hint = cure.get(type(item), "")
        return f"Result {place} of {len(got.answer)} is a {type(item).__name__}, not a tensor or number{hint}."
    if len(got.answer) != len(expected.answer):
        return f"The number of results is {len(got.answer)}, and {len(expected.answer)} would be right."
    return None


def _find_shape(got, expected, exercise):
    for place, pair in enumerate(zip(got.answer, expected.answer, strict=True), 1):
        mine, right = (tuple(torch.as_tensor(item).shape) for item in pair)
        if mine != right:
            return f"Result {place} has the shape {mine}, and {right} would be right."
    return None


def _find_dtype(got, expected, exercise):
    for mine, right in zip(got.answer, expected.answer, strict=True):
        if isinstance(mine, torch.Tensor) and isinstance(right, torch.Tensor) and mine.dtype != right.dtype:
            if exercise.cases[0]:
                return f"The result is {mine.dtype} where the arguments are {right.dtype}. {DTYPE}"
            if not mine.is_floating_point():
                return f"The result is {mine.dtype}; weights are floating-point numbers: write 1.0, not 1."
    return None


def _find_values(got, expected, exercise):
    if not close(got, expected, exercise):
        pairs = list(zip(got.values, expected.values, strict=False))
        lost = sum((one.isnan() & ~two.isnan()).sum().item() for one, two in pairs if one.shape == two.shape)
        if lost:
            return f"{lost} of its numbers are nan: look for 0 / 0, for 0 * inf, and for nan in what it was given."
        gaps = [gap(*pair) for pair in pairs]
        return f"The largest difference is {max(gaps, default=float('inf')):.2g}; no known mistake explains it."
    return None


def _find_spoilt(got, expected, exercise):
    if exercise.pure and got.spoilt:
        return "The tensors that were given are changed: make new ones, without mul_, *= and the like."
    return None


def _find_graph(got, expected, exercise):
    for mine, right in zip(got.values, expected.values, strict=True):
        if right.requires_grad and not mine.requires_grad:
            return (
                "The result is not attached to the graph, so nothing could be learned through it. "
                "Look for .detach(), .data, .item(), torch.tensor(…) or no_grad()."
            )
    return None


def _find_gradients(got, expected, exercise):
    if not close(got, expected, exercise, "gradients"):
        return (
            "The values are right and the gradient is not: a part of the computation is cut from the graph, "
            "or a tensor that is needed later was changed in place."
        )
    return None


STAGES = {
    "runs": _find_error,
    "shapes": _find_shape,
    "dtype": _find_dtype,
    "values": _find_values,
    "arguments left alone": _find_spoilt,
    "attached to the graph": _find_graph,
    "gradients": _find_gradients,
}


def _known(outcomes, exercise, part):
    """Return what to say about a known mistake that does the same in every case, or None."""
    if part in ("dtype", "arguments left alone", "attached to the graph"):
        return None
    for wrong, sentence in exercise.mistakes.items():
        others = [run(wrong, case, exercise) for case in exercise.cases]
        same = all(_alike(*pair, exercise, part) for pair in zip(outcomes, others, strict=True))
        if same and any(other.values for other in others):
            return sentence
    return None


def _alike(got, other, exercise, part):
    if got.error or other.error:
        return type(got.error) is type(other.error)
    return close(got, other, exercise) and (part != "gradients" or close(got, other, exercise, "gradients"))
