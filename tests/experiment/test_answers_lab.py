"""Readers of the data files of laboratory software, on files that it wrote.

The files in golden/answers come from runs of the real programs (validators/): the
second participant pressed the right key in every trial of the category task.
"""

import json

import pytest
from repository import GOLDEN

from morphkit.errors import InputError
from morphkit.experiment.readers import READERS

FILES = GOLDEN / "answers"
WRITTEN = {
    "psychopy.csv": "psychopy",
    "opensesame.csv": "opensesame",
    "osweb.json": "opensesame",
    "psychtoolbox.csv": "psychtoolbox",
    "expyriment.xpd": "expyriment",
}
#: Stimuli of the second list in their order: identity and step.
SHOWN = "ben05 ada01 ben02 ada01 ada03 ben01 ada04 ben04 ada05 ada02 ben03 ben05"


def read(name):
    return READERS[WRITTEN[name]].read(FILES / name)


@pytest.mark.parametrize("name", WRITTEN)
def test_real_files_give_the_answers_that_were_pressed(name):
    answers = read(name)
    found = [(a.participant, a.order, a.phase, a.response) for a in answers]
    # The sides of list 2 are reversed, so the right key is "happy".
    phases = ["practice"] * 2 + ["main"] * 10
    assert found == [
        ("2", k, phase, "happy") for k, phase in enumerate(phases, start=1)
    ]
    assert (
        " ".join(a.stimuli[0].replace("_happy_distressed_s", "") for a in answers)
        == SHOWN
    )
    assert {(a.design, a.question, len(a.stimuli)) for a in answers} == {
        ("categorisation", "", 1)
    }
    times = [a.rt_seconds for a in answers]
    assert all(0 < rt < 5 for rt in times)
    assert len(set(times)) > 6


def test_ratings_are_numbers_on_their_scale():
    answers = READERS["psychopy"].read(FILES / "psychopy_rating.csv")
    assert [a.order for a in answers] == list(range(1, 11))
    assert {a.response for a in answers} == {"60"}
    assert [a.question for a in answers] == ["valence"] * 5 + ["clarity"] * 5


def changed(tmp_path, name, old, new):
    text = (FILES / name).read_text("utf-8-sig")
    assert old in text
    path = tmp_path / name
    count = -1 if name == "psychopy_rating.csv" else 1
    path.write_text(text.replace(old, new, count), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("psychtoolbox.csv", '"chosen_choice"', '"chosen"', "no column chosen_choice"),
        ("psychtoolbox.csv", '"happy",0.', '"cheerful",0.', 'the answer "cheerful"'),
        ("psychtoolbox.csv", "\n3,", "\n3.x,", 'trial_order is "3.x"'),
        ("psychopy.csv", "chosen_choice,", "chosen,", "no column chosen_choice"),
        ("psychopy.csv", "picture_scale", "scale", "has no completed trial"),
        ("psychopy_rating.csv", ",60.0,", ",600.0,", "a rating of 600"),
        ("expyriment.xpd", "subject_id,", "subject,", "no column subject_id"),
        ("expyriment.xpd", ",main,", ",main,x,", "columns, as in the header"),
        ("osweb.json", '"subject_nr"', '"who"', "no column subject_nr"),
        ("osweb.json", "]", "", "not JSON"),
    ],
)
def test_spoilt_files_are_refused_with_their_place(tmp_path, name, old, new, said):
    path = changed(tmp_path, name, old, new)
    reader = WRITTEN.get(name, "psychopy")
    with pytest.raises(InputError, match=said) as told:
        READERS[reader].read(path)
    assert name in str(told.value)


@pytest.mark.parametrize(
    "reader", ["psychopy", "opensesame", "psychtoolbox", "expyriment"]
)
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00ba", "is damaged UTF-16"),
        (b"a,b\n1,2\n", "contains no trial|has no completed trial"),
        (b"name\n", "contains no trial|has no completed trial"),
    ],
)
def test_other_files_are_refused(tmp_path, reader, data, said):
    path = tmp_path / "other.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        READERS[reader].read(path)


def test_a_psychopy_trial_that_was_broken_off_is_left_out(tmp_path):
    lines = (FILES / "psychopy.csv").read_text("utf-8-sig").split("\n")
    head = lines[0].split(",")
    last = max(k for k, line in enumerate(lines) if line.startswith("12,"))
    cells = lines[last].split(",")
    for name in ("chosen_choice", "answer_seconds", "picture_scale"):
        cells[head.index(name)] = ""
    path = tmp_path / "broken_off.csv"
    path.write_text("\n".join([*lines[:last], ",".join(cells)]), "utf-8")
    assert [a.order for a in READERS["psychopy"].read(path)] == list(range(1, 12))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_psychopy_files_with_other_delimiters(tmp_path, delimiter):
    text = (
        (FILES / "psychopy.csv")
        .read_text("utf-8-sig")
        .replace("First, some", "First some")
    )
    path = tmp_path / "other.csv"
    path.write_text(text.replace('"', "").replace(",", delimiter), "utf-8")
    assert READERS["psychopy"].read(path) == read("psychopy.csv")


def test_jatos_results_of_several_participants_follow_each_other(tmp_path):
    rows = json.loads((FILES / "osweb.json").read_text("utf-8"))
    rows = rows["data"] if isinstance(rows, dict) else rows
    other = [row | {"subject_nr": 3} for row in rows]
    path = tmp_path / "results.txt"
    path.write_text(f"{json.dumps(rows)}\n{json.dumps({'data': other})}", "utf-8")
    answers = READERS["opensesame"].read(path)
    assert [a.participant for a in answers] == ["2"] * 12 + ["3"] * 12
    assert answers[:12] == tuple(read("osweb.json"))


def test_a_timeout_is_an_answer_without_response(tmp_path):
    text = (FILES / "psychtoolbox.csv").read_text("utf-8")
    lines = text.splitlines()
    head = [cell.strip('"') for cell in lines[0].split(",")]
    cells = lines[4].split(",")
    cells[head.index("chosen_choice")] = cells[head.index("answer_seconds")] = '"none"'
    path = tmp_path / "late.csv"
    path.write_text("\n".join([*lines[:4], ",".join(cells), *lines[5:]]), "utf-8")
    late = READERS["psychtoolbox"].read(path)[3]
    assert (late.response, late.rt_seconds, late.order) == ("", None, 4)
