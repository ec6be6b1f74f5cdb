"""Seven students and a broken file are marked in one call."""

import csv
import json
import shutil
import subprocess
import sys

import contents
import nbformat
import pytest
import submissions
from contents import ROOT

PAGE = contents.chapters()[0]
SCRIPT = ROOT / "tools" / "grade.py"


def solved(change=lambda name, source: source):
    """Return the first chapter as a learner hands it in, each answer changed by a function of check and source."""
    notebook, stub = nbformat.read(PAGE.path, as_version=4), None
    for cell in notebook.cells:
        if contents.is_stub(cell):
            stub = cell
        elif contents.is_solution(cell):
            (name,) = submissions.CALL.findall(cell.source)
            definition = cell.source.partition("\n")[2].partition("\n\n\nassert")[0]
            source = f"from course_utils.checks import recurrence as checks\n\n\n{definition}\n\n\n"
            stub.source = change(name, f"{source}right = checks.{name}({name})")
    notebook.cells = [cell for cell in notebook.cells if not contents.is_solution(cell)]
    return notebook


def first_line(line):
    """Return a change that puts a line into the function of exercise 1."""
    return lambda name, source: source.replace('"""\n', f'"""\n    {line}\n', 1) if name == "rnn" else source


def cheat(name, source):
    """Reach for the reference, for another check, and round what is forbidden."""
    start = "from course_utils.checks import recurrence as checks\n"
    return {
        "rnn": f"{start}\n\ndef rnn(*given):\n    import sys\n    sys.setprofile(None)\n\n\nright = checks.rnn(rnn)",
        "to_pytorch": f"{start}right = checks.to_pytorch(checks.to_pytorch.reference)",
        "last_three": f"{start}checks.last_three = lambda f: True\n{source}",
    }[name]


def unfinished(name, source):
    """Leave out exercise 2 and get exercise 3 wrong."""
    if name == "to_pytorch":
        return source.replace('"""\n', '"""\n    raise NotImplementedError\n', 1)
    return source.replace("return ", "return -1 * ", 1) if name == "last_three" else source


STUDENTS = {
    "right": solved(),
    "half": solved(unfinished),
    "endless": solved(first_line("while True: pass")),
    "flood": solved(first_line("while True: print('x' * 99)")),
    "cheat": solved(cheat),
    "import": solved(lambda name, source: f"import nowhere_at_all\n{source}" if name == "rnn" else source),
    "hungry": solved(first_line("x = torch.zeros(10**10)")),
    "talker": solved(first_line("raise ValueError('x' * 10**6)")),
    "gone": solved(first_line("import os; os.abort()")),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of submissions, one of a student whose cells have lost their ids, and one that is no notebook."""
    folder = tmp_path_factory.mktemp("submissions")
    for student, notebook in STUDENTS.items():
        (folder / student).mkdir()
        nbformat.write(notebook, folder / student / "answer.ipynb")
    for cell in (old := json.loads(nbformat.writes(STUDENTS["right"])))["cells"]:
        del cell["id"]
    (folder / "old.ipynb").write_text(json.dumps(old | {"nbformat_minor": 4}), encoding="utf-8")
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    return folder


def run(*arguments):
    """Run the tool and return the finished process."""
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, encoding="utf-8")


@pytest.fixture(scope="module")
def marked(folder):
    """Return what was printed, and the rows of the table by student."""
    result = run(folder, "--table", folder / "marks.csv")
    assert result.returncode == 0, result.stderr
    with (folder / "marks.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["student", "right", "1.1 rnn", "1.2 to_pytorch", "1.3 last_three"]
    return result.stdout, {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize(
    ("student", "count", "first"),
    [
        ("right", 3, "right"),
        ("old", 3, "right"),
        ("half", 1, "right"),
        ("endless", 2, "wrong: It was stopped after 10 seconds"),
        ("flood", 2, "wrong: It was stopped after 20,000 printed characters"),
        ("import", 2, "wrong: The cell stops with ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("hungry", 2, "wrong: It stops with RuntimeError: "),
        ("talker", 2, "wrong: It stops with ValueError: xxx"),
        ("gone", 2, "wrong: Its process ended"),
        ("broken", 0, "missing"),
    ],
)
def test_each_student_has_a_row(marked, student, count, first):
    found, *results = marked[1][student]
    assert int(found) == count and results[0].startswith(first), results


def test_a_mistake_has_its_sentence_and_a_stub_is_missing(marked):
    _, _, second, third = marked[1]["half"]
    assert second.startswith("missing: it is not finished") and third.startswith("wrong: ")


def test_who_reaches_for_the_answer_is_looked_at(marked):
    count, *results = marked[1]["cheat"]
    assert count == "0" and all(result.startswith("look: It names ") for result in results)


def test_what_was_printed_says_it_all(marked):
    assert "right    +++  3 of 3" in marked[0] and "cheat    ???  0 of 3" in marked[0]
    assert "is no notebook" in marked[0]


def test_a_second_run_starts_nothing_again(folder, marked):
    with (folder / ".grading.jsonl").open("a", encoding="utf-8") as file:
        file.write('["cut in the mid')
    result = run(folder)
    assert "answers" not in result.stdout and "right    +++  3 of 3" in result.stdout


@pytest.mark.parametrize(
    ("name", "sentence"), [("nowhere", "There is no folder"), ("empty", "There is no notebook in")]
)
def test_a_wrong_folder_gets_one_sentence(tmp_path, name, sentence):
    (tmp_path / "empty").mkdir()
    result = run(tmp_path / name)
    assert result.returncode == 1 and result.stderr.startswith(sentence) and result.stderr.count("\n") == 1


def test_an_answer_is_known_by_its_id_where_its_check_is_gone(tmp_path):
    notebook = solved(lambda name, source: source.partition("\n\n\nright")[0].partition("\n\n\n")[2])
    nbformat.write(notebook, tmp_path / "a.ipynb")
    found = submissions.answers(tmp_path / "a.ipynb", "somebody")
    assert [answer.task.name for answer in found] == ["rnn", "to_pytorch", "last_three"]


def test_the_notebook_of_a_part_is_read_too(tmp_path):
    subprocess.run([sys.executable, ROOT / "tools" / "exercises.py", tmp_path], check=True, capture_output=True)
    found = [a for path in sorted(tmp_path.glob("part-*")) for a in submissions.answers(path, "somebody")]
    assert [answer.task for answer in found] == submissions.tasks()
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("name", ["reference", "solution", "mistakes"])
def test_a_reach_for_the_answer_is_noticed(name):
    assert submissions.SUSPECT.findall(f"right = checks.rnn(checks.rnn.{name})") == [f".{name}"]
    assert not submissions.SUSPECT.search("right = checks.rnn(rnn)\nchecks.rnn.hint()")
