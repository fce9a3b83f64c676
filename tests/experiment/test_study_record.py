"""Files of participants are read, and what is wrong with them is told at once."""

import pytest

from morphkit.errors import InputError
from morphkit.experiment.study_record import ParticipantRow, read_participants

TOML = """\
recruitment = "posters in two maternity wards."
display = "a 24-inch monitor of 1920 × 1080 pixels"
viewing_distance_cm = 57

[participants.P01]
age = 31
sex = "female"

[participants.P02]
age = 28.5
"""


def write(path, text):
    path.write_text(text, "utf-8")
    return path


def test_a_toml_file_says_everything(tmp_path):
    record = read_participants(write(tmp_path / "people.toml", TOML))
    assert record.recruitment == "posters in two maternity wards"
    assert record.display == "a 24-inch monitor of 1920 × 1080 pixels"
    assert record.viewing_distance_cm == 57.0
    assert record.people == {
        "P01": ParticipantRow(31.0, "female"),
        "P02": ParticipantRow(28.5, ""),
    }


@pytest.mark.parametrize(
    "text",
    [
        "participant,age,sex\nP01,31,female\nP02,,male\n",
        "sex;age;participant\nfemale;31;P01\nmale;;P02\n",
    ],
)
def test_a_table_alone_or_beside_says_who(tmp_path, text):
    table = write(tmp_path / "people.csv", text)
    people = {
        "P01": ParticipantRow(31.0, "female"),
        "P02": ParticipantRow(None, "male"),
    }
    assert read_participants(table).people == people
    named = write(tmp_path / "study.toml", 'participants = "people.csv"\n')
    assert read_participants(named).people == people


def test_codes_are_those_of_answers_in_either_unicode_form(tmp_path):
    table = write(tmp_path / "people.csv", "participant,age\nJo\u0308rg,31\n")
    assert [*read_participants(table).people] == ["J\u00f6rg"]


def test_everything_that_is_wrong_is_told_together(tmp_path):
    path = write(tmp_path / "a.csv", "participant,age\nP1,old\nP2,130\nP1,\n,3\n")
    with pytest.raises(InputError, match='participant "P1": age "old"') as raised:
        read_participants(path)
    text = str(raised.value)
    assert 'participant "P2": age "130"; age in years, 0 to 120' in text
    assert 'participant "" has no code' in text
    path = write(tmp_path / "b.csv", "participant,gender\nP1,female\n")
    with pytest.raises(InputError, match="age, sex, each once; the first is needed"):
        read_participants(path)
    path = write(tmp_path / "c.csv", "participant,age\nP1,30\nP1,31\n")
    with pytest.raises(InputError, match='participant "P1" comes twice'):
        read_participants(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("distance = 3\n", 'no key "distance"; recruitment, display'),
        ("viewing_distance_cm = 0\n", "viewing_distance_cm is 0; above 0, to 100,000"),
        ("display = 3\n", "display is 3; a text"),
        ("participants = 3\n", "neither a table nor a file"),
        ("[participants.P1]\nheight = 3\n", "height; age in years"),
        ("display = ", "not valid TOML"),
    ],
)
def test_keys_and_values_are_checked(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        read_participants(write(tmp_path / "people.toml", text))
