"""Readers of programs that cannot be run here: what was pressed comes back."""

import csv
import io
import re

import pytest
import vendor_data
from export_study import export, write_small_pack
from lab_exports import DESIGNS, category

import morphkit as mk
from morphkit.errors import InputError
from morphkit.experiment.readers import READERS
from morphkit.export import FRONT_ENDS

#: Front end -> how the file of a participant is made from its export.
WRITTEN = {
    "gorilla": vendor_data.gorilla,
    "qualtrics": vendor_data.qualtrics,
    "eprime": vendor_data.eprime,
    "inquisit": vendor_data.inquisit,
    "psytoolkit": vendor_data.psytoolkit,
}
PERSON = {
    "gorilla": "4711",
    "qualtrics": "R_2abcDEF",
    "eprime": "7",
    "inquisit": "12",
    "psytoolkit": "s.0f3a",
}
#: Another form in which a program writes the same.
FORMS = [
    *((name, {}) for name in WRITTEN),
    ("gorilla", {"second": False}),
    ("qualtrics", {"as_text": True}),
    ("inquisit", {"prefix": False}),
]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.fixture(scope="module")
def exports(pack, tmp_path_factory):
    """Return the exports of every design that a front end shows."""
    place = tmp_path_factory.mktemp("exports")
    return {
        (name, kind): export(pack, name, place / f"{name}_{kind}", design())
        for name in WRITTEN
        for kind, design in DESIGNS.items()
        if not FRONT_ENDS[name].lacks(design())
    }


def folder_of(exports, name, kind="categorisation"):
    return exports[name, kind].folder


def pressed_in(trials):
    """Return presses: right, none, left, …; ratings 40, 41, …"""
    if not trials[0].choices:
        return [40 + k for k in range(len(trials))]
    # The last trial has an answer, as in a survey that was ended.
    return ([2, None, 1] * len(trials))[-len(trials) :]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind", [k for k in DESIGNS if k != "training"])
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_every_trial_comes_back(exports, tmp_path, name, form, kind, number):
    design = DESIGNS[kind]()
    if (name, kind) not in exports or number > len(design.lists):
        return  # the front end refuses the design, or there is one list
    trials = design.lists[number - 1]
    pressed = pressed_in(trials)
    folder = folder_of(exports, name, kind)
    path = WRITTEN[name](folder, tmp_path, pressed, number=number, **form)
    answers = mk.read_answers(path, name)
    expected = [
        (
            PERSON[name],
            order,
            trial.stimuli,
            ""
            if one is None
            else trial.shown_choices[one - 1]
            if trial.choices
            else str(one),
            kind,
            trial.phase,
            trial.question,
        )
        for order, (trial, one) in enumerate(zip(trials, pressed, strict=True), 1)
    ]
    found = [
        (a.participant, a.order, a.stimuli, a.response, a.design, a.phase, a.question)
        for a in answers
    ]
    assert found == expected
    times = [
        None
        if one is None or name == "qualtrics"
        else round(vendor_data.milliseconds(order) / 1000, 6)
        for order, one in enumerate(pressed, 1)
    ]
    assert [a.rt_seconds for a in answers] == times
    digests = {bool(a.image_digests) for a in answers}
    assert digests == {name != "psytoolkit"}
    if name != "psytoolkit":
        told = {(a.details["list"], a.details["n_trials"]) for a in answers}
        assert told == {(str(number), str(len(trials)))}
        assert {a.session[:10] for a in answers} == {
            "2026-11-30" if name == "gorilla" else "2026-11-29"
        }


@pytest.mark.parametrize("name", WRITTEN)
def test_answers_are_held_against_the_pack(exports, pack, tmp_path, name):
    path = WRITTEN[name](folder_of(exports, name), tmp_path, [1, 2, 1])
    # The whole folder, with what lies beside the data.
    joined = mk.join_answers(mk.read_answers(path.parent, name), pack)
    assert [a.order for a in joined] == [1, 2, 3]


