"""Tables of answers are understood whole, or refused with the rows that are not."""

import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from export_study import write_small_pack
from small_study import RUNNER

import morphkit as mk
from morphkit.cli import main
from morphkit.errors import InputError
from morphkit.experiment.answer import EXCLUSIONS, Account
from morphkit.experiment.participant_codes import plain_code
from morphkit.experiment.rating_ranges import far_values
from morphkit.experiment.readers.cells import decimal, rating
from morphkit.experiment.readers.stage_rows import NEEDED, answers_in_rows

STEPS = 7
PEOPLE = [f"P{n:02d}" for n in range(1, 7)]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reading") / "pack"
    write_small_pack(folder, identities=("ada",), n_steps=STEPS, size=(8, 8))
    return folder


def image(step):
    return f"ada_happy_sad_s{step:02d}"


def categories(people=PEOPLE, repeats=2, seed=1):
    """Return rows: participant, order, stimulus, response, rt_seconds."""
    generator = np.random.default_rng(seed)
    rows = []
    for person in people:
        steps = [s for s in range(1, STEPS + 1) for _ in range(repeats)]
        for order, k in enumerate(generator.permutation(len(steps)), start=1):
            second = steps[k] + generator.normal(0, 1) > (STEPS + 1) / 2
            rt = f"{generator.uniform(0.4, 1.4):.3f}"
            row = [person, str(order), image(steps[k]), "sad" if second else "happy"]
            rows.append([*row, rt])
    return rows


def ratings(people=PEOPLE, seed=2):
    """Return rows: participant, order, stimulus, response."""
    generator = np.random.default_rng(seed)
    return [
        [
            person,
            str(s),
            image(s),
            str(min(max(s + int(generator.integers(-1, 2)), 1), 7)),
        ]
        for person in people
        for s in range(1, STEPS + 1)
    ]


HEAD = ["participant", "order", "stimulus", "response", "rt_seconds"]


def write(path, rows, head=HEAD, separator=","):
    lines = [separator.join(row) for row in [head[: len(rows[0])], *rows]]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def fitted(path, pack, **reading):
    """Return what a fit of categories was made of."""
    answers = mk.read_answers(path, **reading)
    return mk.fit_psychometric_functions(answers, pack, samples=0)


def norms(path, pack, **reading):
    return mk.summarise_ratings(mk.read_answers(path, **reading), pack)


def means(found):
    return [one.mean for one in found.result.summaries]


def codes(found):
    return {finding.code for finding in found.findings}


# --- cells


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("6", "6"),
        ("6.0", "6"),
        ("6,5", "6.5"),
        ("6 very clear", "6"),
        ("1 (not at all)", "1"),
        ("7 = extremely", "7"),
        ("7: extremely", "7"),
        ("7 – extremely", "7"),
        ("7. extremely", "7"),
        ("very clear (6)", "6"),
        ("very clear = 6", "6"),
        ("−99", "-99"),
        ("-99", "-99"),
        ("very clear", None),
        ("6 of 7", None),
        ("6/7", None),
        ("6-7", None),
        ("1_0", None),
        ("1e999", None),
        ("", None),
        ("(6)", None),
    ],
)
def test_ratings_in_cells(cell, value):
    assert rating(cell) == value


def test_numbers_in_cells():
    assert [decimal(c) for c in ("1.5", "1,5", " 2 ", "nan", "inf", "x", "1.2.3")] == [
        *(1.5, 1.5, 2.0, None, None, None, None)
    ]


# --- words and codes


def test_points_with_names_are_their_numbers(pack, tmp_path):
    rows = ratings()
    names = {"1": "1 (not at all)", "7": "7 (extremely)", "6": "very much (6)"}
    named = [[*row[:3], names.get(row[3], row[3])] for row in rows]
    plain = norms(write(tmp_path / "plain.csv", rows), pack)
    found = norms(write(tmp_path / "named.csv", named), pack)
    assert means(found) == means(plain)
    assert found.account == Account(len(rows), len(rows))
    assert found.result.agreement == plain.result.agreement


