"""Sphinx extension: derive from the repository's address, which stands once in _config.yml, all that needs it.

While the address is the placeholder, no page shows a button that would lead nowhere.
"""

import re
from urllib.parse import urlparse

from repository import PLACEHOLDER, clean
from sphinx.util import logging

BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")
ON_GITHUB_ALONE = ("colab_url", "deepnote_url")  # a JupyterHub opens notebooks from anywhere
logger = logging.getLogger(__name__)


def pages_address(repository):
    """Return the address at which GitHub Pages serves a repository, "" for other hosts.

    Parameters
    ----------
    repository : str
        Such as ``https://github.com/owner/name``.

    Returns
    -------
    str
        Ends in a slash.
    """
    match = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)", repository)
    if not match:
        return ""
    owner, name = match[1].lower(), match[2]
    return f"https://{owner}.github.io/" + ("" if name.lower() == f"{owner}.github.io" else f"{name}/")


def use_address(app, config):
    """Set what depends on the address: buttons, canonical links, link previews, 404 page, site map."""
    options = config.html_theme_options
    repository = options["repository_url"] = clean(options.get("repository_url", PLACEHOLDER))
    if repository == PLACEHOLDER:
        logger.info(
            "No repository is set, so no page has a button for Colab, edits or issues: see book/for-teachers.md."
        )
        options.update(dict.fromkeys(BUTTONS, False), repository_url="", launch_buttons={})
    else:
        config.html_baseurl = config.html_baseurl or pages_address(repository)
        if not repository.startswith("https://github.com/"):
            logger.info("Colab opens notebooks from GitHub alone, so no page has a button for it.")
            buttons = options.get("launch_buttons", {})
            options["launch_buttons"] = {name: url for name, url in buttons.items() if name not in ON_GITHUB_ALONE}
    config.ogp_site_url = config.html_baseurl
    config.notfound_urls_prefix = urlparse(config.html_baseurl).path or "/"
    if config.html_baseurl:
        app.setup_extension("sphinx_sitemap")
        config.sitemap_excludes = ["404.html", "genindex.html", "search.html"]
        config.sitemap_url_scheme = "{link}"  # no folders for languages and versions


def setup(app):
    """Register the hooks; called by Sphinx."""
    app.connect("config-inited", use_address, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