def changed(path, old, new):
    data = path.read_bytes()
    coding = "utf-16" if data[:2] == b"\xff\xfe" else "utf-8"
    text = data.decode(coding)
    assert old in text
    path.write_bytes(text.replace(old, new).encode(coding))


FAULTS = [
    ("gorilla", "END OF FILE", "", "does not end with the row"),
    ("gorilla", "Participant Private ID", "ID", "has no column Participant Private"),
    ("gorilla", "Spreadsheet: TrialOrder", "Order", "has no column TrialOrder"),
    ("gorilla", ",700.5,happy,", ",700.5,glad,", 'the response is "glad"'),
    ("qualtrics", "l01_", "Q_", "has no column of a trial"),
    (
        "qualtrics",
        "R_2abcDEF,anonymous,,1,2,1",
        "R_2abcDEF,anonymous,,1,2,3",
        'l01_t003 is "3"',
    ),
    ("qualtrics", "R_2abcDEF,anonymous,,1,2,1", "R_2abcDEF,anonymous,,1,2", "9 cells"),
    ("eprime", "\t\tFace.RESP: j\r\n\t\t*** LogFrame End ***\r\n", "", "is cut off"),
    ("eprime", "LogFrame", "Frame", "it has no LogFrame"),
    ("eprime", "Subject: 7", "Subject:", "its header names no Subject"),
    ("eprime", "Face.RESP: j", "Face.RESP: x", 'the key is "x"'),
    ("eprime", "Face.RESP", "Face.ACC", "no object of the trial recorded"),
    ("inquisit", "values.trial_order", "trial", "has no column trial_order"),
    ("inquisit", "\thappy\t700.5", "\tcheerful\t700.5", 'the answer "cheerful"'),
    ("psytoolkit", " 700.5 2 1 0", " 700.5", "6 cells"),
    ("psytoolkit", " 700.5 2 1 0", " 700.5 2 0 0", "key is 0, status 2"),
]


@pytest.mark.parametrize(("name", "old", "new", "told"), FAULTS)
def test_files_that_cannot_be_right_are_told_with_a_remedy(
    exports, tmp_path, name, old, new, told
):
    path = WRITTEN[name](folder_of(exports, name), tmp_path, [1, 2, 1])
    changed(path, old, new)
    with pytest.raises(InputError, match=re.escape(told)) as error:
        READERS[name].read(path)
    assert str(path) in str(error.value)
    told_each = getattr(error.value, "errors", (error.value,))
    assert all(one.remedy or one.allowed for one in told_each)


@pytest.mark.parametrize("name", WRITTEN)
def test_files_of_other_programs_are_refused(exports, tmp_path, name):
    path = WRITTEN[name](folder_of(exports, name), tmp_path, [1, 2, 1])
    path.write_text("participant,response\nP1,happy\n", "utf-8")
    with pytest.raises(InputError) as error:
        READERS[name].read(path)
    assert len(str(error.value).splitlines()) == 1


def test_a_survey_without_its_key_says_where_it_is(exports, tmp_path):
    path = WRITTEN["qualtrics"](folder_of(exports, "qualtrics"), tmp_path, [1, 2, 1])
    (tmp_path / "qualtrics_key.csv").unlink()
    with pytest.raises(InputError, match=r"copy qualtrics_key\.csv from the folder"):
        READERS["qualtrics"].read(path)


def test_a_session_of_eprime_that_was_broken_off_is_read_as_its_message_says(
    exports, tmp_path
):
    path = WRITTEN["eprime"](folder_of(exports, "eprime"), tmp_path, [1, 2, 1])
    lines = path.read_text("utf-16").splitlines()
    broken = lines[: len(lines) - 12]
    path.write_text("\n".join(broken), "utf-16")
    with pytest.raises(InputError, match="is cut off") as error:
        READERS["eprime"].read(path)
    line = int(str(error.value).partition(".txt:")[2].partition(":")[0])
    path.write_text("\n".join(broken[: line - 1]), "utf-16")
    assert [a.order for a in READERS["eprime"].read(path)] == [1, 2]


