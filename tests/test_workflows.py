"""The workflows are pinned, end in time, may write nothing that they need not, and call what there is."""

import re

import pytest
import yaml
from contents import ROOT

pytestmark = pytest.mark.style
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def jobs(path):
    """Return the jobs of a workflow by name."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


@each_workflow
def test_every_action_is_pinned_to_a_commit_with_its_version_behind(path):
    uses = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses), uses


@each_workflow
def test_every_job_has_a_limit(path):
    assert all(job["timeout-minutes"] <= 120 for job in jobs(path).values())


@each_workflow
def test_a_job_that_may_write_runs_no_code_of_this_repository(path):
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}
    for name, job in jobs(path).items():
        if "write" in job.get("permissions", {}).values():
            assert not any("checkout" in step.get("uses", "") for step in job["steps"]), name


@each_workflow
def test_make_knows_every_target_that_is_called(path):
    text = path.read_text(encoding="utf-8")
    called = set(re.findall(r"run: (?:make|bash \.ci/run) ([\w-]+)", text))
    assert called <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
