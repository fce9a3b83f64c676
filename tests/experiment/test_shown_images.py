"""Answers know the images that were shown: another build of the names is no match."""

import json

import pytest
from export_study import QUICK, export, write_small_pack
from small_study import RUNNER

import morphkit as mk
from morphkit.cli import main
from morphkit.errors import InputError
from morphkit.experiment.answer_files import join_answers, read_answers
from morphkit.experiment.designs import DESIGNS
from morphkit.export.trial_rows import format_csv, rows_of_list
from morphkit.pack import read_pack
from morphkit.pack.link import stimulus_digest


@pytest.fixture(scope="module")
def packs(tmp_path_factory):
    """Two builds of the same names: one image of the second has another size."""
    folder = tmp_path_factory.mktemp("packs")
    write_small_pack(folder / "a", identities=["ada"])
    write_small_pack(folder / "b", identities=["ada"], size=(50, 64))
    return folder


def data_file(pack, target, *, participant="P1", date="2026-11-29_12h30.15.123"):
    """Write what PsychoPy saves of a session; its first steps look happy."""
    from morphkit.export.adapter import Material

    rows = read_pack(pack).stimuli
    design = DESIGNS["categorisation"].make(rows, seed=1, timing=QUICK, practice=0)
    wording = mk.experiment.texts.read_wording("en", labels=("happy", "sad"))
    material = Material(read_pack(pack), pack, design, wording)
    files = {row.stimulus_id: f"stimuli/{row.stimulus_id}.png" for row in rows}
    about = {"participant": participant, "date": date, "picture_scale": 1}
    rows = [
        row
        | about
        | {"chosen_choice": "happy" if row["step_1"] + k % 3 < 4 else "sad"}
        | {"answer_seconds": 0.5 + 0.01 * k + int(date[8:10]) / 1000}
        for k, row in enumerate(rows_of_list(material, 1, files))
    ]
    target.write_text(format_csv(rows), "utf-8")
    return target


def test_answers_fit_the_build_that_was_shown(packs, tmp_path):
    answers = read_answers(data_file(packs / "a", tmp_path / "1.csv"), "psychopy")
    shown = read_pack(packs / "a").by_id
    for one in answers:
        assert one.image_digests == tuple(
            stimulus_digest(shown[n]) for n in one.stimuli
        )
        assert one.session == one.details["started"] == "2026-11-29T12:30:15"
        assert one.details["n_trials"] == str(len(answers))
    assert join_answers(answers, packs / "a").findings == ()


@pytest.mark.slow
def test_another_build_is_an_error_with_a_named_override(packs, tmp_path):
    table = tmp_path / "answers.csv"
    read = ["answers", data_file(packs / "a", tmp_path / "1.csv"), "--from", "psychopy"]
    read += ["--pack", packs / "b", "--output", table]
    refused = RUNNER.invoke(main, list(map(str, read)))
    assert refused.exit_code == 3
    assert "other pixels or levels" in refused.output
    assert "--other-build" in refused.output
    assert not table.exists()
    done = RUNNER.invoke(main, [*map(str, read), "--other-build"])
    assert done.exit_code == 0, done.output
    # The table keeps what was shown: the fit asks again.
    fit = ["calibrate", "fit", table, "--pack", packs / "b", "--samples", 0, "--json"]
    refused = RUNNER.invoke(main, list(map(str, fit)))
    assert refused.exit_code == 3
    assert "--other-build" in refused.output
    fitted = RUNNER.invoke(main, [*map(str, fit), "--other-build"])
    assert fitted.exit_code == 0, fitted.output
    found = json.loads(fitted.stdout[fitted.stdout.index("{") :])
    assert "other-build" in [one["code"] for one in found["findings"]]


def test_answers_to_two_builds_are_not_joined(packs, tmp_path):
    files = [
        data_file(packs / name, tmp_path / f"{name}.csv", participant=name)
        for name in "ab"
    ]
    with pytest.raises(InputError, match="several builds of the images"):
        join_answers(read_answers(files, "psychopy"))
    joined = join_answers(read_answers(files, "psychopy", other_build=True))
    assert [one.code for one in joined.findings] == ["other-build"]


def test_sessions_are_ordered_by_their_start_and_told(packs, tmp_path):
    """Files come in any order; nothing is pooled without a word."""
    late = data_file(
        packs / "a",
        tmp_path / "1.csv",
        participant="P1_s2",
        date="2026-12-06_09h00.00.1",
    )
    early = data_file(packs / "a", tmp_path / "2.csv", participant="P1_s1")
    with pytest.raises(InputError, match="P1 answered in 2 sessions"):
        read_answers([late, early], "psychopy")
    (first,) = {
        (one.participant, one.session)
        for one in read_answers([late, early], "psychopy", sessions="first")
    }
    assert first == ("P1", "s1")
    both = read_answers([late, early], "psychopy", sessions="all")
    assert [one.code for one in both.findings] == ["several-sessions"]
    assert list(dict.fromkeys(one.session for one in both)) == ["s1", "s2"]
    assert {one.participant for one in join_answers(both, packs / "a")} == {"P1"}
    mk.write_answers(tmp_path / "all.csv", both)
    again = read_answers(tmp_path / "all.csv", sessions="all")
    assert [(a, a.image_digests, a.details) for a in again] == [
        (a, a.image_digests, a.details) for a in both
    ]


@pytest.mark.parametrize("front_end", ["jspsych", "labjs", "jatos"])
def test_pages_carry_the_digests(packs, tmp_path, front_end):
    from morphkit.export.adapter import Material
    from morphkit.export.browser_study import study_of

    rows = read_pack(packs / "a").stimuli
    design = DESIGNS["categorisation"].make(rows, seed=1, timing=QUICK, practice=0)
    export(packs / "a", front_end, tmp_path / "export", design)
    wording = mk.experiment.texts.read_wording("en", labels=("happy", "sad"))
    study = study_of(
        Material(read_pack(packs / "a"), packs / "a", design, wording),
        dict.fromkeys((row.stimulus_id for row in rows), "x.png"),
    )
    for row in rows:
        assert study["stimuli"][row.stimulus_id]["digest"] == stimulus_digest(row)