def test_previews_and_trials_that_were_not_reached_are_no_answers(exports, tmp_path):
    path = WRITTEN["qualtrics"](folder_of(exports, "qualtrics"), tmp_path, [1, 2, 1])
    *head, row = path.read_text("utf-8-sig").splitlines()
    broken = row.replace("R_2abcDEF,anonymous,,1,2,1", "R_3,anonymous,,,2,")
    preview = row.replace("10:00:00,0,", "10:00:00,1,").replace("R_2", "R_4")
    other = row.replace("R_2", "R_5").replace("anonymous", "preview")
    path.write_text("\n".join([*head, row, broken, preview, other, ""]), "utf-8")
    answers = READERS["qualtrics"].read(path)
    assert [(a.participant, a.order, bool(a.response)) for a in answers] == [
        *(("R_2abcDEF", k, True) for k in (1, 2, 3)),
        *(("R_3", 1, False), ("R_3", 2, True)),
    ]
    assert answers.account.excluded == {"no-trial": 2}


def test_a_file_alone_names_its_participant(exports, tmp_path):
    path = WRITTEN["psytoolkit"](folder_of(exports, "psytoolkit"), tmp_path, [1, 2, 1])
    (tmp_path / "data.csv").unlink()
    assert {a.participant for a in READERS["psytoolkit"].read(path)} == {path.stem}


def test_both_keys_are_told_as_labels_in_both_lists(exports, tmp_path):
    lists = category().lists
    for number, trials in enumerate(lists, 1):
        for name, write in WRITTEN.items():
            place = tmp_path / f"{name}_{number}"
            place.mkdir()
            path = write(folder_of(exports, name), place, [1, 1, 2], number=number)
            told = [trials[k].shown_choices[side] for k, side in enumerate((0, 0, 1))]
            assert [a.response for a in READERS[name].read(path)] == told


ODD = ("", "x", "-1", "1e999", "9" * 21, "\u00b3", "=1", "a|b", "nan")


def spoilt_tables(text, delimiter):
    """Give tables without a column or a row, or with an odd cell in all rows or one."""
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))

    def written(changed):
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows(changed)
        return out.getvalue()

    for k in range(len(rows[0])):
        yield written([row[:k] + row[k + 1 :] for row in rows])
        for odd in ODD:
            below = [[*row[:k], odd, *row[k + 1 :]] for row in rows[1:]]
            yield written([rows[0], *below])
            yield written([*rows[:-1], below[-1]])
    for k in range(len(rows)):
        yield written(rows[:k] + rows[k + 1 :])
        yield written(rows[: k + 1] + rows[k:])


def spoilt_lines(text):
    """Give texts without a line, with one twice, or with an odd value or word."""
    lines = text.split("\n")
    for k, line in enumerate(lines):
        yield "\n".join(lines[:k] + lines[k + 1 :])
        yield "\n".join(lines[: k + 1] + lines[k:])
        for odd in ODD[:4]:
            for other in (
                f"{line.partition(':')[0]}: {odd}",
                " ".join([*line.split(" ")[:-1], odd]),
            ):
                yield "\n".join([*lines[:k], other, *lines[k + 1 :]])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["categorisation", "rating"])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_spoilt_file_is_read_or_refused(exports, tmp_path, name, kind):
    if (name, kind) not in exports:
        return  # the front end refuses the design
    pressed = pressed_in(DESIGNS[kind]().lists[0])
    path = WRITTEN[name](folder_of(exports, name, kind), tmp_path, pressed)
    key, n_refused = path.with_name("qualtrics_key.csv"), 0
    for file in [path, key] if key.exists() else [path]:
        whole = file.read_bytes()
        encoding = "utf-16" if name == "eprime" else "utf-8-sig"
        text = whole.decode(encoding)
        if file.suffix == ".txt":
            spoilt = spoilt_lines(text)
        else:
            spoilt = spoilt_tables(text, "\t" if file.suffix == ".iqdat" else ",")
        for changed in spoilt:
            file.write_bytes(changed.encode(encoding))
            try:
                mk.read_answers(path, name)
            except InputError:
                n_refused += 1
        file.write_bytes(whole)
    assert n_refused
    assert mk.read_answers(path, name)
