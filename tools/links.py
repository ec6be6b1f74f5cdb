"""A Sphinx extension for `make links`: what a link to elsewhere is asked for."""

DOI = "https://doi.org/"


def asked(app, uri):
    """Return the address that is asked instead, or None.

    A DOI leads to its publisher, and many of these refuse programs. The registry says as well whether it exists.
    """
    return uri.replace(DOI, f"{DOI}api/handles/") if uri.startswith(DOI) else None


def setup(app):
    """Connect to Sphinx."""
    app.connect("linkcheck-process-uri", asked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
