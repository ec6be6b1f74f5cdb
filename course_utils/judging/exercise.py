"""What an exercise is, and a known mistake."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from course_utils.judging.verdicts import check


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer.

    Attributes
    ----------
    sentence : str
        What its author needs to hear.
    wrong : dict of str to str or callable
        What stands otherwise in the exercise's `solution`, each key once in it; or the answer, written out.
    """

    sentence: str
    wrong: dict | Callable


@dataclass(frozen=True, eq=False)  # a key of caches
class Exercise:
    """A task, what solves it, and what is known to go wrong. Called with an answer it checks it.

    Attributes
    ----------
    task : str
        What the answer is called with, and what it returns.
    reference : callable
        Gives the right answer, where possible by PyTorch's own layer.
    against : str
        What the answer is compared with, in words.
    cases : list of tuple
        Arguments, tensors or not.
    mistakes : list of Mistake
        Afterwards a dict of callable to str: for each known wrong answer what to tell whoever gave it.
    solution : callable, optional
        The right answer as a learner would write it, which the mistakes change.
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

    task: str
    reference: Callable
    against: str
    cases: list
    mistakes: list | dict
    solution: Callable = None
    use: Callable = lambda arguments, answer: answer
    differentiable: bool = False
    pure: bool = False
    forbidden: tuple = ()
    tolerance: float = 1e-9

    def __call__(self, function):
        """Print what is right about an answer and, at the first thing that is wrong, which mistake it is.

        Parameters
        ----------
        function : callable
            The learner's answer; `task` says what it is called with.

        Returns
        -------
        course_utils.judging.verdicts.Verdict
            True where everything is right.
        """
        return check(function, self)

    def __post_init__(self):
        """Write the wrong answers out."""
        if isinstance(self.mistakes, list):
            object.__setattr__(self, "mistakes", {_wrong(self.solution, m): m.sentence for m in self.mistakes})


def _wrong(solution, mistake):
    """Return a known wrong answer as a function."""
    if callable(mistake.wrong):
        return mistake.wrong
    source = textwrap.dedent(inspect.getsource(solution))
    for right, wrong in mistake.wrong.items():
        if source.count(right) != 1:
            raise ValueError(f"{right!r} stands {source.count(right)} times in {solution.__name__}, and not once")
        source = source.replace(right, wrong)
    names = dict(solution.__globals__)
    exec(compile(source, f"<{mistake.sentence}>", "exec"), names)
    return names[solution.__name__]
