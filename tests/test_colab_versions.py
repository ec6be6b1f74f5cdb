"""Tests of tools/colab_versions.py."""

import colab_versions
import pytest
from colab_versions import FOLDER, OURS, pinned, versions


def own():
    """Return the list of the newest versions that were tried, in Colab's form."""
    lines = [f"{name}=={version}" for file in OURS for name, version in versions(read(file)).items()]
    return "\n".join(["# a comment", "cudf @ https://example.org/cudf.whl", *lines]).replace(
        "==2.11.0", "==2.12.1+cu128"
    )


def read(file):
    """Return the text of a file of versions."""
    return (FOLDER / file).read_text(encoding="utf-8")


def test_our_packages_are_taken_in_the_versions_of_the_list():
    lines = pinned(own() + "\nabsl-py==1.4.0")
    assert "torch==2.12.1" in lines and "ipykernel==6.17.1" in lines
    assert len(lines) == sum(len(versions(read(file))) for file in OURS)


def test_a_package_that_is_gone_is_named():
    with pytest.raises(SystemExit, match="Colab no longer lists tqdm: look at"):
        pinned("\n".join(line for line in own().splitlines() if not line.startswith("tqdm")))


def test_without_a_network_nothing_is_written(monkeypatch, tmp_path):
    monkeypatch.setattr(colab_versions, "LIST", "http://127.0.0.1:9/nothing")
    monkeypatch.setattr(colab_versions, "FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=r"cannot be read from http://127\.0\.0\.1:9/nothing .*: try again later"):
        colab_versions.main()
    assert not any(tmp_path.iterdir())
