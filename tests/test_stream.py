"""The program that serves: killed in the middle, fed with bad readings, and restarted, in processes of its own."""

import csv
import io
import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import programs
import pytest
import torch

PROGRAM = next(program for program in programs.programs() if program.name == "stream.py")
UPDATES, NEW = 20, 400  # trained for a moment: the forecasts are bad, and the same


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a folder with the program, its readings and its model."""
    folder = tmp_path_factory.mktemp("stream")
    assert "32, 800, torch" in PROGRAM.text
    text = PROGRAM.text.replace("32, 800, torch", f"32, {UPDATES}, torch")
    (folder / "stream.py").write_text(text, encoding="utf-8")
    assert start(folder).wait() == 0
    return folder


@pytest.fixture
def served(trained, tmp_path):
    """Return a new folder with what serving needs."""
    return copied(trained, tmp_path)


def copied(trained, folder):
    """Copy the program and its model, and return the folder."""
    for name in ("stream.py", "stream.pt"):
        (folder / name).write_bytes((trained / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def whole(trained, tmp_path_factory):
    """Return all answers of a process that nothing disturbs."""
    answers, said = serve(copied(trained, tmp_path_factory.mktemp("whole")), text(new_rows(trained)))
    assert len(answers) == NEW and said == []
    return answers


def start(folder, *arguments, rows=""):
    """Start the program in a folder, with the text of a CSV file to read."""
    (folder / "rows.csv").write_text(rows, encoding="utf-8")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    with open(folder / "rows.csv", encoding="utf-8") as file:
        return subprocess.Popen(
            [sys.executable, "stream.py", *arguments],
            cwd=folder,
            env=environment,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def serve(folder, rows, stop=None):
    """Serve rows, killed behind `stop` answers; return the answers and what was said of other rows."""
    process, answers = start(folder, "serve", rows=rows), []
    for line in process.stdout:
        answers.append(tuple(line.strip().split(",")))
        if len(answers) == stop:
            process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    said = process.stderr.read().splitlines()
    assert process.wait() == 0 or stop
    return answers, said


def new_rows(trained):
    """Return the first rows that are new to the model, as text of a CSV file."""
    lines = (trained / "office.csv").read_text(encoding="utf-8").splitlines()
    return [lines[0], *lines[-2400:][:NEW]]


def text(lines):
    return "\n".join(lines) + "\n"


def test_a_kill_loses_nothing_and_changes_nothing(trained, served, whole):
    rows = text(new_rows(trained))
    parts = [serve(served, rows, stop)[0] for stop in (50, 50, None)]
    assert all(parts) and len(parts[0]) < NEW
    assert dict(sum(parts, [])) == dict(whole)
    assert NEW <= sum(map(len, parts)) <= NEW + 2  # at most one comes twice at each kill
    assert serve(served, rows) == ([], [])  # all was read before


def test_the_forecasts_are_those_of_the_whole_sequence(trained, whole):
    weights, mean, std, _, _ = torch.load(trained / "stream.pt", weights_only=True)
    gru, head = torch.nn.GRU(5, 32), torch.nn.Linear(32, 1)
    torch.nn.ModuleList([gru, head]).load_state_dict(weights)
    table = pd.read_csv(trained / "office.csv", index_col="time", parse_dates=True)
    ahead = table.index + pd.Timedelta("1h")
    clock = [np.sin(2 * np.pi * ahead.hour / 24), np.cos(2 * np.pi * ahead.hour / 24), ahead.day_of_week > 4]
    x = np.column_stack([(table.to_numpy() - mean) / std, *clock])
    with torch.no_grad():
        made = head(gru(torch.tensor(x).float())[0])[-2400:, 0][:NEW]
    given = (torch.tensor([float(answer[1]) for answer in whole]) - mean[0]) / std[0]
    assert torch.allclose(given, made, rtol=1e-6, atol=2e-6)


def test_a_bad_reading_gets_a_sentence_and_changes_no_forecast(trained, served, whole):
    lines = new_rows(trained)
    stamp, load, celsius = lines[101].split(",")
    bad = [
        f"{stamp},off,{celsius}",
        f"{stamp},nan,{celsius}",
        f"{stamp},inf,{celsius}",
        f"{stamp},,{celsius}",
        f"{stamp},{load}",
        f"{stamp},{load},{celsius},7",
        f'{stamp},"{load},{celsius}',
        f"soon,{load},{celsius}",
        f",{load},{celsius}",
        f"{stamp[:-6]}:30:00,{load},{celsius}",
        f"{stamp}+02:00,{load},{celsius}",
        lines[100],  # the row before, once more
        f"2031{stamp[4:]},{load},{celsius}",
        "",
    ]
    answers, said = serve(served, "\ufeff" + text([*lines[:101], *bad, *lines[101:]]))  # as from a spreadsheet
    assert answers == whole
    assert len(said) == len(bad) - 1 and all("left out" in line for line in said)  # an empty line is no row


def test_a_short_gap_is_filled_with_the_last_reading(trained, served, tmp_path_factory):
    lines = new_rows(trained)
    names = lines[0].split(",")
    held = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]
    for k in (200, 201):
        held[k] |= {name: held[199][name] for name in names[1:]}
    file = io.StringIO()
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(held)
    filled, _ = serve(served, file.getvalue())
    other = copied(trained, tmp_path_factory.mktemp("gap"))
    answers, said = serve(other, text([*lines[:201], *lines[203:]]))
    assert said == [] and len(answers) == NEW - 2
    late = [float(answer[1]) for answer in answers[200:]]
    assert np.allclose(late, [float(answer[1]) for answer in filled[202:]], rtol=1e-5)


def test_other_settings_are_refused(trained, served):
    source = (served / "stream.py").read_text(encoding="utf-8")
    (served / "stream.py").write_text(source.replace('Timedelta("1h")', 'Timedelta("2h")'), encoding="utf-8")
    process = start(served, "serve", rows=text(new_rows(trained)))
    assert "was trained with" in process.communicate()[1] and process.returncode


@pytest.mark.parametrize("spoil", ["gap", "number", "grid"])
def test_a_history_with_gaps_is_refused(trained, served, spoil):
    lines = (trained / "office.csv").read_text(encoding="utf-8").splitlines()[:6000]
    if spoil == "gap":
        del lines[3000]
    elif spoil == "number":
        lines[3000] = lines[3000].split(",")[0] + ",,3"
    else:
        lines[3000:] = [line.replace(":00:00", ":01:00") for line in lines[3000:]]
    (served / "mine.csv").write_text(text(lines), encoding="utf-8")
    source = (served / "stream.py").read_text(encoding="utf-8")
    assert source.count('"office.csv"') == 2
    source = source.replace('"office.csv"', '"mine.csv"', 1)
    (served / "stream.py").write_text(source, encoding="utf-8")
    process = start(served)
    assert "mine.csv has gaps" in process.communicate()[1] and process.returncode
