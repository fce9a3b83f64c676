"""More than two answers, given by keys and buttons in real pages, and what is found."""

import itertools

import pytest
from export_study import QUICK, export, write_small_pack
from playing import play

import morphkit as mk
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.intended import CANNOT_TELL
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

PAIRS = (("neutral", "happy"), ("neutral", "sad"))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled") / "pack"
    write_small_pack(folder, identities=["ada"], labels=PAIRS)
    return folder


def take_part(open_page, page, code, judge, keys, data):
    watched = open_page(page)
    with watched.page.expect_download(timeout=60000) as waiting:
        done = play(watched.page, judge, participant=code, keys=keys)
    target = data / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return done


def says(seen):
    """Return what a sure person says: nothing below .4, then what is shown.

    She cannot tell at .5, and calls the strongest sad face happy.
    """
    label, step = seen.stimuli[0].split("_")[2], int(seen.stimuli[0][-2:])
    if step < 3:
        return "neutral"
    if step == 3:
        return CANNOT_TELL
    return "happy" if (label, step) == ("sad", 5) else label


PAGES = pytest.mark.parametrize(
    ("front_end", "page"),
    [("jspsych", "index.html"), ("labjs", "standalone/index.html")],
)


@PAGES
def test_four_answers_are_given_and_analysed(
    open_page, pack, tmp_path, front_end, page
):
    keys = ("a", "s", "k", "l")
    design = DESIGNS["labelling"].make(
        read_pack(pack).stimuli,
        seed=2,
        cannot_tell=True,
        answer_keys=keys,
        repeats=1,
        practice=2,
        lists=2,
        timing=QUICK,
    )
    export(pack, front_end, tmp_path / "out", design)
    data = tmp_path / "data"
    data.mkdir()
    shown = ("neutral", "happy", "sad", CANNOT_TELL)
    for number, code in enumerate(("P001", "P002")):
        done = take_part(open_page, tmp_path / "out" / page, code, says, keys, data)
        order = shown[::-1] if number else shown
        assert {seen.choices for seen, _ in done} == {order}
        trials = design.lists[number]
        assert [seen.stimuli for seen, _ in done] == [t.stimuli for t in trials]
    answers = mk.read_answers(data, front_end)
    assert {a.details["answered_by"] for a in answers} >= {"button", "key a"}
    found = mk.measure_labels(answers, pack).result
    seen = {
        (one.shown, one.answered): one.n
        for one in found.confusions
        if one.band == "all"
    }
    # Steps 2 to 5 of two people show the expression.
    wanted = {
        ("happy", "happy"): 4,
        ("happy", "neutral"): 2,
        ("happy", CANNOT_TELL): 2,
        ("sad", "sad"): 2,
        ("sad", "happy"): 2,
        ("sad", "neutral"): 2,
        ("sad", CANNOT_TELL): 2,
        ("neutral", "neutral"): 4,
    }
    assert {key: n for key, n in seen.items() if n} == wanted
    (happy,) = (
        one for one in found.accuracies if (one.label, one.band) == ("happy", "all")
    )
    assert happy.hits.value == 0.5
    assert happy.unbiased.value == pytest.approx(2**2 / (4 * 3))
    assert happy.chance.value == pytest.approx(4 * 3 / 10**2)


@PAGES
def test_the_intensity_of_identification_comes_out_of_a_page(
    open_page, pack, tmp_path, front_end, page
):
    design = DESIGNS["identification"].make(
        read_pack(pack).stimuli, seed=2, lists=2, timing=QUICK
    )
    export(pack, front_end, tmp_path / "out", design)
    data = tmp_path / "data"
    data.mkdir()
    limits = {"P001": 3, "P002": 5}
    for code, limit in limits.items():

        def judge(seen, limit=limit):
            label, step = seen.stimuli[0].split("_")[2], int(seen.stimuli[0][-2:])
            return label if step >= limit else "neutral"

        done = take_part(
            open_page,
            tmp_path / "out" / page,
            code,
            judge,
            ("1", "2", "3"),
            data,
        )
        steps = [int(seen.stimuli[0][-2:]) for seen, _ in done]
        assert steps == [1, 2, 3, 4, 5] * 2
    found = mk.measure_labels(mk.read_answers(data, front_end), pack).result
    assert {one.label: one.threshold.value for one in found.identified} == {
        "happy": pytest.approx((0.5 + 1.0) / 2),
        "sad": pytest.approx((0.5 + 1.0) / 2),
    }


def test_many_answers_fit_on_a_phone(open_page, pack, tmp_path):
    """All buttons in the window, none over another, each with its key or without."""
    labels = ("angry", "afraid", "disgusted", "surprised")
    design = DESIGNS["labelling"].make(
        read_pack(pack).stimuli,
        seed=2,
        labels=labels,
        cannot_tell=True,
        practice=0,
        repeats=1,
        timing=QUICK,
    )
    export(pack, "jspsych", tmp_path / "out", design)
    for width, height in ((390, 760), (1280, 800)):
        size = {"width": width, "height": height}
        page = open_page(tmp_path / "out" / "index.html", viewport=size).page
        play(page, lambda seen: seen.choices[0], keys=design.keys, stop_after=1)
        page.wait_for_selector("[data-state=stimulus]")
        boxes = [box.bounding_box() for box in page.query_selector_all(".mk-choice")]
        assert len(boxes) == 8
        for box in boxes:
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
            assert box["height"] >= 44
        for one, other in itertools.combinations(boxes, 2):
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert apart