def test_words_among_ratings_are_refused_with_their_rows(pack, tmp_path):
    rows = ratings()
    for k in (4, 9, 30):
        rows[k][3] = "very clear"
    path = write(tmp_path / "words.csv", rows)
    with pytest.raises(InputError, match=r"words in 3 rows \(.*words\.csv:6, 11, 32\)"):
        mk.read_answers(path)
    assert mk.read_answers(path, recode={"very clear": "6"}).account.used == len(rows)
    left = norms(path, pack, missing=["Very clear"])
    assert left.account.excluded == {"missing-code": 3}
    assert left.account.used == len(rows) - 3


def test_a_point_with_two_names_is_refused(tmp_path):
    rows = ratings()
    rows[0][3], rows[1][3] = "6 clear", "6 (dark)"
    with pytest.raises(InputError, match=r"point 6 of a scale has 2 names .*:2, 3"):
        mk.read_answers(write(tmp_path / "a.csv", rows))


@pytest.mark.slow
@pytest.mark.parametrize("apart", [False, True])
def test_a_coded_participant_does_not_vanish(pack, tmp_path, apart):
    """Neither in one table nor in a file of its own."""
    rows = categories()
    coded = [
        [*row[:3], {"happy": "0", "sad": "1"}[row[3]], row[4]]
        if row[0] == "P02"
        else row
        for row in rows
    ]
    paths = [write(tmp_path / "all.csv", coded)]
    if apart:
        paths = [
            write(tmp_path / f"{p}.csv", [row for row in coded if row[0] == p])
            for p in PEOPLE
        ]
    with pytest.raises(
        InputError, match=r"numbers in 14 rows .* words in 70 rows"
    ) as no:
        mk.read_answers(paths)
    assert "0=LABEL,1=LABEL" in str(no.value)
    found = fitted(paths, pack, recode={"0": "happy", "1": "sad"})
    plain = fitted(write(tmp_path / "plain.csv", rows), pack)
    assert found.result.of("pooled")[0].fit.pse == plain.result.of("pooled")[0].fit.pse
    assert found.result.participants == tuple(PEOPLE)


def test_codes_are_translated_however_they_are_spelled(tmp_path):
    rows = [["P01", "1", image(1), "1.0", "0.5"], ["P01", "2", image(2), "H", "0.5"]]
    found = mk.read_answers(
        write(tmp_path / "a.csv", rows), recode={"1": "sad", "h": "happy"}
    )
    assert [one.response for one in found] == ["sad", "happy"]
    with pytest.raises(InputError, match=r"no response is 9; responses: 1\.0, H"):
        mk.read_answers(tmp_path / "a.csv", recode={"9": "sad"})


# --- missing codes and ranges


@pytest.mark.slow
def test_codes_of_missing_values_are_told_and_left_out(pack, tmp_path):
    rows = ratings()
    for k in (3, 17):
        rows[k][3] = "-99"
    rows[24][3] = "44"
    path = write(tmp_path / "codes.csv", rows)
    silent = norms(path, pack)
    (told,) = [f for f in silent.findings if f.code == "rating-far-off"]
    assert told.severity == "warning"
    assert "-99,44 (" in told.message
    assert "codes.csv:5, 19, 26" in told.message
    kept = [row for k, row in enumerate(rows) if k not in (3, 17, 24)]
    right = norms(write(tmp_path / "right.csv", kept), pack)
    for reading, excluded in (
        ({"missing": ["-99", 44]}, {"missing-code": 3}),
        ({"missing": [-99.0], "range": (1, 7)}, {"missing-code": 2, "out-of-range": 1}),
        ({"range": {"": (1, 7)}}, {"out-of-range": 3}),
    ):
        found = norms(path, pack, **reading)
        assert means(found) == means(right)
        assert found.account.excluded == excluded
        assert found.account.read == len(rows)
        assert "rating-far-off" not in codes(found)
    with pytest.raises(InputError, match="every response is named as missing"):
        mk.read_answers(path, missing=[*range(1, 8), -99, 44])


def test_ranges_are_of_scales(tmp_path):
    rows = [[*row[:3], row[3]] for row in ratings()]
    with_scale = [
        [*row, "valence" if k % 2 else "arousal"] for k, row in enumerate(rows)
    ]
    path = write(tmp_path / "a.csv", with_scale, [*HEAD[:4], "question"])
    found = mk.read_answers(path, range={"valence": (1, 3)})
    assert max(int(a.response) for a in found if a.question == "valence") == 3
    assert max(int(a.response) for a in found if a.question == "arousal") > 3
    with pytest.raises(InputError, match='no rating is on "valance"'):
        mk.read_answers(path, range={"valance": (1, 3)})
    with pytest.raises(InputError, match="is no range of ratings"):
        mk.read_answers(path, range=(7, 1))


