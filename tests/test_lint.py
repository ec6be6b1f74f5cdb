"""Ruff finds nothing in package, tools, tests and notebooks."""

import subprocess
import sys

import pytest
from contents import ROOT


@pytest.mark.style
@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_finds_nothing(command):
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
    result = subprocess.run(ruff, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]
