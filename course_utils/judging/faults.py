"""Find what is wrong with the outcome of an answer, stage by stage."""

import types

import torch

from course_utils.judging.differences import close

DTYPE = "Make new tensors with `x.new_zeros(…)`, `torch.zeros_like(…)` or `dtype=x.dtype`."
# Words of an error, and what its author needs to hear.
HINTS = {
    "same dtype": DTYPE,
    "numpy()": "NumPy's functions would cut the graph: use torch's, torch.tanh for np.tanh.",
    "non-empty TensorList": "One of the sequences has a single step: does the loop reach it?",
    "shapes cannot be multiplied": "Compare the shapes of the two factors; PyTorch's weights are (H_out, H_in).",
    "'tuple' object": "A layer and a cell of an LSTM return more than one thing: take them apart.",
    "element 0 of tensors does not require grad": "What was differentiated is cut from the graph.",
    "out of bounds for dimension": "The sizes of an axis are not those that the index counts: which axis is meant?",
}
UNEXPLAINED = "No known mistake explains it."


def unfinished(outcomes):
    """Return what to say of an answer that is still a stub or returns nothing, else None."""
    # PyTorch itself raises NotImplementedError with a text.
    if any(isinstance(outcome.error, NotImplementedError) and not str(outcome.error) for outcome in outcomes):
        return "it is not finished. Replace the line that raises NotImplementedError, then run this cell again."
    single = [outcome.answer[0] for outcome in outcomes if outcome.answer and len(outcome.answer) == 1]
    if any(item is None or item is ... for item in single):
        return "it returns nothing. Does its last line say `return`?"
    return None


def _find_error(got, expected, exercise):
    if got.error is not None:
        text = _first_line(got.error)
        hint = next((hint for part, hint in HINTS.items() if part in text), "")
        return f"It stops with {type(got.error).__name__}: {text}. {hint}".rstrip()
    for place, item in got.strangers:
        cure = {types.GeneratorType: "; return a list", tuple: "; unpack it with *", torch.Size: "; unpack it with *"}
        hint = cure.get(type(item), "")
        return f"Result {place} of {len(got.answer)} is a {type(item).__name__}, not a tensor or number{hint}."
    if len(got.answer) != len(expected.answer):
        if len(expected.answer) == 1 and _stackable(got.answer, expected.answer[0]):
            return f"The result is a list of {len(got.answer)} tensors: torch.stack makes one of them."
        return f"The number of results is {len(got.answer)}, and {len(expected.answer)} would be right."
    return None


def _first_line(error):
    return (str(error).strip().splitlines() or ["no message"])[0].rstrip(".")


def _stackable(parts, whole):
    if not isinstance(whole, torch.Tensor) or not all(isinstance(part, torch.Tensor) for part in parts):
        return False
    return {part.shape for part in parts} == {whole.shape[1:]} and len(parts) == len(whole)


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
    if isinstance(expected.answer[0], bool) and len(got.answer) == 1:
        if bool(got.answer[0]) != expected.answer[0]:
            return f"It says {bool(got.answer[0])} where {expected.answer[0]} would be right."
    if got.unusable is not None:
        return f"What follows from the result cannot be computed: {_first_line(got.unusable)}."
    if not close(got, expected, exercise):
        pairs = list(zip(got.values, expected.values, strict=False))
        lost = sum((one.isnan() & ~two.isnan()).sum().item() for one, two in pairs if one.shape == two.shape)
        if lost:
            return f"{lost} of its numbers are nan: look for 0 / 0, for 0 * inf, and for nan in what it was given."
        return UNEXPLAINED
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
