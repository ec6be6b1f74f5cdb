"""Find what is wrong with the outcome of an answer, stage by stage."""

import types

import torch

from course_utils.judging.differences import close

DTYPE = "Make new tensors with `x.new_zeros(…)`, `torch.zeros_like(…)` or `dtype=x.dtype`."
PRINT = "Print the shapes in the line before."
# Words of an error, and what its author needs to hear.
HINTS = {
    "same dtype": DTYPE,
    "numpy()": "NumPy's functions would cut the graph: use torch's, torch.tanh for np.tanh.",
    "'numpy.ndarray' and 'Tensor'": "Arrays and tensors do not mix everywhere: use torch.arange for np.arange.",
    "non-empty TensorList": "The list is empty: does the loop reach a sequence of a single step?",
    "shapes cannot be multiplied": "PyTorch's weights are (H_out, H_in); `@` multiplies matrices, `*` entry by entry.",
    "must match the size of tensor": "Was something cut along the batch (chunk and split take axis 0 unless told) or "
    f"multiplied entry by entry? {PRINT}",
    "stack expects each tensor": "torch.cat joins tensors of different lengths along an axis that they have.",
    "is invalid for input of size": f"There are more or fewer numbers than this shape holds. {PRINT}",
    "to be at least 1D": "`@` multiplies matrices and vectors: torch.diag makes a matrix of a vector.",
    "'tuple' object": "A layer and a cell of an LSTM return more than one thing: take them apart.",
    "'NoneType' object": "A state is None before the first step; a `.grad` is None without `retain_grad()`, and "
    "where the loss does not read this very tensor.",
    "element 0 of tensors does not require grad": "What was differentiated is cut from the graph.",
    "not have been used in the graph": "This tensor has no part in the result. Was another one with the same numbers "
    "read, such as `output` for `h_n`? Where there is none, `materialize_grads=True` gives zeros.",
    "out of bounds for dimension": "An index goes from 0 to the size less 1; from the end, from −1 on.",
    "index out of range": "An index goes from 0 to the size less 1.",
    "values to unpack": "chunk and split cut along axis 0, unless `dim` is given; split takes a part's length.",
    "converted to": "That function takes a single number: torch's own, such as torch.exp, take tensors.",
    "__init__() takes": "A layer such as nn.Tanh is made first, `nn.Tanh()(x)`; `torch.tanh(x)` is a function.",
    "Expected hidden": "A state has an axis for the layers before that of the batch; `None` starts from zero.",
    "bitwise_xor": "A power is `**` in Python, not `^`.",
    "'Complex": "Eigenvalues are complex numbers; `.abs()` gives their sizes.",
    "math domain error": "The logarithm of 0 does not exist: leave out what never comes.",
    "division by zero": "What is divided by is 0 in one of the cases.",
}
CURES = {
    types.GeneratorType: "return a list",
    list: "torch.stack makes a tensor of a list of tensors",
    tuple: "results stand side by side, as in `return a, b, c`",
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
        text = f"Result {place} of {len(got.answer)} is of the type {type(item).__name__}, not a tensor or number"
        cure = next((f": {cure}" for kind, cure in CURES.items() if isinstance(item, kind)), "")
        return f"{text}{cure}."
    if len(got.answer) != len(expected.answer):
        if len(expected.answer) == 1 and _stackable(got.answer, expected.answer[0]):
            return f"The result is a list of {len(got.answer)}: torch.stack makes one tensor of a list of tensors."
        return f"The number of results is {len(got.answer)}, and {len(expected.answer)} would be right."
    return None


def _first_line(error):
    return (str(error).strip().splitlines() or ["no message"])[0].rstrip(".")


def _stackable(parts, whole):
    if not isinstance(whole, torch.Tensor) or not whole.dim() or len(parts) != len(whole):
        return False
    return {torch.as_tensor(part).shape for part in parts} == {whole.shape[1:]}


def _find_shape(got, expected, exercise):
    for place, pair in enumerate(zip(got.answer, expected.answer, strict=True), 1):
        mine, right = (tuple(torch.as_tensor(item).shape) for item in pair)
        if mine != right:
            return f"Result {place} has the shape {mine}, and {right} would be right."
    return None


def _find_dtype(got, expected, exercise):
    for place, (mine, right) in enumerate(zip(got.answer, expected.answer, strict=True), 1):
        if not isinstance(mine, torch.Tensor) or not isinstance(right, torch.Tensor) or mine.dtype == right.dtype:
            continue
        name = f"Result {place}" if len(got.answer) > 1 else "The result"
        if not mine.is_floating_point() or not right.is_floating_point():
            whole = " Weights are floating-point numbers: write 1.0, not 1." if not any(exercise.cases) else ""
            return f"{name} is {mine.dtype}, and {right.dtype} would be right.{whole}"
        if got.dtype:  # numbers alone have none
            return f"{name} is {mine.dtype} where the arguments are {got.dtype}. {DTYPE}"
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
            return f"nan stands in {lost} places of it: look for 0 / 0, 0 * inf, and nan in what it was given."
        return UNEXPLAINED
    return None


def _find_spoilt(got, expected, exercise):
    if got.spoilt:
        return "The tensors that were given are changed: make new ones, without mul_, *= and the like."
    return None


def _find_graph(got, expected, exercise):
    pairs = list(zip(got.values, expected.values, strict=True))
    cut = [place for place, (mine, right) in enumerate(pairs, 1) if right.requires_grad and not mine.requires_grad]
    if not cut:
        return None
    which = f"Result {cut[0]}" if len(pairs) > 1 and exercise.compares_answers else "The result"
    return (
        f"{which} is not attached to the graph, so nothing could be learned through it. "
        "Look for .detach(), .data, .item(), torch.tensor(…) or no_grad()."
    )


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
