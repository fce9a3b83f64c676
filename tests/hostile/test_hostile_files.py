"""Files beside packs that strangers may send: refused by one error, or harmless.

Recruitments, questionnaires, records of participants, keys of allocations, balance
points, courses, detectors, and what ``morphkit serve`` reads. Each is a name of a file
and what reads it.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import hostile
import pytest

from morphkit._core.reading import own_bytes, own_json
from morphkit.errors import InputError
from morphkit.experiment.allocation import read_allocation
from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.balance_points import read_balance_points
from morphkit.experiment.course import first_design
from morphkit.experiment.designs.training import drawn_arms
from morphkit.experiment.study_record import read_participants
from morphkit.export.markers import read_markers
from morphkit.export.participation import read_participation
from morphkit.faces.detectors.trained.detector import read_detector
from morphkit.serving.study import read_served_study

Read = Callable[[Path], object]
#: File in a folder -> what reads it, given the folder.
FILES: dict[str, Read] = {
    "study.toml": lambda folder: read_participation(folder / "study.toml"),
    "mood.toml": lambda folder: read_participation(folder / "study.toml"),
    "record.toml": lambda folder: read_participants(folder / "record.toml"),
    "people.csv": lambda folder: read_participants(folder / "people.csv"),
    "key.csv": lambda folder: read_allocation(folder / "key.csv"),
    "points.csv": lambda folder: read_balance_points(folder / "points.csv"),
    "course.json": first_design,
    "own.npz": lambda folder: read_detector(folder / "own.npz"),
    "morphkit_export.json": read_served_study,
    "answers.jsonl": lambda folder: read_answers(folder / "answers.jsonl", "serve"),
}
COURSE = {"schema": "morphkit-course/1"}
KEY = "stratum,place,code,block,list_number,arm,arm_name\n"
POINTS = "participant,continuum,balance_point,source,rule\n"
DIGITS = "9" * 5000
#: What is no file, or has no end, in the place of each of them.
BOMBS: dict[str, hostile.Change] = {
    "nothing": lambda path: path.write_bytes(b""),
    "a folder": lambda path: path.mkdir(),
    "zeros without end": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "lists in lists": lambda path: path.write_text("a = " + "[" * 5000 + "]" * 5000),
    "objects in objects": lambda path: path.write_text('{"a":' * 5000 + "\n"),
    "digits": lambda path: path.write_text(f"a = {DIGITS}\n"),
    "bytes": lambda path: path.write_bytes(b"\xff\xfe\x00\xd8\n" * 9),
}


def course(*visits: object) -> str:
    return json.dumps(COURSE | {"visits": [{"visit": name} for name in visits]})


#: Name -> file, its text, what is said.
CASES: dict[str, tuple[str, str, str]] = {
    "consent above": ("study.toml", 'consent = "../secret.txt"', "not a path inside"),
    "consent by its root": ("study.toml", 'consent = "/secret.txt"', "not a path in"),
    "consent by a link": ("study.toml", 'consent = "link.txt"', "leads out of"),
    "questionnaire above": ("study.toml", 'before = ["../x.toml"]', "not a path in"),
    "questionnaire by a link": ("study.toml", 'before = ["link.txt"]', "leads out"),
    "people above": ("record.toml", 'participants = "../x.csv"', "not a path inside"),
    "endless distance": ("record.toml", f"viewing_distance_cm = 1{'0' * 400}", "above"),
    "infinite distance": ("record.toml", "viewing_distance_cm = inf", "above 0"),
    "sex an object": ("record.toml", "[participants.P1]\nsex = {a = 1}", "and sex"),
    "a column twice": ("people.csv", "participant,age,age\nP1,3,4\n", "each once"),
    "other digits": ("people.csv", "participant,age\nP1,1_0\n", 'age "1_0"'),
    "a place of digits": ("key.csv", f"{KEY}a,{DIGITS},10001,1,1,A,x\n", "place is"),
    "a code of digits": ("key.csv", f"{KEY}a,1,{DIGITS},1,1,A,x\n", "code is"),
    "a code of others": ("key.csv", f"{KEY}a,1,١٠٠٠١,1,1,A,x\n", "code is"),
    "a continuum of code": (
        "points.csv",
        f"{POINTS}P1,\"a\n'+__import__('os')+'\",2.5,visit-1,count\n",
        "name of a continuum",
    ),
    "a continuum that ends a script": (
        "points.csv",
        f"{POINTS}P1,</script>,2.5,visit-1,count\n",
        "name of a continuum",
    ),
    "no visit": ("course.json", course(), "not a course"),
    "visits of numbers": ("course.json", course(3, "a"), "not a course"),
    "a visit above": ("course.json", course("../../etc"), "not a path inside"),
    "a visit by its root": ("course.json", course("/etc"), "not a path inside"),
    "a visit of nothing": ("course.json", course("a\0b"), "not a path inside"),
}


def prepared(folder: Path) -> Path:
    """Return a folder with what the files of the cases name."""
    (folder / "secret.txt").write_text("of somebody else", "utf-8")
    (theirs := folder / "theirs").mkdir()
    (theirs / "link.txt").symlink_to(folder / "secret.txt")
    (theirs / "study.toml").write_text('before = ["mood.toml"]', "utf-8")
    return theirs


@pytest.mark.parametrize("file", FILES)
def test_what_is_no_file_or_has_no_end_is_refused(tmp_path, file):
    folder = prepared(tmp_path)
    for name, make in BOMBS.items():
        if name == "a pipe" and not hasattr(os, "mkfifo"):
            continue
        path = folder / file
        path.unlink(missing_ok=True)
        make(path)
        with hostile.at_most(), pytest.raises(InputError) as told:
            FILES[file](folder)
        assert "secret" not in str(told.value)
        if path.is_dir() and not path.is_symlink():
            path.rmdir()


@pytest.mark.parametrize("case", CASES)
def test_what_a_stranger_may_write_is_refused(tmp_path, case):
    folder = prepared(tmp_path)
    file, text, said = CASES[case]
    (folder / file).write_text(text, "utf-8")
    with hostile.at_most(), pytest.raises(InputError, match=said) as told:
        FILES[file](folder)
    assert "somebody else" not in str(told.value)


def test_more_arms_than_letters_are_refused():
    asked = [f"arm{k}=0" for k in range(27)]
    with pytest.raises(InputError, match="27 arms; 26 at most"):
        drawn_arms(asked, seed=1, lists=1)


@pytest.mark.parametrize("port", ["serial:COM1:٣٤٥٦", "parallel:/dev/parport٣"])
def test_ports_have_digits_of_programs(port):
    with pytest.raises(InputError, match="no place for markers"):
        read_markers(port)


def test_what_morphkit_keeps_for_itself_is_not_trusted(tmp_path):
    for name, make in BOMBS.items():
        make(path := tmp_path / name)
        with hostile.at_most():
            assert own_json(own_bytes(path)) is None
