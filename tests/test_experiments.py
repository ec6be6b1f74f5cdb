"""What the experiments keep, and that the book says the same."""

import json
import re
import time
import tomllib
from functools import partial
from pathlib import Path

import contents
import pytest

from experiments import record, results

FOLDER = Path(record.__file__).parent
SCRIPTS = {path.stem: path for path in FOLDER.glob("*.py") if path.stem not in ("record", "executed")}
KEPT = {path.stem: path for path in (FOLDER / "results").glob("*.json")}
# A path, an address, or a host with a domain.
PLACE = re.compile(
    r"""(?:^|[\s"'=(:])[~.]{0,2}[/\\]\w | [A-Za-z]:[\\/] | \w@\w | \w\.(?:local|lan|home|internal|com|net|org)\b""",
    re.X,
)


def sentences():
    """Return what the book says of the experiments."""
    return tomllib.loads((FOLDER / "sentences.toml").read_text(encoding="utf-8"))["sentence"]


def number_at(content, path):
    """Return the number to which a path such as ``"runs.course.seconds.0"`` leads."""
    for part in path.split("."):
        content = content[int(part) if isinstance(content, list) else part]
    return content


def faults(entry, prose, load=results.load):
    """Say in which ways a sentence is not what its experiment measured; `prose` holds the pages' texts by name."""
    name, says, digits = entry["experiment"], entry["says"], entry["digits"]
    about = re.compile(rf"\bexperiments/(?:{name}\.py|results/{name}\.json)\b")
    pages = [page for page, text in prose.items() if about.search(text)]
    number = r"(\d+(?:\.\d+)?)".join(map(re.escape, says.split("{}")))
    found = [(page, said) for page in pages for said in re.findall(number, prose[page])]
    if pages and not found:
        yield (
            f'{" or ".join(pages)} no longer says "…{says}…", which rests on experiments/results/{name}.json: '
            "change the sentence's entry in experiments/sentences.toml"
        )
    for page, said in found:
        measured = number_at(load(name), entry["is"])
        # Half a unit of the last digit said, and a little for the measurement's own rounding.
        if abs(float(said) - measured) > 0.501 * 10**-digits:
            yield (
                f"{page} says {said}, experiments/results/{name}.json has {measured:.{digits}f}: "
                "change the text, or the digits in experiments/sentences.toml"
            )


def test_the_book_says_what_the_experiments_measured():
    prose = {page.name: contents.prose(page.path) for page in contents.pages()}
    assert [fault for entry in sentences() for fault in faults(entry, prose)] == []


def test_every_sentence_rests_on_a_number_of_its_experiment():
    for entry in sentences():
        assert set(entry) == {"experiment", "says", "is", "digits"} and entry["says"].count("{}") == 1, entry
        assert isinstance(number_at(results.load(entry["experiment"]), entry["is"]), int | float), entry


@pytest.mark.parametrize(
    ("prose", "fault"),
    [
        ({"page": "It takes 2.8 s (`experiments/toy.py`)."}, None),
        ({"page": "It takes 2.8 s (`experiments/results/toy.json`)."}, None),
        ({"page": "It takes 7 s, and toys are of no concern here, nor is `experiments/toys.py`."}, None),
        ({"page": "See `experiments/toy.py`.", "other": "It takes 2.8 s (`experiments/toy.py`)."}, None),
        (
            {"page": "It lasts 2.8 s (`experiments/toy.py`)."},
            'page no longer says "…It takes {} s…", which rests on experiments/results/toy.json: '
            "change the sentence's entry in experiments/sentences.toml",
        ),
        (
            {"page": "It takes 2.7 s (`experiments/toy.py`)."},
            "page says 2.7, experiments/results/toy.json has 2.8: "
            "change the text, or the digits in experiments/sentences.toml",
        ),
    ],
)
def test_a_sentence_that_is_gone_or_wrong_is_noticed(prose, fault):
    entry = {"experiment": "toy", "says": "It takes {} s", "is": "runs.1.seconds", "digits": 1}
    found = list(faults(entry, prose, load=lambda name: {"runs": [{}, {"seconds": 2.84}]}))
    assert found == ([fault] if fault else [])


def test_every_script_has_its_result_and_every_result_its_script():
    assert set(SCRIPTS) == set(KEPT)


@pytest.mark.style
def test_a_script_names_no_chapter_by_its_number():
    assert [name for name, path in SCRIPTS.items() if re.search(r"chapter \d", path.read_text(encoding="utf-8"))] == []


def test_every_result_says_on_what_it_was_measured_and_not_where():
    for name, path in KEPT.items():
        result, text = results.load(name), path.read_text(encoding="utf-8")
        assert set(result["machine"]) == set(record.machine()), name
        assert all(result["machine"][key] for key in ("cpu", "instructions", "date", "torch")), name
        assert not PLACE.search(text), f"{name}.json holds {PLACE.search(text)[0]!r}"
        assert len(text) < 100_000, name


@pytest.mark.parametrize(
    "text", ['"/tmp/x"', '"read from ~/data"', '"../x"', r'"C:\\data"', '"me@host"', '"box.local"', '"file:///x"']
)
def test_a_place_is_noticed(text):
    assert PLACE.search(text)


def test_callables_are_timed_in_turns():
    calls, clock = [], iter([0, 1, 10, 12, 20, 23, 30, 34])
    ways = {name: partial(calls.append, name) for name in ("old", "new")}
    assert record.interleaved(ways, 2, clock=clock.__next__) == {"old": [1, 3], "new": [2, 4]}
    assert calls == ["old", "new", "old", "new"]


def test_the_time_of_other_programs_does_not_count():
    spent = record.interleaved({"sleep": partial(time.sleep, 0.2)}, 1)
    assert spent["sleep"][0] < 0.1


def test_floats_are_rounded_to_four_significant_digits():
    assert record.rounded({"s": [0.000123456, 1234.56], "n": (60000, True, None, "0.123456")}) == {
        "s": [0.0001235, 1235.0],
        "n": [60000, True, None, "0.123456"],
    }


def test_what_is_kept_can_be_loaded(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    record.keep("toy", {"b": {"seconds": [1.23456, 2.0], "none": []}, "a": "½"}, folder=tmp_path)
    text = (tmp_path / "toy.json").read_text(encoding="utf-8")
    assert results.load("toy") == {"a": "½", "b": {"none": [], "seconds": [1.235, 2.0]}, "machine": record.machine()}
    assert text.endswith("}\n") and '"seconds": [1.235, 2.0]\n' in text
    assert text.index('"a"') < text.index('"b"') < text.index('"machine"')
    assert capsys.readouterr() == ("", "")


def test_shifted_seeds_are_printed_and_not_kept(tmp_path, capsys):
    record.keep("toy", {"a": 1}, shift=100, folder=tmp_path)
    assert json.loads(capsys.readouterr().out) == {"a": 1, "machine": record.machine()}
    assert list(tmp_path.iterdir()) == []


def test_a_missing_result_is_reported_with_the_names_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    for name in ("two", "one"):
        record.keep(name, {}, folder=tmp_path)
    with pytest.raises(FileNotFoundError, match=r"^There is no result named 'three'; there are one, two\.$"):
        results.load("three")