def test_values_far_from_others():
    scale = [1, 2, 3, 4, 5, 6, 7] * 4
    assert far_values([*scale, -99, 999]) == {-99, 999}
    assert far_values([*scale, 9]) == {9}
    assert far_values([*scale, 44]) == {44}
    assert far_values([*scale, -1]) == {-1}
    assert far_values(scale) == set()
    assert far_values([0, 100] * 20) == set()
    assert far_values([*range(0, 101, 5)]) == set()
    assert far_values([-3, -2, -1, 0, 1, 2, 3] * 3) == set()


# --- scales in a column


def two_scales():
    return [
        [*row[:3], value, name]
        for row in ratings()
        for name, value in (("valence", row[3]), ("arousal", str(8 - int(row[3]))))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["item", "Scale", "question", "dimension"])
def test_scales_in_a_column_are_apart(pack, tmp_path, name):
    rows = [[row[0], *row[2:]] for row in two_scales()]
    head = ["participant", "stimulus", "response", name]
    found = norms(write(tmp_path / "a.csv", rows, head), pack)
    assert [one.measure for one in found.result.agreement] == ["arousal", "valence"]
    alone = norms(write(tmp_path / "b.csv", ratings()), pack)
    valence = [s.mean for s in found.result.summaries if s.measure == "valence"]
    assert valence == means(alone)


def test_a_column_that_may_name_scales_is_asked_about(pack, tmp_path):
    rows = [[row[0], *row[2:]] for row in two_scales()]
    path = write(
        tmp_path / "a.csv", rows, ["participant", "stimulus", "response", "q7"]
    )
    with pytest.raises(
        InputError, match=r'"q7" differs: arousal, valence; .*question=q7'
    ):
        mk.read_answers(path)
    found = norms(path, pack, columns={"question": "q7"})
    assert len(found.result.agreement) == 2


# --- sessions


def broken_off(rows, person="P01", n=8):
    """Return rows of which those of a participant begin again after some."""
    own = [row for row in rows if row[0] == person]
    others = [row for row in rows if row[0] != person]
    return [list(row) for row in (*own[:n], *own, *others)]


def without(rows, *columns):
    kept = [k for k in range(len(HEAD)) if HEAD[k] not in columns]
    return [[row[k] for k in kept] for row in rows], [HEAD[k] for k in kept]


@pytest.mark.slow
@pytest.mark.parametrize("columns", [(), ("rt_seconds",), ("order",)])
def test_sessions_that_began_again_are_refused_and_chosen(pack, tmp_path, columns):
    rows = broken_off(categories())
    rows[9][3] = "sad" if rows[9][3] == "happy" else "happy"  # answered otherwise
    path = write(tmp_path / "a.csv", *without(rows, *columns))
    n = len(rows)
    with pytest.raises(InputError, match=r"P01 answered in 2 sessions: .*:2 to .*:9"):
        mk.read_answers(path)
    for sessions, excluded in (("first", 14), ("last", 8), ("longest", 8)):
        found = fitted(path, pack, sessions=sessions)
        assert found.account.read == n
        assert found.account.excluded == {"other-session": excluded}
        assert "other-session" in codes(found)
    everything = mk.read_answers(path, sessions="all")
    assert {a.session for a in everything if a.participant == "P01"} == {"1", "2"}
    with pytest.raises(InputError, match="first, last, longest, all"):
        mk.read_answers(path, sessions="best")


def test_the_choice_of_a_session_is_that_session(tmp_path):
    rows = broken_off(categories())
    other = {"happy": "sad", "sad": "happy"}
    rows[:8] = [[*row[:3], other[row[3]], row[4]] for row in rows[:8]]
    path = write(tmp_path / "a.csv", rows)
    first, last = (
        [a for a in mk.read_answers(path, sessions=s) if a.participant == "P01"]
        for s in ("first", "last")
    )
    assert [a.response for a in first] == [row[3] for row in rows[:8]]
    assert [a.response for a in last] == [row[3] for row in rows[8:22]]
    longest = mk.read_answers(path, sessions="longest")
    assert [a for a in longest if a.participant == "P01"] == last


