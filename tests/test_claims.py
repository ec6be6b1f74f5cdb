"""Tests of course_utils.claims."""

import math

import pytest
import torch

from course_utils import claims


def falls(losses):
    return claims.at_most(losses[-1], 0.1)


def most_learn(count):
    return claims.at_least(count, 8)


def test_a_claim_is_true_with_its_margin():
    verdict = falls([1.0, 0.04])
    assert verdict and (verdict.claim, verdict.value, verdict.threshold) == ("falls", 0.04, 0.1)
    assert verdict.margin == pytest.approx(0.06)
    assert most_learn(8) and most_learn(torch.tensor(9)).margin == 1


def test_a_claim_is_false_with_its_margin():
    assert not falls([1.0, 0.4]) and falls([0.4]).margin == pytest.approx(-0.3)
    assert not most_learn(7)


def test_no_number_holds_nothing():
    assert not falls([math.nan]) and not most_learn(math.nan)


def test_verdicts_are_noted_where_somebody_asks(monkeypatch):
    falls([0.0])
    monkeypatch.setattr(claims, "judged", [])
    falls([0.0])
    most_learn(3)
    assert [(verdict.claim, bool(verdict)) for verdict in claims.judged] == [("falls", True), ("most_learn", False)]
