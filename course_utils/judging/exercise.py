"""What an exercise is, and a known mistake."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from IPython.display import HTML

from course_utils.judging.verdicts import check
from course_utils.questions import fold


class Mistake(NamedTuple):
    """A known wrong answer, and the sentence that whoever gave it needs to hear."""

    sentence: str
    wrong: Callable


def _as_it_is(arguments, answer):
    return answer


@dataclass(frozen=True, eq=False)  # a key of caches
class Exercise:
    """A task as its check sees it. Called with an answer it checks it.

    Attributes
    ----------
    solution : callable
        The right answer as a learner would write it, which the mistakes change.
    against : str
        What the answer is compared with, in words.
    cases : list of tuple
        Arguments, tensors or not.
    mistakes : dict of str to (dict of str to str, or callable)
        What to say, and of what: what stands otherwise in the `solution`, each key once in it, or the wrong answer
        itself. Becomes a tuple of `Mistake`; their order means nothing.
    hints : tuple of str
        One to three: the first a question, the last nearly the answer.
    reference : callable
        Gives the right answer in another way, where possible by PyTorch's own layer. By default the solution.
    in_words : tuple of str
        What each case is, where its arguments do not say it.
    use : callable
        ``use(arguments, answer)`` returns the tensors to compare, where a task has more than
        one right answer. By default the answer itself.
    differentiable : bool
        Whether gradients with respect to the arguments are compared too.
    forbidden : tuple of str
        Modules, by the start of their names, and functions of PyTorch that an answer must not call.
    tolerance : float
        Largest difference that counts as equal, relative to values of size 1; for arguments
        in float32 at least 1e-5.
    """

    solution: Callable
    against: str
    cases: list
    mistakes: dict | tuple
    hints: tuple
    reference: Callable = None
    in_words: tuple = ()
    use: Callable = _as_it_is
    differentiable: bool = False
    forbidden: tuple = ()
    tolerance: float = 1e-9

    def __post_init__(self):
        """Write the wrong answers out."""
        if isinstance(self.mistakes, dict):
            written = (Mistake(text, _written(self.solution, text, wrong)) for text, wrong in self.mistakes.items())
            object.__setattr__(self, "mistakes", tuple(written))
        object.__setattr__(self, "reference", self.reference or self.solution)

    @property
    def compares_answers(self):
        """Whether the answer itself is compared, and not what `use` makes of it."""
        return self.use is _as_it_is

    def __call__(self, function):
        """Print what is right about an answer and, at the first thing that is wrong, which mistake it is.

        Parameters
        ----------
        function : callable
            The learner's answer; it gets what the exercise in the chapter says.

        Returns
        -------
        course_utils.judging.verdicts.Verdict
            True where everything is right.
        """
        return check(function, self)

    def hint(self):
        """Return the hints, which open one by one, as `IPython.display.HTML`."""
        folds = (fold(f"Hint {n} of {len(self.hints)}", text) for n, text in enumerate(self.hints, 1))
        return HTML("".join(folds))


def _written(solution, sentence, wrong):
    """Return a known wrong answer as a function."""
    if callable(wrong):
        return wrong
    source = textwrap.dedent(inspect.getsource(solution))
    for words, others in wrong.items():
        if source.count(words) != 1:
            raise ValueError(f"{words!r} stands {source.count(words)} times in {solution.__name__}, and not once")
        source = source.replace(words, others)
    names = dict(solution.__globals__)
    exec(compile(source, f"<{sentence}>", "exec"), names)
    return names[solution.__name__]