@pytest.mark.slow
@pytest.mark.parametrize("columns", [(), ("order",), ("order", "rt_seconds")])
def test_a_table_pasted_twice_counts_once(pack, tmp_path, columns):
    rows, head = without(categories(), *columns)
    once = fitted(write(tmp_path / "once.csv", rows, head), pack)
    twice = fitted(write(tmp_path / "twice.csv", [*rows, *rows], head), pack)
    assert twice.account == Account(2 * len(rows), len(rows), {"duplicate": len(rows)})
    assert "duplicate-trial" in codes(twice)
    pooled = [found.result.of("pooled")[0].fit.pse for found in (once, twice)]
    assert pooled[0] == pooled[1]


@pytest.mark.parametrize("columns", [("rt_seconds",), ("order", "rt_seconds")])
def test_a_session_that_began_again_with_the_same_answers(tmp_path, columns):
    """Which of them counts is the same, unless one is chosen."""
    rows = broken_off(categories())
    path = write(tmp_path / "a.csv", *without(rows, *columns))
    n = len(rows)
    assert mk.read_answers(path).account == Account(n, n - 8, {"duplicate": 8})
    for sessions, left in (("first", 14), ("last", 8), ("longest", 8)):
        found = mk.read_answers(path, sessions=sessions)
        assert found.account == Account(n, n - left, {"other-session": left})


