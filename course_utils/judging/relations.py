"""Describe a wrong result that no known mistake explains: where it is wrong, and how it is related to the right one."""

import itertools

import torch

from course_utils.judging.differences import close, gap

ALIKE = {"rtol": 1e-5, "atol": 1e-8}


def unexplained(outcomes, expected, exercise):
    """Describe the first case that is wrong.

    Parameters
    ----------
    outcomes, expected : list of course_utils.judging.answers.Outcome
        Of the answer and of the reference, for each case, of the same shapes and without nan.
    exercise : course_utils.judging.exercise.Exercise

    Returns
    -------
    str
    """
    count = len(outcomes)
    wrong = [place for place in range(count) if not close(outcomes[place], expected[place], exercise)]
    got, right, case = outcomes[wrong[0]], expected[wrong[0]], exercise.cases[wrong[0]]
    start = f"{count - len(wrong)} of {count} cases are right. " if len(wrong) < count else ""
    where = f"in case {wrong[0] + 1} of {count} " if count > 1 else ""
    if case and all(isinstance(argument, int | float | str) for argument in case):
        names = exercise.solution.__code__.co_varnames
        where = f"with {', '.join(f'{name}={value!r}' for name, value in zip(names, case, strict=False))} "
    name = "" if exercise.compares_answers else "what follows from the result"
    said = (name and _followed(got, right)) or _said(got, right, name)
    if not said:
        largest = max(gap(*pair) for pair in zip(got.values, right.values, strict=True))
        said = f"the largest difference is {largest:.2g}, and no known mistake explains it."
    return start + (where + said)[0].upper() + (where + said)[1:]


def _followed(got, right):
    """Say where the answers are right, and not what was made of them."""
    pairs = zip(got.answer, right.answer, strict=True)
    if all(gap(torch.as_tensor(one), torch.as_tensor(other)) < 1e-5 for one, other in pairs):
        return "the numbers are right, but not their gradients: the graph is cut elsewhere than it should be."
    return ""


def _said(got, right, name):
    """Say what the first wrong result of a case is, and which are right."""
    parts = list(zip(got.values, right.values, strict=True))
    wrong = [
        place for place, pair in enumerate(parts) if gap(*pair) > 1e-5 * max(1.0, pair[1].double().abs().max().item())
    ]
    if not wrong:
        return ""
    name = name or (f"result {wrong[0] + 1}" if len(parts) > 1 else "the result")
    others = [str(place + 1) for place in range(len(parts)) if place not in wrong]
    end = f"; result {' and '.join(others)} is right." if others and name.startswith("result") else "."
    mine, good = (part.detach().double() for part in parts[wrong[0]])
    if good.numel() == 1:
        return f"{name} is {mine.item():.6g}, and {good.item():.6g} would be right{end}"
    text = relation(mine, good)
    return f"the numbers of {name} are {text}{end}" if text else ""


def relation(mine, right):
    """Return what the numbers of one tensor are compared with another of its shape, in words, or an empty text."""
    for text, other in _others(mine, right):
        if torch.allclose(mine, other, **ALIKE):
            return text
    near = (mine - right).abs() <= 1e-5 * max(1.0, right.abs().max().item())
    for axis, size in enumerate(right.shape):
        bad = (~near.movedim(axis, 0).reshape(size, -1).all(dim=1)).nonzero().flatten().tolist()
        if len(bad) < size:
            listed = ", ".join(map(str, bad[:3])) + (", …" if len(bad) > 3 else "")
            return f"right, but for those at {listed} along axis {axis}, counted from 0"
    return ""


def _others(mine, right):
    """Yield what a mistake may have made of the right numbers, with words for it."""
    large = right.abs() > 1e-6
    if large.sum() > 2:  # any two numbers may have one factor by chance
        factor = (mine[large] / right[large]).median().item()
        yield f"{factor:.4g} times the right ones", factor * right
        more = (mine - right).median().item()
        yield f"{abs(more):.4g} too {'large' if more > 0 else 'small'}", right + more
        yield "the squares of the right ones", right**2
        yield "the roots of the right ones", right.sqrt()
        yield "the right ones without their signs", right.abs()
    for axis, size in enumerate(right.shape):
        if size > 1:
            yield f"the right ones, the wrong way round along axis {axis}", right.flip(axis)
        for step, words in (1, "late"), (-1, "early"):
            inner = slice(1, None) if step > 0 else slice(0, -1)
            if size > 2:
                shifted = right.roll(step, axis).movedim(axis, 0)
                kept = mine.movedim(axis, 0).clone()
                kept[inner] = shifted[inner]
                yield f"the right ones, one place too {words} along axis {axis}", kept.movedim(0, axis)
    for one, other in itertools.combinations(range(right.dim()), 2):
        if right.shape[one] == right.shape[other]:
            yield f"the right ones, with axes {one} and {other} exchanged", right.transpose(one, other)
