"""The texts of every language are whole, and a user's file is checked."""

import itertools

import pytest
from small_rows import rows_for, stimuli_rows

from morphkit.errors import InputError
from morphkit.experiment.design import Trial
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.rating import SCALES
from morphkit.experiment.texts import (
    anchors,
    answer_texts,
    instructions,
    languages,
    question,
    read_wording,
    wording_text,
)

ROWS = stimuli_rows()


def test_the_languages():
    assert languages() == {
        "da": "Dansk",
        "de": "Deutsch",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "nb": "Norsk bokmål",
        "nl": "Nederlands",
        "pt": "Português",
        "sv": "Svenska",
    }


@pytest.mark.parametrize("language", languages())
def test_a_language_is_whole(language):
    english, texts = read_wording("en"), read_wording(language)
    assert list(texts) == list(english)
    assert texts["language"] == language
    same = {key for key in texts if key != "language" and texts[key] == english[key]}
    if language != "en":
        assert same <= {"start_button", "label_neutral"}
    for scale in SCALES:
        assert texts[f"scale_{scale}_low"] != texts[f"scale_{scale}_high"]
    for one, other in itertools.combinations(
        [key for key in texts if key.startswith("label_")], 2
    ):
        assert texts[one] != texts[other]  # no two answers look alike


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", DESIGNS)
def test_every_trial_has_its_texts(language, kind):
    wording = read_wording(language, ["happy", "distressed", "neutral"])
    design = DESIGNS[kind].make(rows_for(kind), seed=1, lists=2)
    text = instructions(design, wording)
    assert text
    assert "{" not in text
    for trial in itertools.chain(*design.lists):
        assert question(design, trial, wording)
        assert len(answer_texts(trial, wording)) == len(trial.choices)
        if trial.question:
            assert all(anchors(trial, wording))
        assert wording[f"phase_{trial.phase}"]


def test_answers_stand_as_they_are_on_the_screen():
    wording = read_wording("en", ["happy", "distressed"])
    trial = Trial("main", 1, ("a",), ("happy", "distressed"), flipped=True)
    assert answer_texts(trial, wording) == ("distressed", "happy")
    # The pictures turn, the words for left and right do not.
    pairs = Trial("main", 1, ("a", "b", "c"), ("pair_1", "pair_2"), flipped=True)
    assert answer_texts(pairs, wording) == ("left pair", "right pair")


@pytest.mark.parametrize(
    ("language", "silent", "told"),
    [
        ("en", "no right or wrong answer", "whether it was right"),
        ("da", "ingen rigtige eller forkerte", "om det var rigtigt"),
        ("de", "keine richtigen oder falschen", "ob sie richtig war"),
        ("es", "No hay respuestas correctas", "si era correcta"),
        ("fr", "pas de bonnes ou de mauvaises", "si elle était juste"),
        ("nb", "ingen riktige eller gale", "om det var riktig"),
        ("nl", "geen goede of foute", "of het goed was"),
        ("pt", "Não há respostas certas", "se estava certa"),
        ("sv", "inga rätta eller felaktiga", "om det var rätt"),
    ],
)
def test_instructions_and_feedback_do_not_contradict(language, silent, told):
    wording = read_wording(language, labels=("happy", "distressed"))
    make = DESIGNS["categorisation"].make
    plain = instructions(make(ROWS, seed=1), wording)
    assert silent in plain
    assert told not in plain
    taught = instructions(make(ROWS, seed=1, feedback=True), wording)
    assert told in taught
    assert silent not in taught


def test_a_language_says_whether_a_native_has_read_it(tmp_path):
    assert read_wording("en")["read_by_native"] == ""
    assert read_wording("nb")["read_by_native"] == "no"
    file = tmp_path / "nb.toml"
    text = wording_text("nb")
    file.write_text(text.replace("native = false", "native = true"), "utf-8")
    assert read_wording(file)["read_by_native"] == "yes"
    file.write_text(text.replace("native = false", 'native = "yes"'), "utf-8")
    with pytest.raises(InputError, match=r"read_by_native: is 'yes'.*true or false"):
        read_wording(file)


def test_both_answers_stand_in_the_instructions():
    wording = read_wording("da", ["happy", "distressed"])
    text = instructions(DESIGNS["categorisation"].make(ROWS, seed=1), wording)
    assert "glad" in text
    assert "ked af det" in text


def test_labels():
    assert read_wording("en", ["wide_awake"])["label_wide_awake"] == "wide awake"
    assert read_wording("de", ["happy"])["label_happy"] == "fröhlich"
    with pytest.raises(InputError, match=r'(?s)"wide_awake".*calibrate wording da'):
        read_wording("da", ["wide_awake"])


def test_a_file_of_ones_own(tmp_path):
    file = tmp_path / "fr.toml"
    text = wording_text("en").replace('language = "en"', 'language = "fr"')
    file.write_text(text.replace('happy = "happy"', 'happy = "content"'), "utf-8")
    wording = read_wording(file, ["happy"])
    assert (wording["language"], wording["label_happy"]) == ("fr", "content")
    with pytest.raises(InputError, match="no text for the label"):
        read_wording(file, ["wide_awake"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("break =", "brake =", r'(?s)texts.break: missing.*"brake".*mean "break"'),
        ('"Start"', '""', "start_button: should be a non-empty string"),
        (
            "{blocks}",
            "{block}",
            r"block_progress: words in braces.*\{block\}, \{blocks\}",
        ),
        ("{blocks}", "{blocks", r"block_progress: words in braces"),
        ('saved = "Your', 'saved = "{who} your', r"saved: words in braces.*none"),
        ("[labels]", "[label]", r'(?s)labels: missing.*unknown key "label"'),
        ('language = "en"', "", "language: missing"),
        ('"Start"', "Start", "not valid TOML"),
    ],
)
def test_a_bad_file_is_told(tmp_path, old, new, message):
    file = tmp_path / "own.toml"
    text = wording_text("en")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=message):
        read_wording(file)


def test_an_unknown_language_is_told(tmp_path):
    with pytest.raises(InputError, match=r'"dk".*known: da, de, en.*toml'):
        read_wording("dk")
    with pytest.raises(InputError, match='no language is called "xx"'):
        wording_text("xx")
    with pytest.raises(InputError, match="no such file"):
        read_wording(tmp_path / "none.toml")
