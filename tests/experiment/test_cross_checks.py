"""Psychometric functions beside those of another program, run for real."""

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import small_study as small
from export_study import write_small_pack
from reference_numbers import OWN, load, sources
from simulated_answers import category_answers

from morphkit.errors import MissingExtraError
from morphkit.experiment.analysis.cross_checks import (
    CROSS_CHECKS,
    Compared,
    ExternalFit,
    _by_psignifit,
    _disagreement,
)
from morphkit.experiment.readers.plain_csv import format_answers
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.lapses import fit_with_lapses
from morphkit.psychophysics.psychometric import fit_psychometric

pytestmark = pytest.mark.slow

#: JND of a Gaussian in units of the distance of its 5 % and 95 % points.
PER_WIDTH = 0.6744897501960817 / 3.2897072539029435


@pytest.fixture(scope="module")
def psignifit():
    return pytest.importorskip("psignifit", reason="psignifit is not installed")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    pack = write_small_pack(folder / "pack", n_steps=7, size=(8, 8))
    answers = category_answers(pack, participants=5, repeats=3)
    (folder / "answers.csv").write_text(format_answers(answers), "utf-8")
    return folder


def fit(folder, *options):
    parts = ["calibrate", "fit", folder / "answers.csv", "--pack", folder / "pack"]
    return small.run(*parts, "--samples", 0, *options)


@pytest.mark.parametrize(
    "path",
    sources("psychometric.json", "psychometric_fixture.json"),
    ids=lambda path: path.stem,
)
def test_numbers_of_psignifit_are_those_it_gave_before(psignifit, path):
    """And near our own of the same model."""
    fixture = load(path)
    data = fixture["data"]["lab300"]
    fits = fixture.get("psignifit_4.3") or load(OWN / "psignifit.json")["fits"]
    known = fits["lab300|equal asymptote|norm|MAP"]
    x, k, n = (np.array(data[name], float) for name in "xkn")
    found = _by_psignifit(psignifit, fit_psychometric(x, k, n))
    assert found.pse == pytest.approx(known["estimate"]["threshold"], rel=1e-3)
    assert found.jnd == pytest.approx(known["estimate"]["width"] * PER_WIDTH, rel=1e-3)
    low, high = known["ci95"]["threshold"]
    assert found.pse_interval.low == pytest.approx(low, rel=1e-3)
    assert found.pse_interval.high == pytest.approx(high, rel=1e-3)
    low, high = known["ci95"]["width"]
    assert found.jnd_interval.low == pytest.approx(low * PER_WIDTH, rel=1e-3)
    assert found.jnd_interval.high == pytest.approx(high * PER_WIDTH, rel=1e-3)
    # Guess and lapse rate alike: never the kind of experiment that sets one to a half.
    assert found.guess == found.lapse < 0.05
    ours = fit_with_lapses(x, k, n, rates="symmetric")
    assert found.pse == pytest.approx(ours.threshold, abs=0.02)
    assert found.jnd == pytest.approx(ours.jnd, rel=0.02)


def test_a_function_that_falls_is_the_same_turned(psignifit):
    """Of a logistic function the JND is half the distance of its quartiles."""
    x = np.arange(1.0, 10)
    n = np.full(9, 40.0)
    k = np.rint(40 / (1 + np.exp((x - 5) / 0.8)))
    found = _by_psignifit(psignifit, fit_psychometric(x, k, n, link="logit"))
    assert found.jnd == pytest.approx(-0.8 * np.log(3), rel=0.03)
    assert found.jnd_interval.contains(found.jnd)
    assert found.jnd_interval.low < found.jnd_interval.high < 0
    assert found.pse == pytest.approx(5, abs=0.02)


def test_the_command_prints_and_writes_both(psignifit, study, tmp_path):
    continuum = ["--continuum", "ada_happy_sad", "--output", tmp_path / "out"]
    shown = fit(study, "--cross-check", "psignifit", *continuum)
    assert shown.exit_code == 0
    assert "beside psignifit " in shown.stdout
    assert "fitting by psignifit (2)" in shown.stderr
    document = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert document["cross_check"]["program"] == "psignifit"
    assert document["cross_check"]["version"] == psignifit_version()
    one, whole = document["cross_check"]["compared"]
    assert (one["scope"], whole["scope"]) == ("continuum", "pooled")
    # One continuum is all answers.
    assert one["other_pse"] == pytest.approx(whole["other_pse"])
    assert one["agrees"] == whole["agrees"] == 1
    assert "NO" not in shown.stdout
    assert one["other_pse"] == pytest.approx(one["pse"], abs=0.02)
    assert one["other_jnd"] == pytest.approx(one["jnd"], rel=0.1)
    lines = (tmp_path / "out" / "cross_check.csv").read_text().splitlines()
    rows = list(csv.DictReader(lines))
    # Estimates have nine digits in the document.
    both = [one["other_pse"], whole["other_pse"]]
    assert [float(row["other_pse"]) for row in rows] == pytest.approx(both, rel=1e-8)


def psignifit_version():
    from importlib.metadata import version

    return version("psignifit")


def test_without_it_nothing_of_it_is_there(study, tmp_path):
    assert fit(study, "--output", tmp_path / "out").exit_code == 0
    assert "cross_check" not in json.loads((tmp_path / "out/fit.json").read_text())
    assert not (tmp_path / "out" / "cross_check.csv").exists()


def test_a_missing_program_is_told_before_anything_is_fitted(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "psignifit", None)
    result = fit(study, "--cross-check", "psignifit")
    assert result.exit_code == 3
    assert 'pip install "morphkit-faces[psignifit]"' in result.stderr
    assert "answers" not in result.stderr
    assert result.stdout == ""
    with pytest.raises(MissingExtraError, match="the cross-check psignifit"):
        CROSS_CHECKS["psignifit"].load()


def test_values_outside_the_other_interval_are_told():
    other = ExternalFit(
        0.5, 0.1, Interval(0.45, 0.55), Interval(0.08, 0.12), 0.0, 0.0, 0.0
    )
    near = Compared("continuum", "ada", 0.52, 0.11, other)
    assert near.agrees
    for moved, word in (
        (replace(near, pse=0.6), "PSE"),
        (replace(near, jnd=0.2), "JND"),
    ):
        assert not moved.agrees
        assert moved.to_row()["agrees"] == 0
        found = _disagreement(moved, "psignifit", "ada")
        assert found.code == "cross-check"
        assert f"the {word} is {0.6 if word == 'PSE' else 0.2} here" in found.message
