"""Tests of course_utils.questions."""

from html.parser import HTMLParser

import pytest

from course_utils import questions

CHOICES = {"`h_n`": "It holds the last state of each layer.", "output": "It holds <every> step of the last layer."}


class Elements(HTMLParser):
    """The tags and attributes of a piece of HTML, and which of them are left open."""

    def __init__(self, page):
        super().__init__()
        self.seen, self.open, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_each_choice_opens_to_its_sentence():
    page = Elements(questions.ask("Which one has a row for each layer?", CHOICES, "`h_n`").data)
    assert page.open == [] and [tag for tag, _ in page.seen].count("details") == 2
    assert "h_nRight. It holds the last state of each layer." in page.text
    assert "outputNo. It holds <every> step of the last layer." in page.text  # < is text, not a tag
    assert ("code", {}) in page.seen


def test_nothing_in_it_needs_a_script_or_an_id():
    page = Elements(questions.ask("Which?", CHOICES, "output").data)
    assert {tag for tag, _ in page.seen} == {"div", "p", "strong", "details", "summary", "code"}
    assert {name for _, attributes in page.seen for name in attributes} <= {"class", "style"}


def test_the_same_question_gives_the_same_characters():
    assert questions.ask("Which?", CHOICES, "output").data == questions.ask("Which?", CHOICES, "output").data


@pytest.mark.parametrize(
    ("choices", "right"),
    [
        ({"one": "It is."}, "one"),
        ({str(n): "It is." for n in range(6)}, "1"),
        (CHOICES, "hidden"),
        ({"one": "It is.", "two": ""}, "one"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(choices, right):
    with pytest.raises(ValueError, match="two to five choices"):
        questions.ask("Which?", choices, right)
