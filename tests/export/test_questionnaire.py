"""The file of a questionnaire."""

import pytest
from export_study import export, write_small_pack

from morphkit.errors import InputError
from morphkit.experiment.designs import DESIGNS
from morphkit.export.participation import read_participation
from morphkit.export.questionnaire import read_questionnaire
from morphkit.pack import read_pack

ITEM = '[[items]]\nname = "a"\nkind = "text"\ntext = "A?"\n'


def read(folder, text):
    file = folder / "mood.toml"
    file.write_text(text, "utf-8")
    return read_questionnaire(file)


def test_a_text_has_the_language_of_the_study(tmp_path):
    text = ITEM.replace('"A?"', '{en = "A?", da = "Å?"}')
    found = read(tmp_path, text)
    assert found.name == "mood"
    assert found.page("da")["items"][0]["text"] == "Å?"
    assert found.page("en-GB")["items"][0]["text"] == "A?"
    with pytest.raises(InputError, match='"A\\?" has no text in the language "de"'):
        found.page("de")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "x"', "there are no items"),
        ("items = 3", "there are no items"),
        ("items = [3]", "items 1: 3 is no table"),
        (ITEM + 'titel = "x"', 'no key "titel"'),
        ('titel = "x"\n' + ITEM, 'no key "titel".*title'),
        (ITEM + ITEM, 'two items are called "a"'),
        (ITEM.replace('"a"', '"A b"'), "'A b' is no name"),
        (ITEM.replace('"text"', '"scale"'), "'scale' is no kind of item.*likert"),
        (ITEM.replace('"A?"', "3"), "3 is no text"),
        (ITEM.replace('"A?"', "{}"), "is no text"),
        (ITEM + "required = 1", "required: 1; true"),
        (ITEM.replace('"text"\n', '"choice"\n', 1), "too few answers"),
        (ITEM.replace('"text"\n', '"number"\n', 1) + "least = 9\nmost = 2", "9 to 2"),
        (
            ITEM.replace('"text"\n', '"choice"\n', 1)
            + 'answers = [{value = "x", text = "1"}, {value = "x", text = "2"}]',
            "a value comes twice",
        ),
        (
            ITEM.replace('"text"\n', '"likert"\n', 1)
            + 'answers = ["1", "2"]\nrows = [{name = "x"}]',
            "rows 1: None is no text",
        ),
        ("x =", "not valid TOML"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("phones = 1", "phones: 1"),
        ("attention = [0]", "attention: .0. are no places"),
        ('before = "mood.toml"', "are no files"),
        ('before = ["other.toml"]', "other.toml"),
        ('before = ["mood.toml"]\nafter = ["mood.toml"]', "one name"),
    ],
)
def test_a_study_that_cannot_be_right_is_refused(tmp_path, text, said):
    (tmp_path / "mood.toml").write_text(ITEM, "utf-8")
    (tmp_path / "study.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read_participation(tmp_path / "study.toml")


@pytest.mark.parametrize(
    ("kind", "place", "said"),
    [("categorisation", 900, "no trial 900"), ("rating", 1, "no answers to choose")],
)
def test_a_check_where_there_is_no_trial_is_refused(tmp_path, kind, place, said):
    write_small_pack(tmp_path / "pack")
    (tmp_path / "study.toml").write_text(f"attention = [{place}]", "utf-8")
    given = read_participation(tmp_path / "study.toml")
    design = DESIGNS[kind].make(read_pack(tmp_path / "pack").stimuli, seed=1)
    with pytest.raises(InputError, match=said):
        export(
            tmp_path / "pack",
            "jspsych",
            tmp_path / "out",
            design,
            participation=given,
        )


@pytest.mark.parametrize("place", ['"A?"', '"Mood"', '"often"', '"v"'])
def test_what_cannot_be_seen_is_refused_in_every_text(tmp_path, place):
    write_small_pack(tmp_path / "pack", n_steps=3)
    text = 'title = "Mood"\n' + ITEM.replace('"text"\n', '"choice"\n', 1)
    text += 'answers = ["never", {value = "v", text = "often"}]\n'
    (tmp_path / "mood.toml").write_text(
        text.replace(place, place[:-1] + '\\u0007"'), "utf-8"
    )
    (tmp_path / "study.toml").write_text('before = ["mood.toml"]', "utf-8")
    given = read_participation(tmp_path / "study.toml")
    design = DESIGNS["categorisation"].make(
        read_pack(tmp_path / "pack").stimuli, seed=1
    )
    options = {"participation": given}
    with pytest.raises(InputError, match=r"mood\.toml: .*has the character U\+0007"):
        export(tmp_path / "pack", "jspsych", tmp_path / "out", design, **options)


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    (tmp_path / "study.toml").write_text(f'before = ["{"a" * 5000}"]', "utf-8")
    with pytest.raises(InputError, match="is not a path inside"):
        read_participation(tmp_path / "study.toml")
    digits = "1" + "0" * 400
    (tmp_path / "study.toml").write_text(f"[screen]\ndistance = {digits}", "utf-8")
    with pytest.raises(InputError, match="from 20 to 150"):
        read_participation(tmp_path / "study.toml")