def test_rows_doubled_in_place_count_once(tmp_path):
    rows = [row for row in categories() for _ in range(2)]
    for sessions in (None, "last"):
        found = mk.read_answers(write(tmp_path / "a.csv", rows), sessions=sessions)
        assert found.account.excluded == {"duplicate": len(rows) // 2}


@pytest.mark.slow
def test_a_participant_pasted_again_with_numbers_that_go_on(pack, tmp_path):
    rows = categories()
    again = [[row[0], str(int(row[1]) + 14), *row[2:]] for row in rows[:14]]
    found = fitted(write(tmp_path / "a.csv", [*rows, *again]), pack)
    assert found.account.excluded == {"duplicate": 14}


@pytest.mark.slow
def test_a_file_given_twice_counts_once(pack, tmp_path):
    rows = categories()
    path = write(tmp_path / "a.csv", rows)
    found = fitted([path, path], pack)
    assert found.account.excluded == {"duplicate": len(rows)}


def test_blocks_in_one_order_are_no_sessions(tmp_path):
    """Everybody sees the images in the same order three times."""
    generator = np.random.default_rng(4)
    rows = [
        [person, image(s), "sad" if s + generator.normal(0, 1) > 4 else "happy"]
        for person in PEOPLE
        for _ in range(3)
        for s in range(1, STEPS + 1)
    ]
    head = ["participant", "stimulus", "response"]
    found = mk.read_answers(write(tmp_path / "a.csv", rows, head))
    assert found.account == Account(len(rows), len(rows))


@pytest.mark.slow
def test_sessions_with_names_are_chosen_and_kept(pack, tmp_path):
    first, second = categories(seed=1), categories(seed=5)
    rows = [*([*row, "one"] for row in first), *([*row, "two"] for row in second)]
    path = write(tmp_path / "a.csv", rows, [*HEAD, "session"])
    with pytest.raises(InputError, match="P01 answered in 2 sessions"):
        mk.read_answers(path)
    last = mk.read_answers(path, sessions="last")
    assert {a.session for a in last} == {"two"}
    everything = mk.read_answers(path, sessions="all")
    assert fitted(path, pack, sessions="all").account.used == len(rows)
    mk.write_answers(tmp_path / "b.csv", mk.join_answers(everything))
    again = mk.read_answers(tmp_path / "b.csv", sessions="all")
    assert sorted(map(repr, again)) == sorted(map(repr, everything))
    assert "session" in everything.frame().columns


def test_rows_of_sessions_that_are_mixed_are_refused(tmp_path):
    rows = categories(["P01"]) + categories(["P01"], seed=9)
    rows.sort(key=lambda row: int(row[1]))
    with pytest.raises(InputError, match="do not follow one another"):
        mk.read_answers(write(tmp_path / "a.csv", rows), sessions="last")


def begun_again(n: int) -> list[list[str]]:
    """Return answers of whom P03 began again in a new order, for `n` trials."""
    rows = categories(repeats=2)
    again = categories(["P03"], repeats=2, seed=8)[:n]
    at = max(k for k, row in enumerate(rows) if row[0] == "P03") + 1
    return [*rows[:at], *again, *rows[at:]]


@pytest.mark.parametrize("n", [1, 4, 10])
@pytest.mark.parametrize("numbers", ["none", "going on"])
@pytest.mark.parametrize("sessions", [None, "first", "last", "longest"])
def test_a_new_order_without_numbers_is_refused(tmp_path, n, numbers, sessions):
    """No choice can tell where the first session ends, so none is made."""
    rows = begun_again(n)
    head = [name for name in HEAD if name != "order"]
    if numbers == "none":
        path = write(tmp_path / "a.csv", [[r[0], *r[2:]] for r in rows], head)
    else:
        counts: Counter[str] = Counter()
        for row in rows:
            counts[row[0]] += 1
            row[1] = str(counts[row[0]])
        path = write(tmp_path / "a.csv", rows)
    with pytest.raises(InputError) as refused:
        mk.read_answers(path, sessions=sessions)
    assert "participant P03 answered trials more than 2 times" in str(refused.value)
    assert re.search(r"a\.csv:\d+", refused.value.problem)
    assert "--columns session=COLUMN" in refused.value.remedy
    everything = mk.read_answers(path, sessions="all")
    assert len(everything) == len(rows)
    (told,) = [f for f in everything.findings if f.code == "more-answers"]
    assert told.where == "P03"


def test_a_column_of_sessions_tells_them_apart(tmp_path):
    rows = begun_again(8)
    names = iter("1" * 14 + "2" * 8)
    named = [[*r, next(names) if r[0] == "P03" else "1"] for r in rows]
    path = write(tmp_path / "a.csv", named, [*HEAD, "session"])
    kept = mk.read_answers(path, sessions="first")
    assert kept.account.excluded == {"other-session": 8}


def test_trials_that_a_random_design_shows_again_are_told(tmp_path):
    """Where trials are drawn at random, a few come again by chance."""
    rows = categories(repeats=2)
    del rows[0]  # not everybody has every trial as often
    last = next(row for row in rows if row[0] == "P03")
    at = max(k for k, row in enumerate(rows) if row[0] == "P03") + 1
    rows.insert(at, [last[0], "99", *last[2:]])
    found = mk.read_answers(write(tmp_path / "a.csv", rows))
    (told,) = [f for f in found.findings if f.code == "more-answers"]
    assert told.where == "P03"
    assert len(found) == len(rows)


# --- participants


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spelled", "codes_of"),
    [
        (lambda p, k: p.lower() if k % 2 else p, PEOPLE),
        (lambda p, k: p[1:].lstrip("0") if k % 2 else p[1:], [p[1:] for p in PEOPLE]),
        (lambda p, k: f"{int(p[1:])}.0" if k % 2 else f"{int(p[1:])}", None),
        (lambda p, k: f"P {int(p[1:])}" if k % 2 else p, PEOPLE),
    ],
)
def test_one_participant_with_two_codes(pack, tmp_path, spelled, codes_of):
    del codes_of
    rows = [[spelled(row[0], k), *row[1:]] for k, row in enumerate(categories())]
    path = write(tmp_path / "a.csv", rows)
    apart = mk.read_answers(path)
    assert "similar-participants" in {f.code for f in apart.findings}
    assert len({a.participant for a in apart}) == 12
    found = fitted(path, pack, unite=True)
    assert len(found.result.participants) == 6
    assert "united-participants" in codes(found)


#: How systems keep the letter ö, in turn for the rows of a table.
FORMS = ("NFC", "NFD")


def in_turn(cells, k):
    return [unicodedata.normalize(FORMS[k % 2], cell) for cell in cells]


def test_one_participant_in_two_unicode_forms(tmp_path):
    """No screen shows a difference, so there is none, and nothing to unite."""
    people = ["Jörg", "Åse"]
    rows = [in_turn(row, k) for k, row in enumerate(categories(people))]
    found = mk.read_answers(write(tmp_path / "a.csv", rows))
    assert {answer.participant for answer in found} == {*people}
    assert not found.findings
    by_row = [[row[0], *row[2:]] for row in rows]
    head = [HEAD[0], *HEAD[2:]]
    counted = mk.read_answers(write(tmp_path / "b.csv", by_row, head))
    orders = Counter((answer.participant, answer.order) for answer in counted)
    assert len(orders) == len(rows)
    given = [mk.Answer(in_turn(["Jörg"], k)[0], 1, ("x",), "sad") for k in range(2)]
    assert given[0] == given[1]


