"""What tools/site_address.py derives from a repository's address."""

from types import SimpleNamespace

import pytest
import site_address


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/someone/rnn", "https://someone.github.io/rnn/"),
        ("https://github.com/SomeOne/RNN", "https://someone.github.io/RNN/"),
        ("https://github.com/someone/someone.github.io", "https://someone.github.io/"),
        ("https://gitlab.com/someone/rnn", ""),
    ],
)
def test_address_of_the_pages(repository, address):
    assert site_address.pages_address(repository) == address


@pytest.mark.parametrize(
    ("repository", "buttons", "launched"),
    [
        ("https://github.com/someone/rnn", True, {"colab_url", "jupyterhub_url"}),
        ("https://gitlab.com/someone/rnn", True, {"jupyterhub_url"}),  # Colab opens notebooks from GitHub alone
        (site_address.PLACEHOLDER, False, set()),
    ],
)
def test_buttons(repository, buttons, launched):
    options = dict.fromkeys(site_address.BUTTONS, True)
    options["repository_url"] = f"{repository}.git"
    options["launch_buttons"] = {"colab_url": "https://colab.research.google.com", "jupyterhub_url": "https://hub.org"}
    config = SimpleNamespace(html_theme_options=options, html_baseurl="")
    site_address.use_address(SimpleNamespace(setup_extension=lambda name: None), config)
    assert all(options[name] == buttons for name in site_address.BUTTONS)
    assert options["repository_url"] == (repository if buttons else "")
    assert set(options["launch_buttons"]) == launched
