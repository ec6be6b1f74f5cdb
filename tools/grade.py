"""Mark what learners have handed in: one row a student, one column an exercise.

Usage: ``make grade FOLDER=submissions [CSV=marks.csv]``, with a folder for each student, or one notebook each.
Each answer runs in a process of its own, with the package as it lies here. What was marked once is kept in
``.grading.jsonl`` in that folder, so that an interrupted run goes on where it was.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import marking
import submissions
from contents import ROOT

SIGNS = {"right": "+", "wrong": "-", "missing": ".", "look": "?"}


def key(answer):
    """Return what a kept mark belongs to: the answer, its exercise and the package."""
    parts = (package(), answer.task.module, answer.task.name, *answer.before, answer.source)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def package():
    """Return the text of the package, a change of which makes all marks anew."""
    return "\0".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "course_utils").rglob("*.py")))


def collected(folder):
    """Return students and answers of a folder, and a sentence for each file that cannot be read."""
    students, answers, broken = {}, [], []
    for student, path in submissions.handed_in(folder):
        students.setdefault(student)
        try:
            answers += submissions.answers(path, student)
        except ValueError as error:
            broken.append(str(error))
    return list(students), answers, broken


def graded(answers, record):
    """Return status and sentence for each student and task; print progress, and keep in a file what is done."""
    kept = {}
    for line in record.read_text(encoding="utf-8").splitlines() if record.exists() else []:
        with contextlib.suppress(ValueError):  # a line that an interruption has cut
            name, status, sentence = json.loads(line)
            kept[name] = status, sentence
    new = {key(answer): answer for answer in answers if key(answer) not in kept}
    if new:
        marking.prepare()
        with record.open("a", encoding="utf-8") as file:
            for count, (answer, status, sentence) in enumerate(marking.marks(list(new.values())), 1):
                kept[key(answer)] = status, sentence
                file.write(json.dumps([key(answer), status, sentence]) + "\n")
                file.flush()
                print(f"\r{count} of {len(new)} answers", end="", flush=True)
        print()
    return {(answer.student, answer.task): looked_at(answer, *kept[key(answer)]) for answer in answers}


def looked_at(answer, status, sentence):
    """Return the mark, which becomes a question where the answer names what an honest one has no use for."""
    if answer.suspect:
        return "look", f"It names {', '.join(answer.suspect)}; marked {status}. {sentence}".strip()
    return status, sentence


def main(folder, table):
    """Mark all answers, print a line for each student, and write a table where one is asked for."""
    if not hasattr(os, "fork"):
        sys.exit("Marking needs Linux or macOS (on Windows: WSL), where each answer can have a process of its own.")
    if not folder.is_dir():
        sys.exit(f"There is no folder {folder}: name the one with the notebooks, make grade FOLDER=submissions")
    students, answers, broken = collected(folder)
    if not students:
        sys.exit(f"There is no notebook in {folder}.")
    found, tasks = graded(answers, folder / ".grading.jsonl"), submissions.tasks()
    tasks = [task for task in tasks if any((student, task) in found for student in students)]
    width = max(map(len, students))
    rows = []
    for student in students:
        results = [found.get((student, task), ("missing", "")) for task in tasks]
        right = sum(status == "right" for status, _ in results)
        rows.append([student, right, *(f"{status}: {text}" if text else status for status, text in results)])
        print(f"{student:{width}}  {''.join(SIGNS[status] for status, _ in results)}  {right} of {len(tasks)}")
    print(f"{'':{width}}  + right, - wrong, . missing, ? to look at: {', '.join(task.label for task in tasks)}")
    for task in tasks:
        texts = Counter(text for (_, other), (status, text) in found.items() if other == task and status == "wrong")
        for text, count in texts.most_common(3):
            print(f"{task.label}: {count} × {text}")
    for sentence in broken:
        print(sentence)
    if table:
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["student", "right", *(task.label for task in tasks)], *rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", type=Path)
    main(**vars(parser.parse_args()))