@pytest.mark.parametrize("form", FORMS)
def test_words_of_a_table_are_met_in_either_unicode_form(tmp_path, form):
    """Names of columns, codes, missing codes and scales, typed on another system."""
    other = next(name for name in FORMS if name != form)
    words = {
        word: unicodedata.normalize(other, word)
        for word in ("Präferenz", "fröhlich", "übel", "nö", "Wärme")
    }
    rows = categories()
    codes = {"happy": "fröhlich", "sad": "übel"}
    coded = [[*row[:3], codes[row[3]], row[4]] for row in rows]
    coded[0][3] = "nö"
    head = ["participant", "order", "stimulus", "Präferenz", "rt_seconds"]
    path = tmp_path / "a.csv"
    write(path, coded, head)
    path.write_text(unicodedata.normalize(form, path.read_text("utf-8")), "utf-8")
    found = mk.read_answers(
        path,
        columns={"response": words["Präferenz"]},
        recode={words[code]: label for label, code in codes.items()},
        missing=[words["nö"]],
    )
    assert {answer.response for answer in found} == {"happy", "sad"}
    assert found.account.excluded == {"missing-code": 1}
    rated = [[*row, "Wärme"] for row in ratings()]
    rated[0][3] = "44"
    write(path, rated, [*HEAD[:4], "question"])
    path.write_text(unicodedata.normalize(form, path.read_text("utf-8")), "utf-8")
    found = mk.read_answers(path, range={words["Wärme"]: (0, 8)})
    assert found.account.excluded == {"out-of-range": 1}


def test_codes_that_differ_stay_apart():
    assert len({plain_code(c) for c in ("P1", "P10", "P11", "Q1", "1-1", "11")}) == 6
    assert plain_code("P100") != plain_code("P1")


# --- phases, files, columns


@pytest.mark.slow
def test_phases_before_and_after_training_are_not_pooled(pack, tmp_path):
    rows = categories(repeats=6)
    phases = [[*row, "Baseline" if int(row[1]) <= 21 else "test"] for row in rows]
    path = write(tmp_path / "a.csv", phases, [*HEAD, "phase"])
    answers = mk.read_answers(path)
    with pytest.raises(
        InputError, match=r"126 in baseline, 126 in test; .*--phase baseline"
    ):
        mk.fit_psychometric_functions(answers, pack, samples=0)
    found = mk.fit_psychometric_functions(answers, pack, samples=0, phases=["baseline"])
    assert found.account.excluded == {"other-phase": 126}


def test_a_header_that_comes_again_names_its_columns(tmp_path):
    rows = categories()
    order = [3, 0, 4, 2, 1]
    path = tmp_path / "a.csv"
    lines = [HEAD, *rows[:14], [HEAD[k] for k in order]]
    lines += [[row[k] for k in order] for row in rows[14:]]
    path.write_text("\n".join(map(",".join, lines)), "utf-8")
    found = mk.read_answers(path)
    plain = mk.read_answers(write(tmp_path / "b.csv", rows))
    assert found.answers == plain.answers
    assert found.account.excluded == {"repeated-header": 1}


STAGE = (
    *("participant", "order", "pack", "design", "phase", "question", "stimuli"),
    *("choice_order", "response", "rt", "screen_type"),
)


