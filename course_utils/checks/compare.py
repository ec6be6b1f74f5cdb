"""Compare a learner's answer with a reference on random arguments, and name a known mistake."""

import torch

from course_utils.checks.answers import close, gap, noted_calls, run


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
        print(f"  not yet: {fault}")
        return False
    expected = [run(exercise.reference, case, exercise) for case in exercise.cases]
    for part, find in STAGES.items():
        if part in ("graph", "gradients") and not exercise.differentiable or part == "dtype" and not exercise.cases[0]:
            continue
        for pair in zip(outcomes, expected, strict=True):
            if fault := find(*pair, exercise):
                print(f"  wrong: {part}. {_known(outcomes, exercise, part) or fault}")
                return False
        print(f"  right: {part}")
    return True


def _unfinished(outcomes):
    if any(isinstance(outcome.error, NotImplementedError) for outcome in outcomes):
        return "it is not finished. Replace the line that raises NotImplementedError, then run this cell again."
    if any(outcome.answer and any(item is None or item is ... for item in outcome.answer) for outcome in outcomes):
        return "it returns nothing. Does its last line say `return`?"
    return None


def _borrowed(called):
    if called:
        return "it calls PyTorch's own implementation, which is what it is compared with. Write the steps out."
    return None


def _find_error(got, expected, exercise):
    if got.error is not None:
        text = (str(got.error).strip().splitlines() or ["no message"])[0]
        hint = ". Tensors made inside need `dtype=x.dtype` or `torch.zeros_like`" if "dtype" in text else ""
        return f"It stops with {type(got.error).__name__}: {text}{hint}"
    if not got.numeric:
        return f"It returns a {type(got.answer[0]).__name__}, not a tensor."
    if len(got.answer) != len(expected.answer):
        return f"It returns {len(got.answer)} results, and {len(expected.answer)} are asked for."
    return None


def _find_shape(got, expected, exercise):
    mine, right = ([tuple(torch.as_tensor(item).shape) for item in outcome.answer] for outcome in (got, expected))
    if mine != right:
        return f"They are {' and '.join(map(str, mine))}; {' and '.join(map(str, right))} would be right."
    return None


def _find_dtype(got, expected, exercise):
    for mine, right in zip(got.answer, expected.answer, strict=True):
        if isinstance(mine, torch.Tensor) and isinstance(right, torch.Tensor) and mine.dtype != right.dtype:
            return f"The result is {mine.dtype} where the arguments are {right.dtype}: make new tensors with `dtype=`."
    return None


def _find_values(got, expected, exercise):
    if not close(got, expected, exercise):
        gaps = [gap(*pair) for pair in zip(got.values, expected.values, strict=False)]
        return f"The largest difference is {max(gaps, default=float('inf')):.2g}; no known mistake explains it."
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
        return "The values are right and the gradient is not: a part of the computation is cut from the graph."
    return None


STAGES = {
    "runs": _find_error,
    "shapes": _find_shape,
    "dtype": _find_dtype,
    "values": _find_values,
    "graph": _find_graph,
    "gradients": _find_gradients,
}


def _known(outcomes, exercise, part):
    """Return what to say about a known mistake that does the same in every case, or None."""
    if part in ("dtype", "graph"):
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
