"""Where a repository's pages are served."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import site_address  # noqa: E402


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/someone/rnn", "https://someone.github.io/rnn/"),
        ("https://github.com/SomeOne/RNN.git", "https://someone.github.io/RNN/"),
        ("https://github.com/someone/rnn/", "https://someone.github.io/rnn/"),
        ("https://github.com/someone/someone.github.io", "https://someone.github.io/"),
        ("https://gitlab.com/someone/rnn", ""),
    ],
)
def test_address_of_the_pages(repository, address):
    assert site_address.pages_address(repository) == address