def stage_rows(person):
    return [
        {
            "participant": person,
            "order": str(order),
            "pack": "small_pack",
            "design": "categorisation",
            "phase": "main",
            "question": "",
            "stimuli": stimulus,
            "choice_order": "happy|sad",
            "response": response,
            "rt": f"{1000 * float(rt):.1f}",
            "screen_type": "trial",
        }
        for _, order, stimulus, response, rt in categories([person])
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("reader", ["jspsych", "labjs"])
def test_joined_results_with_another_header(tmp_path, reader, separator):
    turned = [*STAGE[2:6], *STAGE[:2], *STAGE[6:]]
    lines = []
    for names, person in ((STAGE, "P01"), (turned, "P02")):
        lines.append(separator.join(names))
        lines += [separator.join(row[n] for n in names) for row in stage_rows(person)]
    path = tmp_path / "results.txt"
    text = "\n".join(lines)
    path.write_text(text.replace(".", ",") if separator == ";" else text, "utf-8")
    found = mk.read_answers(path, reader)
    assert [a.participant for a in found] == ["P01"] * 14 + ["P02"] * 14
    assert found.account == Account(29, 28, {"repeated-header": 1})
    assert all(0.3 < a.rt_seconds < 1.5 for a in found)


@pytest.mark.slow
def test_a_column_of_the_name_comes_before_others_for_it(pack, tmp_path):
    rows = [[*row, "x"] for row in categories()]
    found = fitted(write(tmp_path / "a.csv", rows, [*HEAD, "id"]), pack)
    assert found.result.participants == tuple(PEOPLE)
    path = write(tmp_path / "b.csv", rows, ["subject", *HEAD[1:], "id"])
    with pytest.raises(InputError, match="--columns participant=COLUMN"):
        mk.read_answers(path)
    assert (
        len(fitted(path, pack, columns={"subject": "subject"}).result.participants) == 6
    )
    with pytest.raises(
        InputError, match="one column would be participant and response"
    ):
        mk.read_answers(path, columns={"participant": "id", "response": "id"})


def test_numbers_of_trials_may_begin_at_0(tmp_path):
    rows = [[row[0], str(int(row[1]) - 1), *row[2:]] for row in categories()]
    found = mk.read_answers(write(tmp_path / "a.csv", rows))
    assert (
        found.answers
        == mk.read_answers(write(tmp_path / "b.csv", categories())).answers
    )


def test_separators_of_thousands_are_refused_with_their_rows(tmp_path):
    rows = categories()
    for row in rows:
        ms = round(1000 * float(row[4]))
        row[4] = f"{ms // 1000}.{ms % 1000:03d}" if ms >= 1000 else str(ms)
    path = write(tmp_path / "a.csv", rows, [*HEAD[:4], "rt_ms"], ";")
    with pytest.raises(InputError, match="without separators of thousands"):
        mk.read_answers(path)


@pytest.mark.parametrize("number", ["0³81", "²", "9" * 5000])
def test_what_only_looks_like_a_whole_number_is_refused(tmp_path, number):
    rows = categories()
    rows[5][4] = number
    path = write(tmp_path / "a.csv", rows, [*HEAD[:4], "rt_ms"], ";")
    with pytest.raises(InputError):
        mk.read_answers(path)


def test_a_line_that_states_the_separator(tmp_path):
    path = write(tmp_path / "a.csv", categories(), separator=";")
    plain = mk.read_answers(path)
    path.write_text("sep=;\n" + path.read_text("utf-8"), "utf-8")
    assert mk.read_answers(path).answers == plain.answers
    rows = categories()
    rows[3][2] = ""
    path = write(tmp_path / "b.csv", rows, separator=";")
    path.write_text("sep=;\n" + path.read_text("utf-8"), "utf-8")
    with pytest.raises(InputError, match=r"b\.csv:6: an answer to 0 stimuli"):
        mk.read_answers(path)


@pytest.mark.slow
def test_pages_and_words_for_nothing_are_counted(pack, tmp_path):
    rows = categories()
    rows[5][3], rows[6][3] = "None", "NA"
    pages = [["P01", "", "<p>Welcome</p>", " ", ""], ["P01", "", "", "null", ""]]
    found = fitted(write(tmp_path / "a.csv", [*rows, *pages]), pack)
    assert found.account.excluded == {"no-trial": 2, "unanswered": 2}


# --- accounts


def test_accounts_add_up():
    account = Account(10, 10).less(duplicate=2, other_session=3)
    assert (account.read, account.used) == (10, 5)
    assert list(account.excluded) == ["duplicate", "other-session"]
    assert account.sentence() == (
        "5 of 10 rows used; excluded: 2 repeated rows, 3 answers of other sessions"
    )
    assert (account + Account(1, 1)).read == 11
    with pytest.raises(InputError, match="10 rows read, but 9 used and 2 excluded"):
        Account(10, 9, {"duplicate": 2})
    assert all(len(words) == 2 for words in EXCLUSIONS.values())


def run(*arguments):
    result = RUNNER.invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.slow
def test_what_is_excluded_is_told_everywhere(pack, tmp_path):
    rows = broken_off(categories())
    rows[-1][3], rows[-2][3] = "9", "9"
    path = write(tmp_path / "a.csv", rows)
    how = ["--sessions", "last", "--missing", "9"]
    out = tmp_path / "fit"
    shown = run("calibrate", "fit", path, "--pack", pack, *how, "--samples", 0)
    account = {
        "read": 92,
        "used": 82,
        "excluded": {"other-session": 8, "missing-code": 2},
    }
    assert "82 of 92 rows used; excluded: 8 answers of other sessions" in shown.stdout
    as_json = ["--json", "--samples", 0, "--output", out]
    shown = run("calibrate", "fit", path, "--pack", pack, *how, *as_json)
    assert json.loads(shown.stdout)["answers"] == account
    document = json.loads((out / "fit.json").read_text("utf-8"))
    assert document["answers"] == account
    joined = tmp_path / "joined.csv"
    options = ["--from", "csv", "--output", joined, "--json"]
    shown = run("answers", path, *how, *options)
    assert json.loads(shown.stdout)["answers"] == account
    for given, more in ((out / "fit.json", []), (path, how)):
        page = tmp_path / f"{given.stem}.html"
        run("report", pack, "--answers", given, *more, "--output", page)
        text = page.read_text("utf-8")
        assert "82 of 92 rows used" in text
        assert (
            "8 answers of other sessions, 2 answers coded as missing excluded" in text
        )


def test_options_of_answers_are_those_of_python(pack, tmp_path):
    rows = ratings()
    rows[3][3], rows[4][3] = "-99", "44"
    path = write(tmp_path / "a.csv", rows)
    options = ["--missing", "-99", "--range", "1,7", "--unite"]
    shown = run("calibrate", "norms", path, "--pack", pack, *options, "--json")
    found = norms(path, pack, missing=[-99], range=(1, 7), unite=True)
    assert json.loads(shown.stdout)["answers"] == found.account.to_dict()
    wrong = ["calibrate", "norms", str(path), "--pack", str(pack), "--range", "7"]
    assert RUNNER.invoke(main, wrong).exit_code == 2


@pytest.mark.slow
def test_a_document_without_an_account_is_still_read(pack, tmp_path):
    found = fitted(write(tmp_path / "a.csv", categories()), pack)
    document = found.to_dict()
    del document["answers"]
    path = tmp_path / "fit.json"
    path.write_text(json.dumps(document), "utf-8")
    page = tmp_path / "page.html"
    run("report", pack, "--answers", path, "--output", page)
    assert "rows used" not in page.read_text("utf-8")


@pytest.mark.slow
def test_answers_made_in_python_have_an_account(pack, tmp_path):
    answers = list(mk.read_answers(write(tmp_path / "a.csv", categories())))
    answers.append(replace(answers[0], order=99, phase="practice"))
    found = mk.fit_psychometric_functions(answers, pack, samples=0)
    assert found.account == Account(len(answers), len(answers) - 1, {"learning": 1})


def test_trials_with_and_without_numbers_are_counted_together(tmp_path):
    """A file that states the numbers of trials, and one that does not."""
    rows = categories(["P01"])
    half = [row for row in categories(["P01"], seed=7) if row[2] not in (image(1),)]
    first = [row for row in rows if row[2] == image(1)]
    paths = [write(tmp_path / "a.csv", first)]
    paths.append(write(tmp_path / "b.csv", *without(half, "order")))
    found = mk.read_answers(paths)
    assert [one.order for one in found] == list(range(1, len(first) + len(half) + 1))


@pytest.mark.parametrize(
    ("kind", "column"),
    [("trial", "rt"), ("question", "response"), ("check", "correct_label")],
)
def test_rows_of_a_browser_that_lack_a_column_are_told(kind, column):
    """JATOS joins tables, and somebody may have deleted a column of one of them."""
    row = dict.fromkeys(NEEDED, "1") | {"participant": "p1", "choice_order": "1|2"}
    rows = [
        row | {"correct_label": "1", "screen_type": one}
        for one in ("trial", "question", "check")
    ]
    assert answers_in_rows(rows, where="a.csv")[0].details["checks_given"] == "1"
    for one in rows:
        if one["screen_type"] == kind:
            del one[column]
    with pytest.raises(InputError, match=f"a.csv: has no column {column};"):
        answers_in_rows(rows, where="a.csv")
