"""Judge an answer on random arguments, and name a known mistake."""

import linecache
import textwrap
import traceback
import warnings
from dataclasses import dataclass
from functools import cache

from course_utils.judging.answers import noted_calls, run
from course_utils.judging.differences import close
from course_utils.judging.faults import STAGES, UNEXPLAINED, unfinished
from course_utils.judging.limits import Stopped, limited
from course_utils.judging.relations import unexplained


@dataclass(frozen=True)
class Verdict:
    """What is to be said of an answer; true where it is right.

    Attributes
    ----------
    right : bool
    stage : str
        What was looked at last: ``"finished"``, ``"own work"`` or one of `STAGES`.
    sentence : str
        What is wrong, empty where nothing is.
    passed : tuple of str
        The stages before that.
    """

    right: bool
    stage: str
    sentence: str = ""
    passed: tuple = ()

    def __bool__(self):  # noqa: D105
        return self.right


def check(function, exercise):
    """Print what is right about an answer and, at the first thing that is wrong, which mistake it is.

    Parameters
    ----------
    function : callable
        The learner's answer, called with the arguments of each case.
    exercise : course_utils.judging.exercise.Exercise

    Returns
    -------
    Verdict
        True where everything is right.

    Raises
    ------
    Exception
        What goes wrong in the exercise itself.
    """
    print(f"{getattr(function, '__name__', 'The answer')}, compared with {exercise.against}:")
    verdict = judge(function, exercise)
    for stage in verdict.passed:
        print(f"  right: {stage}")
    if not verdict:
        start = "not yet" if verdict.stage in ("finished", "own work") else "wrong"
        text = f"{start}: {verdict.sentence}"
        print(textwrap.fill(text, 76, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))
    return verdict


def judge(function, exercise):
    """Return the verdict on an answer; parameters and errors are those of `check`."""
    expected = _known_outcomes(exercise.reference, exercise)
    called, outcomes = set(), []
    with noted_calls(exercise.forbidden, called):
        try:
            with limited():
                for case in exercise.cases:
                    outcomes.append(run(function, case, exercise))
                    if isinstance(outcomes[-1].error, Stopped):
                        raise outcomes[-1].error
        except Stopped as stop:  # by the answer, or by what is done with it
            return Verdict(False, "runs", str(stop))
    if fault := unfinished(outcomes):
        return Verdict(False, "finished", fault)
    if called:
        return Verdict(False, "own work", BORROWED)
    passed = ()
    for stage, find in STAGES.items():
        if stage in ("attached to the graph", "gradients") and not (exercise.differentiable and _attached(expected)):
            continue
        for place, pair in enumerate(zip(outcomes, expected, strict=True)):
            if fault := find(*pair, exercise):
                text = _known(outcomes, exercise, stage)
                if not text and fault is UNEXPLAINED:
                    text = unexplained(outcomes, expected, exercise)
                elif not text and stage == "values" and exercise.in_words:
                    fault = f"{fault} The case: {exercise.in_words[place]}."
                return Verdict(False, stage, text or _place(fault, pair[0], function), passed)
        passed += (stage,)
    return Verdict(True, stage, "", passed)


BORROWED = "it calls a finished implementation, which is what the task asks you to write. Write the steps out."


@cache
def _known_outcomes(function, exercise):
    """Return what the reference or a known mistake does in each case: always the same."""
    with warnings.catch_warnings(action="ignore"):  # they are not the learner's
        return [run(function, case, exercise, trusted=function is exercise.reference) for case in exercise.cases]


def _attached(expected):
    return any(value.requires_grad for outcome in expected for value in outcome.values)


def _place(fault, got, function):
    """Add to what is said of an error the line of the answer in which it was raised."""
    code = getattr(function, "__code__", None)
    if got.error is None or code is None:
        return fault
    lines = [frame for frame in traceback.extract_tb(got.error.__traceback__) if frame.filename == code.co_filename]
    text = linecache.getline(code.co_filename, lines[-1].lineno).strip() if lines else ""
    return f"{fault} That is the line `{text}`." if text else fault


def _known(outcomes, exercise, stage):
    """Return what to say of the known mistakes that do the same in every case, or None."""
    if stage in ("dtype", "arguments left alone", "attached to the graph"):
        return None
    found = []
    for mistake in exercise.mistakes:
        pairs = zip(outcomes, _known_outcomes(mistake.wrong, exercise), strict=True)
        same = [other for pair in pairs if (other := _alike(*pair, exercise, stage))]
        if len(same) == len(outcomes) and any(other.values for other in same):
            found.append(mistake.sentence)
    return " Or: ".join(found)


def _alike(got, other, exercise, stage):
    """Return the outcome of a mistake where an answer does the same in a case."""
    if got.error or other.error:
        return other if type(got.error) is type(other.error) else None
    same = close(got, other, exercise) and (stage != "gradients" or close(got, other, exercise, "gradients"))
    return other if same else None
