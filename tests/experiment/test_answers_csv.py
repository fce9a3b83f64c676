import pytest
from simulated_answers import category_answers, triad_answers
from small_pack import make_pack

import morphkit as mk
from morphkit._core.tables import read_table
from morphkit.errors import InputError
from morphkit.experiment.analysis.documents import to_csv
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers import READERS
from morphkit.experiment.readers.plain_csv import (
    format_answers,
    read,
    read_rows,
    stimulus_name,
)

HEAD = "participant,stimulus,response"
ROWS = ["p1,ada_s01,happy", "p1,ada_s02,sad"]


def write(folder, text, name="answers.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def table(folder, head=HEAD, rows=ROWS):
    return write(folder, "\n".join([head, *rows]) + "\n")


def test_what_is_written_is_read_back(tmp_path):
    pack = make_pack(tmp_path, n_steps=15, size=(8, 8))
    rating = Answer("p", 3, ("ada_s01",), "4.5", "rating", "main", "valence", 1.25)
    given = [*category_answers(pack), *triad_answers(pack), rating]
    path = write(tmp_path, format_answers(given))
    assert list(read(path)) == given
    assert list(READERS["csv"].read(path)) == given


def test_codes_that_a_spreadsheet_would_run_are_kept_and_not_run(tmp_path):
    """A participant can be anything; tables are opened in spreadsheets."""
    codes = ("=1+1", "=cmd|' /C calc'!A0", "@x", "-3", "'=1", "+45 12", "P-1")
    given = [Answer(code, 1, ("ada_s01",), "happy") for code in codes]
    text = format_answers(given)
    fits = to_csv([{"participant": code, "pse": -0.25} for code in codes])
    for each in (text, fits):
        assert not any(line[:1] in "=+@" for line in each.splitlines()), each
    assert list(read(write(tmp_path, text))) == given
    lines = read_table(fits)[1:]
    assert [line.cells for line in lines] == [(code, "-0.25") for code in codes]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separators_and_encodings_are_recognised(tmp_path, separator, encoding):
    lines = ["Subject;Image;Answer;RT_s", "Zoë;stim/ada_s01.png;happy;0,5"]
    text = "\r\n".join(lines).replace(";", separator)
    if separator == ",":
        text = text.replace("0,5", '"0,5"')
    path = write(tmp_path, text, encoding=encoding)
    if encoding == "cp1252":
        with pytest.warns(UserWarning, match=":2: is not UTF-8 text, so it is"):
            (one,) = read(path)
    else:
        (one,) = read(path)
    assert one == Answer("Zoë", 1, ("ada_s01",), "happy", rt_seconds=0.5)


def test_columns_can_be_named_and_responses_translated(tmp_path):
    path = table(tmp_path, "Proband,Bild,Taste", ["7,C:\\x\\ada_s01.JPG,1", "7,b,2"])
    columns = {"participant": "Proband", "stimulus_1": "bild", "response": "Taste"}
    found = read(path, columns=columns, recode={"1": "happy", "2": "sad"})
    assert [a.response for a in found] == ["happy", "sad"]
    assert [a.design for a in found] == ["categorisation", "categorisation"]
    assert [a.stimuli[0] for a in found] == ["ada_s01", "b"]
    assert [a.order for a in found] == [1, 2]
    # Untranslated numbers are ratings, which a fit of categories then refuses.
    assert read(path, columns=columns)[0].design == "rating"


def test_the_number_of_stimuli_tells_the_design(tmp_path):
    head = "participant,stimulus_1,stimulus_2,stimulus_3,stimulus_4,response"
    rows = ["p,a,b,c,,pair_1", "p,a,b,c,d,pair_2", "p,a,b,,,same"]
    found = read(table(tmp_path, head, rows))
    assert [len(a.stimuli) for a in found] == [3, 4, 2]
    assert [a.design for a in found] == ["mlds", "mlds", "same_different"]


def test_orders_count_within_a_participant(tmp_path):
    found = read(table(tmp_path, HEAD, [*ROWS, "p2,ada_s01,happy", "p1,x,sad", ""]))
    assert [(a.participant, a.order) for a in found] == [
        ("p1", 1),
        ("p1", 2),
        ("p2", 1),
        ("p1", 3),
    ]


# --- reaction times


@pytest.mark.parametrize(
    ("column", "cells", "seconds"),
    [
        ("rt_seconds", ["0.5", "1.5"], [0.5, 1.5]),
        ("rt_ms", ["500", "1500"], [0.5, 1.5]),
        ("rt", ["500", "1500"], [0.5, 1.5]),
        ("rt", ["0.5", "1.5"], [0.5, 1.5]),
        ("rt", ["0.5", ""], [0.5, None]),
        ("rt", ["NA", "nan"], [None, None]),
    ],
)
def test_reaction_times_are_seconds(tmp_path, column, cells, seconds):
    rows = [f"{row},{cell}" for row, cell in zip(ROWS, cells, strict=True)]
    path = table(tmp_path, f"{HEAD},{column}", rows)
    assert [a.rt_seconds for a in read(path)] == seconds
    assert read_rows(path).unit_is_stated == (column != "rt")


def test_mixed_units_of_reaction_times_are_refused(tmp_path):
    rows = ["p1,a,happy,600", "p1,b,sad,800", "p2,a,happy,0.6", "p2,b,sad,0.7"]
    path = table(tmp_path, f"{HEAD},rt", rows)
    with pytest.raises(InputError, match=r"others like milliseconds .*0\.65 to 700"):
        read(path)
    with pytest.raises(InputError, match="rt_seconds or rt_ms"):
        read(table(tmp_path, f"{HEAD},rt", ["p1,a,happy,30"]))


# --- what cannot be


@pytest.mark.parametrize(
    ("head", "rows", "said"),
    [
        ("participant,response", ["p,happy"], "has no column stimulus_1"),
        ("a,b,c", ["1,2,3"], "has no column participant, stimulus_1, response"),
        ("subject,id,stimulus,response", ["1,2,3,4"], "could all be the column partic"),
        (f"{HEAD},Response", ["1,2,3,4"], "two columns are called response"),
        (HEAD, ["p1,ada_s01"], ":2: 2 cells; 3 as in the header"),
        (HEAD, ["p1,a,happy,extra"], ":2: 4 cells"),
        (HEAD, [",ada_s01,happy"], ":2: an answer without a participant"),
        (HEAD, ["p1,,happy"], ":2: an answer to 0 stimuli"),
        (f"{HEAD},order", ["p1,a,happy,one"], 'order is "one"'),
        (f"{HEAD},order", ["p1,a,happy,1.5"], 'order is "1.5"'),
        (f"{HEAD},order", ["p1,a,happy,-1"], 'order is "-1"'),
        (f"{HEAD},rt_ms", ["p1,a,happy,fast"], 'rt_ms is "fast"'),
        (f"{HEAD},rt_ms", ["p1,a,happy,-5"], "a reaction time of -0.005 s"),
        (HEAD, [], "contains no answer"),
    ],
)
def test_bad_tables_are_refused_with_their_place(tmp_path, head, rows, said):
    with pytest.raises(InputError, match=r"answers\.csv") as caught:
        read(table(tmp_path, head, rows))
    assert said in str(caught.value)


@pytest.mark.parametrize("word", ["NA", "none", "null", "nan"])
def test_words_for_nothing_are_codes_of_people_and_texts_they_typed(tmp_path, word):
    """Initials may be "NA", and "none" may answer a question of illnesses."""
    rows = [f"{word},a,happy,{word},", f"{word},b,{word},,{word}", "p2,a,sad,fine,"]
    path = table(tmp_path, f"{HEAD},item_illness,param_group", rows)
    found = mk.read_answers(path)
    assert [one.participant for one in found] == [word, word, "p2"]
    assert [one.details for one in found] == [
        {"item_illness": word},
        {"param_group": word},
        {"item_illness": "fine"},
    ]
    assert [one.response for one in found if one.participant == word] == ["happy", ""]
    assert "participant-like-nothing" in {one.code for one in found.findings}
    again = read(write(tmp_path, format_answers(found), name="again.csv"))
    assert [(a.participant, a.details) for a in again] == [
        (a.participant, a.details) for a in found
    ]


def test_all_bad_rows_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read(table(tmp_path, HEAD, ["p1", "p1,a,happy", "p1,,sad"]))
    assert ":2: 1 cells" in str(caught.value)
    assert ":4: an answer to 0" in str(caught.value)


def test_files_that_are_no_tables_are_refused(tmp_path):
    for data, said in (
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\x00\x01\x00\x02", "not a text file"),
        (b"\xff\xfea", "damaged UTF-16"),
        (b"\n\n", "the table is empty"),
    ):
        path = tmp_path / "x.csv"
        path.write_bytes(data)
        with pytest.raises(InputError, match=said):
            read(path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.csv")


def test_names_of_columns_that_are_wrong_are_refused(tmp_path):
    path = table(tmp_path)
    with pytest.raises(InputError, match='mean "participant"'):
        read(path, columns={"particpant": "x"})
    with pytest.raises(InputError, match=r'has no column "Key".*participant, stimulus'):
        read(path, columns={"response": "Key"})


def test_stimuli_are_named_by_their_files():
    assert stimulus_name("ada_s01") == "ada_s01"
    assert stimulus_name("a/b\\ada_s01.Png") == "ada_s01"
    assert stimulus_name("ada.v2") == "ada.v2"


REDCAP = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance"


def redcap(path, *more, head=""):
    rows = [
        f"{REDCAP},stimulus,response,rt_ms{head}",
        f"1,baseline_arm_1,,,,,{more[0] if more else ''}",
        *(
            f"1,{event}_arm_1,trial,{k},ada_s0{k},happy,{500 + k}{one}"
            for event in ("baseline", "followup")
            for k, one in enumerate(more or ("", ""), 1)
        ),
    ]
    path.write_text("\n".join([*rows, ""]), "utf-8")
    return path


def test_an_export_of_redcap_is_read_as_it_is(tmp_path):
    answers = mk.read_answers(redcap(tmp_path / "study.csv"))
    assert [(a.participant, a.visit, a.order, a.stimuli[0]) for a in answers] == [
        ("1", f"{event}_arm_1", k, f"ada_s0{k}")
        for event in ("baseline", "followup")
        for k in (1, 2)
    ]
    assert [a.rt_seconds for a in answers] == [0.501, 0.502] * 2
    assert answers.account.excluded == {"no-trial": 1}


def test_columns_of_the_study_come_before_those_of_redcap(tmp_path):
    path = redcap(tmp_path / "study.csv", ",12", ",11", head=",trial")
    assert [a.order for a in read(path)] == [12, 11] * 2


def test_a_folder_with_a_workbook_alone_says_what_to_do(tmp_path):
    (tmp_path / "study.xlsx").write_bytes(b"PK\3\4")
    with pytest.raises(InputError, match=r"save study\.xlsx as “CSV UTF-8"):
        mk.read_answers(tmp_path)
