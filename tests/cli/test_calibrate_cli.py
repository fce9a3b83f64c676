import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from export_study import write_small_pack
from simulated_answers import category_answers, triad_answers
from small_study import RUNNER

from morphkit.cli import main
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers.plain_csv import format_answers
from morphkit.pack.rows import NormRow
from morphkit.pack.tables import parse_table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A pack of 15 steps, with categories and triads of simulated participants."""
    folder = tmp_path_factory.mktemp("study")
    pack = write_small_pack(folder / "pack", n_steps=15, size=(8, 8))
    categories = category_answers(pack, participants=6, repeats=2)
    triads = triad_answers(pack, participants=10, repeats=2)
    (folder / "answers.csv").write_text(format_answers(categories), "utf-8")
    (folder / "triads.csv").write_text(format_answers(triads), "utf-8")
    return folder, pack, categories, triads


def run(*arguments, code=0):
    result = RUNNER.invoke(main, ["calibrate", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def fit_json(folder, answers, *options, code=0):
    path = folder / "given.csv"
    path.write_text(format_answers(answers), "utf-8")
    pack = options[0] if options else None
    result = run("fit", path, "--pack", pack, *options[1:], "--json", code=code)
    return json.loads(result.stdout) if code == 0 else result.stderr


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def codes(document):
    return {finding["code"] for finding in document["findings"]}


# --- fit


def test_fit_recovers_what_was_simulated(study, tmp_path):
    folder, pack, *_ = study
    options = ["--pack", folder / "pack", "--samples", 60]
    shown = run("fit", folder / "answers.csv", *options, "--output", tmp_path / "out")
    assert "JND = (x75 - x25) / 2" in shown.stdout
    assert re.search(r"^p01 +60 ", shown.stdout, re.MULTILINE)
    assert "hierarchical" in shown.stdout
    assert "fitting 360 answers of 6 participants to 2 continua" in shown.stderr
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [
        *("fit.json", "fits.csv", "fits.svg", "pooled.csv", "reaction_times.csv")
    ]
    document = json.loads((tmp_path / "out" / "fit.json").read_text("utf-8"))
    assert document["schema"] == "morphkit-fit/1"
    assert document["pack"]["name"] == pack.name
    rows = table(tmp_path / "out" / "fits.csv")
    assert [row["scope"] for row in rows].count("participant") == 6
    assert [row["scope"] for row in rows].count("cell") == 12
    whole = rows[0]
    assert whole["scope"] == "pooled"
    assert float(whole["pse"]) == pytest.approx(0.5, abs=0.1)
    assert float(whole["jnd"]) == pytest.approx(0.6745 * 0.16, rel=0.3)
    assert float(whole["pse_low"]) < float(whole["pse"]) < float(whole["pse_high"])
    pooled = {row["method"]: row for row in table(tmp_path / "out" / "pooled.csv")}
    slopes = pooled.pop("hierarchical, random slopes")
    assert list(pooled) == ["naive", "mean of 2 identities", "hierarchical"]
    assert float(pooled["hierarchical"]["jnd"]) < float(pooled["naive"]["jnd"])
    assert float(slopes["jnd_low"]) < float(slopes["jnd"]) < float(slopes["jnd_high"])
    assert float(slopes["jnd"]) < float(pooled["naive"]["jnd"])
    svg = (tmp_path / "out" / "fits.svg").read_text("utf-8")
    assert "ada_happy_sad" in svg
    assert "share of “sad”" in svg


def test_intervals_of_identities_come_from_the_participants(study, tmp_path):
    """Raters who differ: the likelihood of all answers knows far too much."""
    folder, pack, *_ = study
    answers = category_answers(pack, participants=8, repeats=3, rater_sd=0.1)
    (tmp_path / "a.csv").write_text(format_answers(answers), "utf-8")
    options = ("--pack", folder / "pack", "--samples", 300)
    shown = run("fit", tmp_path / "a.csv", *options, "--output", tmp_path / "out")
    assert "from drawing participants again" in shown.stdout
    document = json.loads((tmp_path / "out" / "fit.json").read_text("utf-8"))
    rows = table(tmp_path / "out" / "fits.csv")
    drawn = document["pooled"]["intervals"]
    own = [one for one in document["fits"] if one["scope"] == "continuum"]
    assert len(own) == 2
    for place, one in enumerate(own):
        (row,) = (
            r
            for r in rows
            if r["scope"] == "continuum" and r["continuum_id"] == one["continuum_id"]
        )
        for name in ("pse", "jnd"):
            interval = drawn[f"identity_{name}"][place]
            assert one[f"{name}_interval"] == interval
            assert float(row[f"{name}_low"]) == interval["low"]
            assert float(row[f"{name}_high"]) == interval["high"]
        assert row["interval_source"] == one["interval_source"] == "participants"
        width = float(row["pse_high"]) - float(row["pse_low"])
        profile = one["fit"]["pse_profile"]
        assert width > 1.5 * (profile["high"] - profile["low"])
        assert f"{float(row['pse_low']):.4g} to {float(row['pse_high']):.4g}" in (
            shown.stdout
        )
    person = next(r for r in rows if r["scope"] == "participant")
    assert person["interval_source"] == "score-tests"


def test_few_participants_have_no_interval_of_all(study, tmp_path):
    folder, _, categories, _ = study
    three = [a for a in categories if a.participant in ("p01", "p02", "p03")]
    found = fit_json(tmp_path, three, folder / "pack", "--samples", 20)
    assert "no-interval" in codes(found)
    sources = {(one["scope"], one["interval_source"]) for one in found["fits"]}
    assert ("continuum", "none") in sources
    assert ("pooled", "none") in sources
    assert ("participant", "score-tests") in sources
    alone = [a for a in categories if a.participant == "p01"]
    found = fit_json(tmp_path, alone, folder / "pack", "--samples", 20)
    assert "no-interval" not in codes(found)
    assert {one["interval_source"] for one in found["fits"] if one["fit"]} == {
        "score-tests"
    }


def test_lapses_that_matter_are_told_before_the_numbers(study, tmp_path):
    folder, pack, *_ = study
    answers = category_answers(
        pack, repeats=6, sd=0.08, rater_sd=0, identity_sd=0, seed=3
    )
    generator = np.random.default_rng(1)
    blind = [
        replace(a, response=("happy", "sad")[generator.integers(2)])
        if generator.random() < 0.12
        else a
        for a in answers
    ]
    path = tmp_path / "blind.csv"
    path.write_text(format_answers(blind), "utf-8")
    common = ("--pack", folder / "pack", "--samples", 0)
    shown = run("fit", path, *common, "--json")
    told = [
        one for one in json.loads(shown.stdout)["findings"] if one["code"][:3] == "lap"
    ]
    assert [one["where"] for one in told] == [
        "all answers",
        *("ada_happy_sad", "ben_happy_sad"),
    ]
    both = json.loads(run("fit", path, *common, "--lapses", "both", "--json").stdout)
    whole = both["fits"][0]
    jnds = f"its JND of {whole['fit']['jnd']:.3g} would be {whole['lapses']['jnd']:.3g}"
    assert jnds in told[0]["message"]
    assert "lapses-matter" not in codes(both)
    printed = run("fit", path, *common)
    assert printed.output.index("lapses-matter") < printed.output.index("SK")
    # Answers without any: nothing is told.
    assert "lapses-matter" not in codes(
        fit_json(tmp_path, answers, folder / "pack", "--samples", 0)
    )


def test_fit_counts_by_hand(study):
    """Balance point of a participant on steps, from the answers themselves."""
    folder, _, categories, _ = study
    shown = run(
        "fit",
        folder / "answers.csv",
        *("--pack", folder / "pack", "--axis", "step", "--samples", 0, "--json"),
    )
    fits = json.loads(shown.stdout)["fits"]
    (cell,) = (
        f
        for f in fits
        if f["participant"] == "p03" and f["continuum_id"] == "ben_happy_sad"
    )
    happy = [
        a.response == "happy"
        for a in categories
        if a.participant == "p03" and a.stimuli[0].startswith("ben")
    ]
    assert cell["balance"] == pytest.approx(sum(happy) / 2)
    assert cell["spearman_karber"] == pytest.approx(sum(happy) / 2 + 0.5)


def test_the_same_answers_give_the_same_bytes(study, tmp_path):
    folder, *_ = study
    for name in ("a", "b"):
        options = ["--samples", 20, "--output", tmp_path / name, "--quiet"]
        shown = run("fit", folder / "answers.csv", "--pack", folder / "pack", *options)
        assert shown.stderr == ""
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_steps_and_levels_are_the_same_fit(study):
    folder, *_ = study
    common = ["fit", folder / "answers.csv", "--pack", folder / "pack", "--samples", 0]
    by_level, by_step = (
        json.loads(run(*common, "--axis", axis, "--json").stdout)["fits"][0]["fit"]
        for axis in ("level", "step")
    )
    assert by_step["pse"] == pytest.approx(1 + 14 * by_level["pse"])
    assert by_step["jnd"] == pytest.approx(14 * by_level["jnd"])


def test_lapses_are_fitted_beside(study, tmp_path):
    folder, pack, *_ = study
    answers = category_answers(pack, participants=6, repeats=4, rater_sd=0)
    generator = np.random.default_rng(1)
    other = {"happy": "sad", "sad": "happy"}
    slips = [
        replace(a, response=other[a.response]) if generator.random() < 0.05 else a
        for a in answers
    ]
    found = fit_json(
        tmp_path, slips, folder / "pack", "--samples", 0, "--lapses", "symmetric"
    )
    whole = found["fits"][0]
    assert whole["lapses"]["guess"] == pytest.approx(0.05, abs=0.025)
    assert whole["lapses"]["jnd"] < whole["fit"]["jnd"]


# --- bad data


def test_a_missing_column_is_told_with_the_way_to_name_it(study, tmp_path):
    folder, *_ = study
    path = tmp_path / "lab.csv"
    path.write_text("Subj,Picture,Key\n1,ada_happy_sad_s01,h\n")
    said = run("fit", path, "--pack", folder / "pack", code=3).stderr
    assert "has no column participant, stimulus_1, response" in said
    assert "--columns participant=COLUMN" in said
    naming = "participant=Subj,stimulus_1=Picture,response=Key"
    options = ["--pack", folder / "pack", "--columns", naming]
    said = run("fit", path, *options, code=3).stderr
    assert 'the response "h" (1 answers); "happy" or "sad"' in said
    said = run("fit", path, *options, "--recode", "h=happy", code=3).stderr
    assert 'every answer is "happy"' in said
    assert run("fit", path, *options, "--recode", "happy", code=2)


def test_unknown_stimuli_are_told_all_at_once(study, tmp_path):
    folder, _, categories, _ = study
    wrong = [replace(a, stimuli=(f"x{k % 13}",)) for k, a in enumerate(categories)]
    said = fit_json(tmp_path, wrong, folder / "pack", code=3)
    assert 'stimulus "x0" is not in the pack' in said
    assert 'stimulus "x12"' in said
    assert "and 3 other unknown stimuli" in said


def test_one_participant_is_told(study, tmp_path):
    folder, _, categories, _ = study
    own = [a for a in categories if a.participant == "p01"]
    found = fit_json(tmp_path, own, folder / "pack")
    assert "one-participant" in codes(found)
    assert found["pooled"]["intervals"] == {}
    assert found["pooled"]["hierarchical"]["sd_participant"] == 0


def test_a_participant_whose_answers_are_all_alike_has_no_pse(study, tmp_path):
    folder, _, categories, _ = study
    given = [
        replace(a, response="sad") if a.participant == "p02" else a for a in categories
    ]
    options = (folder / "pack", "--samples", 0)
    found = fit_json(tmp_path, given, *options)
    (told,) = (f for f in found["findings"] if f["code"] == "all-alike")
    assert told["where"] == "p02"
    (row,) = (
        f for f in found["fits"] if f["participant"] == "p02" and f["scope"] != "cell"
    )
    assert row["fit"] is None
    assert row["balance"] == 0
    alike = [replace(a, response="sad") for a in categories]
    assert 'every answer is "sad"' in fit_json(tmp_path, alike, *options, code=3)


def test_perfect_separation_is_told_and_penalised(study, tmp_path):
    folder, pack, *_ = study
    sharp = category_answers(pack, sd=1e-9, rater_sd=0, identity_sd=0, pse=0.53)
    found = fit_json(tmp_path, sharp, folder / "pack", "--samples", 100)
    assert {"separated", "not-pooled"} <= codes(found)
    fit = found["fits"][0]["fit"]
    assert fit["method"] == "firth"
    assert 7 / 14 < fit["pse"] < 8 / 14
    assert found["pooled"]["hierarchical"] is None


def test_reversed_and_random_answers_are_told(study, tmp_path):
    folder, _, categories, _ = study
    other = {"happy": "sad", "sad": "happy"}
    turned = [replace(a, response=other[a.response]) for a in categories]
    found = fit_json(tmp_path, turned, folder / "pack", "--samples", 0)
    (told,) = (
        f
        for f in found["findings"]
        if f["code"] == "reversed" and f["where"] == "all answers"
    )
    assert told["severity"] == "error"
    generator = np.random.default_rng(3)
    thrown = [
        replace(a, response=str(generator.choice(["happy", "sad"]))) for a in categories
    ]
    path = tmp_path / "thrown.csv"
    path.write_text(format_answers(thrown), "utf-8")
    out = tmp_path / "out"
    options = ["--pack", folder / "pack", "--samples", 0, "--output", out]
    assert "[flat]" in run("fit", path, *options).stdout
    rows = {row["participant"]: row for row in table(out / "fits.csv")}
    assert any(r["pse"] == "" and r["method"] for r in rows.values())


def test_duplicate_trials_are_told_or_refused(study, tmp_path):
    folder, _, categories, _ = study
    options = (folder / "pack", "--samples", 0)
    found = fit_json(tmp_path, [*categories, *categories[:5]], *options)
    (told,) = (f for f in found["findings"] if f["code"] == "duplicate-trial")
    assert told["value"] == 5
    assert found["fits"][0]["n_answers"] == len(categories)
    other = "happy" if categories[0].response == "sad" else "sad"
    given = [*categories, replace(categories[0], response=other)]
    said = fit_json(tmp_path, given, *options, code=3)
    assert "participant p01 has two different answers to trial 1" in said


def test_unanswered_and_fast_trials_are_told(study, tmp_path):
    folder, _, categories, _ = study
    given = [
        replace(a, response="") if k % 7 == 0 else replace(a, rt_seconds=0.05)
        for k, a in enumerate(categories)
    ]
    found = fit_json(tmp_path, given, folder / "pack", "--samples", 0)
    assert {"unanswered", "fast-answers", "few-participants"} <= codes(found)
    silent = [replace(a, response="") for a in categories]
    said = fit_json(tmp_path, silent, folder / "pack", code=3)
    assert "no trial was answered" in said


def test_the_unit_of_reaction_times_is_told(study, tmp_path):
    folder, _, categories, _ = study
    text = format_answers(categories).replace("rt_seconds", "rt", 1)
    (tmp_path / "rt.csv").write_text(text, "utf-8")
    options = ["--pack", folder / "pack", "--samples", 0, "--json"]
    found = json.loads(run("fit", tmp_path / "rt.csv", *options).stdout)
    (told,) = (f for f in found["findings"] if f["code"] == "reaction-time-unit")
    assert 0.5 < told["value"] < 1.2


def test_other_tasks_and_phases_are_told(study, tmp_path):
    folder, _, categories, triads = study
    said = fit_json(tmp_path, triads, folder / "pack", code=3)
    assert "there are no answers with one of two labels to single images" in said
    assert "analyse them by calibrate scale" in said
    assert f"{len(triads)} of scale in phase main" in said
    said = run("scale", folder / "answers.csv", "--pack", folder / "pack", code=3)
    assert "there are no answers to triads or quadruples" in said.stderr
    practice = [replace(a, phase="practice") for a in categories]
    assert "in phase practice" in fit_json(tmp_path, practice, folder / "pack", code=3)
    both = [*categories, *practice]
    found = fit_json(tmp_path, both, folder / "pack", "--samples", 0)
    assert found["fits"][0]["n_answers"] == len(categories)
    options = (folder / "pack", "--samples", 0, "--phase", "practice")
    found = fit_json(tmp_path, both, *options)
    assert found["fits"][0]["n_answers"] == len(practice)


def test_one_continuum_can_be_chosen(study):
    folder, _, categories, _ = study
    options = ["--pack", folder / "pack", "--samples", 0, "--json"]
    one = ["--continuum", "ada_happy_sad"]
    found = json.loads(run("fit", folder / "answers.csv", *options, *one).stdout)
    assert found["continua"] == ["ada_happy_sad"]
    assert found["fits"][0]["n_answers"] == len(categories) / 2
    said = run("fit", folder / "answers.csv", *options, "--continuum", "x", code=3)
    assert 'there is no continuum "x"' in said.stderr


def test_output_is_not_replaced_unasked(study, tmp_path):
    folder, *_ = study
    (tmp_path / "out").mkdir()
    options = ["--pack", folder / "pack", "--samples", 0, "--output", tmp_path / "out"]
    said = run("fit", folder / "answers.csv", *options, code=3).stderr
    assert "already exists" in said
    assert list((tmp_path / "out").iterdir()) == []
    run("fit", folder / "answers.csv", *options, "--overwrite")
    assert (tmp_path / "out" / "fit.json").is_file()
    (tmp_path / "file").write_text("")
    options[-1] = tmp_path / "file" / "out"
    said = run("fit", folder / "answers.csv", *options, code=3).stderr
    assert "is a file, not a folder" in said


def test_folders_and_formats_of_answers(study, tmp_path):
    folder, _, categories, _ = study
    for person in ("p01", "p02"):
        own = [a for a in categories if a.participant == person]
        (tmp_path / f"{person}.csv").write_text(format_answers(own), "utf-8")
    options = ["--pack", folder / "pack", "--samples", 0, "--json"]
    found = json.loads(run("fit", tmp_path, *options).stdout)
    assert found["participants"] == ["p01", "p02"]
    (tmp_path / "empty").mkdir()
    assert (
        "no file of answers" in run("fit", tmp_path / "empty", *options, code=3).stderr
    )
    other = ["--from", "psychopy", "--recode", "a=b"]
    assert "need --from csv" in run("fit", tmp_path, *options, *other, code=2).stderr
    said = run("fit", tmp_path / "p01.csv", *options, "--from", "psychopy", code=3)
    assert "p01.csv" in said.stderr


# --- scale


def test_scale_recovers_what_was_simulated(study, tmp_path):
    folder, *_ = study
    options = ["--pack", folder / "pack", "--samples", 150, "--output", tmp_path / "o"]
    shown = run("scale", folder / "triads.csv", *options).stdout
    assert "of the 8 compared departs from equal steps by more than" in shown
    assert "7 of 15 images were not compared" in shown
    assert "between continua the scale of the middle image" in shown
    document = json.loads((tmp_path / "o" / "scale.json").read_text("utf-8"))
    assert document["schema"] == "morphkit-scale/1"
    scopes = [scale["scope"] for scale in document["scales"]]
    assert scopes == ["pooled", "continuum", "continuum", *["participant"] * 10]
    whole = document["scales"][0]
    scale = whole["scale"]
    assert scale["source"] == "participants"
    assert whole["n_participants"] == 10
    levels = np.array(scale["levels"])
    truth = levels + np.sin(2 * np.pi * levels) / (6 * np.pi)
    assert scale["values"] == pytest.approx(truth, abs=0.06)
    assert scale["sigma"] == pytest.approx(0.15, rel=0.2)
    for interval, value in zip(scale["band"], truth, strict=True):
        assert interval["low"] - 1e-9 <= value <= interval["high"] + 1e-9
    assert whole["checks"]["six_points"] is None
    names = sorted(path.name for path in (tmp_path / "o").iterdir())
    assert names == ["scale.json", "scale_values.csv", "scales.csv", "scales.svg"]
    rows = table(tmp_path / "o" / "scale_values.csv")
    assert len(rows) == 8 * len(scopes)
    assert float(rows[1]["value"]) == scale["values"][1]


def test_a_margin_decides_the_verdict(study):
    folder, *_ = study
    options = ["--pack", folder / "pack", "--samples", 100, "--json"]
    found = []
    for margin in (0.001, 0.3):
        shown = run("scale", folder / "triads.csv", *options, "--margin", margin)
        found.append(json.loads(shown.stdout)["scales"][0]["certificate"])
    assert found[0]["verdict"] == "uneven"
    # Of 15 images 8 were compared: within the margin, but not certified.
    assert found[1]["upper_bound"] <= 0.3
    assert found[1]["verdict"] == "undecided"
    assert (found[1]["n_compared"], found[1]["n_images"]) == (8, 15)


def test_every_continuum_is_judged_with_the_others_in_mind(study, tmp_path):
    folder, *_ = study
    options = ("--pack", folder / "pack", "--samples", 100, "--output", tmp_path / "o")
    run("scale", folder / "triads.csv", *options)
    document = json.loads((tmp_path / "o" / "scale.json").read_text("utf-8"))
    test = document["heterogeneity"]
    assert 0.05 < test["p_value"] <= 1  # simulated alike
    assert test["spread"] <= test["spread_high"]
    whole, one, other = document["scales"][:3]
    assert whole["judged"] is None
    for each in (one, other):
        assert each["judged"]["source"] == "partial"
        assert each["judged"]["raw"] == each["scale"]["raw"]
    drawn, own = (
        np.subtract(one[key]["values"], other[key]["values"])
        for key in ("judged", "scale")
    )
    assert np.abs(drawn).max() < np.abs(own).max()
    rows = table(tmp_path / "o" / "scale_values.csv")[8:16]
    shown = [[float(row[k]) for row in rows] for k in ("value", "own_value")]
    assert shown == [one["judged"]["values"], one["scale"]["values"]]
    band = one["judged"]["band"]
    assert [float(r["band_low"]) for r in rows] == [b["low"] for b in band]
    summary = table(tmp_path / "o" / "scales.csv")[1]
    assert float(summary["upper_bound"]) == one["certificate"]["upper_bound"]
    assert (summary["n_compared"], summary["n_images"]) == ("8", "15")


def test_no_verdict_where_the_band_does_not_hold(study, tmp_path):
    """Three people are too few to be drawn again; without drawing, so are ten."""
    folder, _, _, triads = study
    few = [a for a in triads if a.participant in ("p01", "p02", "p03")]
    for answers, samples in ((few, 50), (triads, 0)):
        path = tmp_path / "t.csv"
        path.write_text(format_answers(answers), "utf-8")
        output = tmp_path / f"scale_{samples}"
        options = ("--pack", folder / "pack", "--samples", samples, "--margin", 0.3)
        shown = run("scale", path, *options, "--output", output)
        assert "no verdict: its band takes the answers" in shown.stdout
        document = json.loads((output / "scale.json").read_text("utf-8"))
        whole = document["scales"][0]
        assert whole["scale"]["source"] == "wald"
        assert whole["certificate"]["verdict"] == "undecided"
        assert whole["certificate"]["held"] is False
        (own,) = (s for s in document["scales"] if s["participant"] == "p01")
        assert own["certificate"]["held"] is True  # of this person
        options = ("--scale", output, "--output", tmp_path / "new.toml")
        again = run("respace", folder / "pack", *options, code=3)
        assert "uncertainty takes as independent" in again.output
    five = [a for a in triads if a.participant <= "p05"]
    path.write_text(format_answers(five), "utf-8")
    shown = run("scale", path, "--pack", folder / "pack", "--samples", 50, "--json")
    whole = json.loads(shown.stdout)["scales"][0]
    assert (whole["scale"]["source"], whole["certificate"]["held"]) == (
        "participants",
        True,
    )


def test_scales_that_cannot_be_are_told(study, tmp_path):
    folder, pack, _, triads = study
    path = tmp_path / "t.csv"

    def scale(answers, code=0):
        path.write_text(format_answers(answers), "utf-8")
        options = ["--pack", folder / "pack", "--samples", 50, "--json"]
        shown = run("scale", path, *options, code=code)
        return json.loads(shown.stdout) if code == 0 else shown.stderr

    alike = [replace(a, response="pair_1") for a in triads if a.participant == "p01"]
    assert "all 112 answers choose the same pair" in scale(alike, 3)
    wrong = [replace(triads[0], response="left")]
    assert 'the response "left"' in scale(wrong, 3)
    ben = pack.stimuli_of("ben_happy_sad")[0].stimulus_id
    mixed = [replace(triads[0], stimuli=(str(ben), *triads[0].stimuli[1:]))]
    assert "different continua" in scale(mixed, 3)
    sharp = triad_answers(pack, participants=1, sigma=1e-9, repeats=2)
    found = scale(sharp)
    assert {"separated", "one-participant"} <= codes(found)
    assert found["scales"][0]["scale"]["method"] == "firth"
    few = triad_answers(pack, participants=1, steps=(1, 5, 8, 15), repeats=30)
    moved = [replace(a, participant="p09") for a in triads if a.participant == "p02"]
    found = scale([*few, *moved])
    assert "different-levels" in codes(found)
    assert {s["scope"] for s in found["scales"]} == {"continuum"}


# --- norms


def test_norms_give_means_and_agreement(study, tmp_path):
    folder, pack, *_ = study
    generator = np.random.default_rng(1)
    answers = [
        Answer(
            f"r{person}",
            place,
            (row.stimulus_id,),
            f"{row.level * 6 + generator.normal(0, 0.5):.3f}",
            design="rating",
            question="distress",
        )
        for person in range(5)
        for place, row in enumerate(pack.stimuli, start=1)
    ]
    path = tmp_path / "r.csv"
    path.write_text(format_answers(answers[:-1]), "utf-8")
    options = ["--pack", folder / "pack", "--rater-group", "parents"]
    ran = run("norms", path, *options, "--output", tmp_path / "n")
    assert 'norms = "norms.csv" under [pack]' in ran.stderr
    text = (tmp_path / "n" / "norms.csv").read_text("utf-8")
    assert len(parse_table(NormRow, text, where="norms.csv")) == 30
    shown = ran.stdout
    assert "ICC2k" in shown
    assert "[few-raters]" in shown
    assert "[incomplete-raters]" in shown
    rows = table(tmp_path / "n" / "norms.csv")
    assert len(rows) == 30
    assert list(rows[0]) == [
        *("stimulus_id", "measure", "mean", "sd", "n"),
        *("rater_group", "instrument", "source_doi"),
    ]
    assert rows[0]["rater_group"] == "parents"
    of_last = [float(a.response) for a in answers if a.stimuli == answers[29].stimuli]
    assert float(rows[-1]["mean"]) == pytest.approx(np.mean(of_last[:4]), abs=1e-12)
    agreement = {row["measure"]: row for row in table(tmp_path / "n" / "agreement.csv")}
    assert float(agreement["ICC2"]["value"]) == pytest.approx(0.94, abs=0.03)
    assert agreement["ICC2"]["n_raters"] == "4"
    assert float(agreement["alpha"]["low"]) < float(agreement["alpha"]["value"])
    words = [replace(a, response="very") for a in answers]
    path.write_text(format_answers(words), "utf-8")
    assert 'the rating "very"' in run("norms", path, *options, code=3).stderr


def test_steps_that_are_seen_are_told(study, tmp_path):
    """Counted by hand: hits and false alarms of every participant."""
    folder, *_ = study
    plan = tmp_path / "pairs"
    design = ("design", folder / "pack", "--design", "same_different")
    run(*design, "--lag", 3, "--repeats", 4, "--output", plan)
    path = tmp_path / "pairs.csv"
    people = ("--participants", 8, "--output", path)
    run("simulate", plan, "--pack", folder / "pack", *people)
    options = ("--pack", folder / "pack", "--output", tmp_path / "o")
    shown = run("discriminate", path, *options).stdout
    assert "d' differencing" in shown
    document = json.loads((tmp_path / "o" / "discrimination.json").read_text("utf-8"))
    assert document["schema"] == "morphkit-discrimination/1"
    one = document["continua"][0]
    rows = [r for r in table(path) if r["phase"] == "main"]
    own = [
        (r["stimulus_1"] != r["stimulus_2"], r["response"] == "different")
        for r in rows
        if r["participant"] == "sim001" and one["continuum_id"] in r["stimulus_1"]
    ]
    found = one["participants"]["sim001"]
    assert found["hits"] == sum(said for apart, said in own if apart)
    assert found["false_alarms"] == sum(said for apart, said in own if not apart)
    values = [p["differencing"] for p in one["participants"].values()]
    assert one["differencing"] == pytest.approx(np.mean(values))
    # A step of 3/14 with noise 0.05: d' of 4.3; half answers draw it down a little.
    assert 3 < one["differencing"] < 5
    ends = one["intervals"]["differencing"]
    reach = 2.3646 * np.std(values, ddof=1) / np.sqrt(8)
    assert ends["high"] - one["differencing"] == pytest.approx(reach, rel=1e-3)
    assert one["rt_same"] > 0 < one["rt_different"]
    pairs = table(tmp_path / "o" / "pairs.csv")
    assert sum(int(p["n"]) for p in pairs) == len(rows)
    # No triads: the error says what is there instead.
    wrong = run(
        "discriminate", folder / "triads.csv", "--pack", folder / "pack", code=3
    )
    assert "there are no answers to pairs of images" in wrong.output
