"""Tests of tools/versions.py, and that the version of the package is raised when it has something new."""

import budgets
import pytest
import repository
import versions


def test_the_version_is_raised_when_the_package_has_new_names():
    recorded = budgets.record("package")
    new = set(versions.public_names()) - set(recorded["names"])
    assert not new, f"an older course_utils lacks {', '.join(sorted(new))}: run `make version`"
    assert recorded["version"] == repository.version(), "run `make version`, which raises the version everywhere"


def test_public_names_are_those_of_all_modules():
    names = versions.public_names()
    assert {"claims.at_least", "judging.answers.run", "needed.OLDEST"} <= set(names)
    assert not any(name.split(".")[-1].startswith("_") for name in names)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.1.0", "2027.03.01"),
        ("2027.02.28", "2027.03.01"),
        ("2027.03.01", "2027.03.01.1"),
        ("2027.03.01.1", "2027.03.01.2"),
        ("2027.03.01.9", "2027.03.01.91"),
        ("2027.03.01.99", "2027.03.01.991"),
    ],
)
def test_a_new_version_is_above_the_old_one(old, new):
    assert versions.next_version(old, "2027.03.01") == new and new > old
