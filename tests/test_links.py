"""Tests of tools/links.py."""

import links
import pytest


@pytest.mark.parametrize(
    ("uri", "asked"),
    [
        ("https://doi.org/10.1109/72.279181", "https://doi.org/api/handles/10.1109/72.279181"),
        ("https://arxiv.org/abs/1211.5063", None),
    ],
)
def test_the_registry_is_asked_for_a_doi(uri, asked):
    assert links.asked(None, uri) == asked
