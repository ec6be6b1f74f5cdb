"""The copies to hand out have every exercise and no solution."""

import subprocess
import sys

import contents
import nbformat
from contents import ROOT

SCRIPT = ROOT / "tools" / "exercises.py"


def sources(path):
    """Return the text of each cell."""
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_copies_differ_by_the_solutions_alone(tmp_path):
    result = subprocess.run([sys.executable, SCRIPT, tmp_path], check=True, capture_output=True, encoding="utf-8")
    copies = sorted(tmp_path.glob("*.ipynb"))
    assert [path.name for path in copies] == [page.path.name for page in contents.chapters()]
    for path in copies:
        before, after = sources(ROOT / "book" / path.name), sources(path)
        left_out = [text for text in before if text not in after]
        assert [text for text in before if text in after] == after
        assert len(left_out) == sum("raise NotImplementedError" in text for text in after) >= 1
        assert all(text.startswith("# @title Solution") for text in left_out)
        assert f"{path}: {len(left_out)} solutions left out" in result.stdout


def test_the_chapters_are_not_replaced():
    result = subprocess.run([sys.executable, SCRIPT, ROOT / "book"], capture_output=True, encoding="utf-8")
    assert result.returncode == 1 and "name another folder" in result.stderr


def test_a_folder_that_cannot_be_written_gets_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    result = subprocess.run([sys.executable, SCRIPT, tmp_path / "file"], capture_output=True, encoding="utf-8")
    assert result.returncode == 1 and "Cannot write there" in result.stderr and "Traceback" not in result.stderr
