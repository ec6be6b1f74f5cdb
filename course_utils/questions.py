"""Questions with choices that answer: plain HTML, so that they work wherever a stored output is shown."""

import html

from IPython.display import HTML

# No script and no ids: a front end may drop the one, and the other would have to be unique.
FOLD = '<details style="margin:.3em 0"><summary style="padding:.5em .3em;cursor:pointer">{}</summary>{}</details>'
BODY = '<p style="margin:.2em 0 .6em 1.4em">{}</p>'


def fold(summary, text):
    """Return the HTML of a text that opens below its summary; text between backticks becomes code."""
    return FOLD.format(_marked(summary), BODY.format(_marked(text)))


def _marked(text):
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def ask(question, choices, right):
    """Return a question below which each choice opens to say whether it is right, and why.

    Parameters
    ----------
    question : str
    choices : dict of str to str
        Two to five choices in the order shown, each with one sentence on why it is right or wrong.
    right : str
        The right choice.

    Returns
    -------
    IPython.display.HTML
        One ``<details>`` for each choice; the keyboard opens them as any reader expects.

    Raises
    ------
    ValueError
        Where the number of choices is another one, `right` is none of them, or a sentence is missing.
    """
    if not 2 <= len(choices) <= 5 or right not in choices or not all(choices.values()):
        raise ValueError(
            f"A question takes two to five choices with a sentence each, and one of them is right; "
            f"got {list(choices)}, right: {right!r}."
        )
    folds = [fold(name, f"{'Right' if name == right else 'No'}. {why}") for name, why in choices.items()]
    return HTML(f'<div class="question"><p><strong>{_marked(question)}</strong></p>{"".join(folds)}</div>')
