"""What people answered, in the report: read back, drawn to scale, told in words."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import simulated_answers as simulated
import small_study as small
from small_pack import make_pack

from morphkit._core import plots
from morphkit._core.files import sha256_of
from morphkit._core.svg import draw_sheet
from morphkit.errors import InputError, SeveralInputsError
from morphkit.experiment.analysis.answers import collect
from morphkit.experiment.analysis.categories import FitSettings, fit_categories
from morphkit.experiment.analysis.documents import (
    fit_document,
    fit_table,
    norms_document,
    norms_table,
    pooled_table,
    scale_document,
    scale_summary,
    scale_table,
    to_json,
)
from morphkit.experiment.analysis.norms import make_norms
from morphkit.experiment.analysis.plots import category_plots, rating_plots, scale_plots
from morphkit.experiment.analysis.results import (
    CategoryStudy,
    ScaleStudy,
    Study,
    fit_answers,
    read_study,
)
from morphkit.experiment.analysis.scale_values import (
    ScaleSettings,
    equal_steps,
    steps_at,
)
from morphkit.experiment.analysis.scales import fit_scales
from morphkit.experiment.readers.plain_csv import format_answers
from morphkit.pack import read_pack
from morphkit.pack.write import files_of, write_pack
from morphkit.report import write_report
from morphkit.report.answer_methods import human_sentences

STEPS = (1, 3, 5, 7, 9)
FIT = FitSettings(samples=60)
SCALE = ScaleSettings(samples=60, check_samples=40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a pack of two continua, in a folder of its own."""
    folder = tmp_path_factory.mktemp("human") / "pack"
    folder.mkdir()
    pack = make_pack(folder, n_steps=9, spacing=True)
    write_report(pack, folder)
    write_pack(pack, folder)
    return folder


@pytest.fixture(scope="module")
def pack(folder):
    return read_pack(folder)


@pytest.fixture(scope="module")
def answers(pack):
    return {
        "category": simulated.category_answers(pack, repeats=2, pse=0.4),
        "scale": simulated.triad_answers(
            pack, participants=12, steps=STEPS, repeats=3, amplitude=0.8
        ),
        "rating": simulated.rating_answers(pack),
    }


@pytest.fixture(scope="module")
def study(pack, answers):
    """Return everything that was answered, fitted."""
    fits = fit_categories(collect(answers["category"], pack, task="category"), FIT)
    scales = fit_scales(collect(answers["scale"], pack, task="scale"), SCALE)
    norms = make_norms(collect(answers["rating"], pack, task="rating"))
    return Study(
        (CategoryStudy(fits, FIT),),
        (ScaleStudy(scales, SCALE),),
        (norms,),
        {"morphkit": "0.1.0"},
    )


@pytest.fixture(scope="module")
def documents(study, pack, tmp_path_factory):
    """Return the files that calibrate fit, scale and norms write."""
    place = tmp_path_factory.mktemp("documents")
    texts = {
        "fit.json": fit_document(study.categories[0].result, pack, FIT),
        "scale.json": scale_document(study.scales[0].result, pack, SCALE),
        "norms.json": norms_document(study.norms[0], pack, None),
    }
    for name, document in texts.items():
        (place / name).write_text(to_json(document), "utf-8")
    return [place / name for name in texts]


def state_of(folder):
    """Return the hash of every file of a folder."""
    return {path: sha256_of(file) for path, file in files_of(folder).items()}


# ---- reading back


def same(one, other):
    """Return whether two values agree to the digits that documents have."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-8, abs=1e-8)
    return one == other


def test_documents_give_back_what_was_fitted(study, documents, pack):
    """The restored results make the same documents and the same tables."""
    again = read_study(documents, pack)
    written = [
        fit_document(again.categories[0].result, pack, FIT),
        scale_document(again.scales[0].result, pack, SCALE),
        norms_document(again.norms[0], pack, None),
    ]
    for path, document in zip(documents, written, strict=True):
        assert same(json.loads(to_json(document)), json.loads(path.read_text("utf-8")))
    one, other = study.categories[0], again.categories[0]
    assert same(fit_table(other.result.fits), fit_table(one.result.fits))
    assert same(pooled_table(other.result), pooled_table(one.result))
    assert other.settings == FIT
    fine = np.linspace(0, 1, 7)
    for a, b in zip(one.result.fits, other.result.fits, strict=True):
        assert (a.fit is None) == (b.fit is None)
        if a.fit is not None:
            assert b.fit.predict(fine) == pytest.approx(a.fit.predict(fine), rel=1e-7)
    one, other = study.scales[0], again.scales[0]
    assert same(scale_table(other.result, pack), scale_table(one.result, pack))
    assert same(scale_summary(other.result), scale_summary(one.result))
    about = {"rater_group": "", "instrument": "", "source_doi": ""}
    assert same(
        norms_table(again.norms[0], **about), norms_table(study.norms[0], **about)
    )
    assert again.findings == study.findings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["fits"][0].pop("balance"), r"fits\[0\].balance is missing"),
        (lambda d: d["fits"][0]["fit"].update(pse="x"), r'fits\[0\].fit.pse is "x"'),
        (lambda d: d["fits"][0]["fit"].update(levels=["a"]), "is not a number"),
        (lambda d: d.update(labels=["happy"]), "labels has 1 parts instead of 2"),
        (lambda d: d.update(fits=3), "fits is of type number"),
        (lambda d: d["settings"].update(colour=1), "settings.colour is not known"),
        (
            lambda d: d["pack"].update(recipe_sha256="0", stimuli={}),
            "fitted to another pack",
        ),
        (
            lambda d: d["pack"].update(recipe_sha256="0", stimuli={"x": 1}),
            "fitted to another pack",
        ),
    ],
)
def test_documents_that_cannot_be_read_are_refused(
    documents, pack, tmp_path, change, message
):
    data = json.loads(documents[0].read_text("utf-8"))
    change(data)
    (tmp_path / "fit.json").write_text(json.dumps(data), "utf-8")
    with pytest.raises(InputError, match=message):
        read_study([tmp_path / "fit.json"], pack)


@pytest.mark.parametrize(
    ("number", "change", "message"),
    [
        (0, lambda d: d["settings"].update(axis="x"), 'no axis is called "x"'),
        (0, lambda d: d["settings"].update(link="x"), 'no link is called "x"'),
        (0, lambda d: d["settings"].update(lapses="x"), 'no choice of rates is .* "x"'),
        (0, lambda d: d["fits"][0]["fit"].update(method="x"), 'method is "x", none of'),
        (0, lambda d: d["fits"][0].update(scope="x"), 'scope "x"'),
        (
            1,
            lambda d: d["scales"][0]["certificate"].update(verdict="x"),
            'verdict is "x", none of uniform, uneven, undecided',
        ),
        (
            1,
            lambda d: d["scales"][0]["scale"].update(source="x"),
            'source is "x", none',
        ),
        (
            1,
            lambda d: d["scales"][0]["scale"].update(method=1),
            "method is of type num",
        ),
    ],
)
def test_words_of_their_own_are_refused(
    documents, pack, tmp_path, number, change, message
):
    data = json.loads(documents[number].read_text("utf-8"))
    change(data)
    place = tmp_path / documents[number].name
    place.write_text(json.dumps(data), "utf-8")
    with pytest.raises(InputError, match=message):
        read_study([place], pack)


def test_documents_of_other_packs_are_told_together(documents, pack, tmp_path):
    for path in documents[:2]:
        text = re.sub("[0-9a-f]{64}", "f" * 64, path.read_text("utf-8"))
        (tmp_path / path.name).write_text(text, "utf-8")
    with pytest.raises(SeveralInputsError, match=r"(?s)fit\.json.*scale\.json"):
        read_study([tmp_path / "fit.json", tmp_path / "scale.json"], pack)


def test_answers_to_other_tasks_and_practice_are_counted(pack, answers):
    more = [
        replace(a, phase="practice", order=a.order + 500) for a in answers["rating"]
    ]
    found = fit_answers([*answers["rating"], *more[:7]], pack)
    assert found.categories == found.scales == ()
    assert found.learning == 7
    assert "7 trials of practice or training were excluded." in list(
        human_sentences(found)
    )
    with pytest.raises(InputError, match="in phase practice"):
        fit_answers(more, pack)


# ---- plots


def places(points):
    """Return the points of a curve as arrays."""
    return np.array([p.split(",") for p in points.split()], float).T


def test_functions_are_drawn_to_scale(study):
    """Dots are the shares, the curve is the function, its PSE is where it says."""
    drawn = category_plots(study.categories[0])
    assert [p.title for p in drawn] == ["All answers", "ada_happy_sad", "ben_happy_sad"]
    shown = [*study.categories[0].result.of("pooled")]
    shown += study.categories[0].result.of("continuum")
    width, height = plots.RIGHT - plots.LEFT, plots.BOTTOM - plots.TOP
    for plot, one in zip(drawn, shown, strict=True):
        fit = one.fit
        x, y = places(plot.curve)
        levels = (x - plots.LEFT) / width
        shares = -0.04 + 1.08 * (plots.BOTTOM - y) / height
        assert shares == pytest.approx(fit.predict(levels), abs=0.012)
        dots = [-0.04 + 1.08 * (plots.BOTTOM - d.y) / height for d in plot.dots]
        assert dots == pytest.approx((fit.chosen / fit.shown).tolist(), abs=0.002)
        (mark,) = [s for s in plot.strokes if s.kind == "point"]
        assert (mark.x1 - plots.LEFT) / width == pytest.approx(fit.pse, abs=0.001)
        (reach,) = [s for s in plot.strokes if s.kind == "reach"]
        ends = [(v - plots.LEFT) / width for v in (reach.x1, reach.x2)]
        interval, _ = one.intervals
        assert one.interval_source == "participants"
        assert ends == pytest.approx([interval.low, interval.high], abs=0.001)
        assert plot.band == ""  # it would be of independent answers
        assert f"PSE {fit.pse:.3g}, JND {fit.jnd:.3g}" in plot.note
        whiskers = [s for s in plot.strokes if s.kind == "whisker"]
        assert len(whiskers) == 9
        for whisker, dot in zip(whiskers, plot.dots, strict=True):
            assert whisker.y2 - 0.11 <= dot.y <= whisker.y1 + 0.11


def test_scales_are_drawn_with_band_margin_and_line(study, pack):
    drawn = scale_plots(study.scales[0], pack)
    shown = [*study.scales[0].result.of("pooled")]
    shown += study.scales[0].result.of("continuum")
    assert len(drawn) == len(shown) == 3
    for plot, one in zip(drawn, shown, strict=True):
        x, y = places(plot.curve)
        left, right = (places(plot.line)[:, k] for k in (0, -1))
        per_unit = left[1] - right[1]  # the line rises from 0 to 1
        values = (left[1] - y) / per_unit
        assert values == pytest.approx(one.certified.values.tolist(), abs=0.002)
        band = places(plot.band)[1]
        n = len(x)
        low, high = (left[1] - band[:n]) / per_unit, (left[1] - band[n:]) / per_unit
        bands = one.certified.band
        assert low == pytest.approx([b.low for b in bands], abs=0.002)
        assert high[::-1] == pytest.approx([b.high for b in bands], abs=0.002)
        off = sorted(
            (left[1] - s.y1) / per_unit for s in plot.strokes if s.kind == "margin"
        )
        assert off == pytest.approx([-0.075, 0.075], abs=0.002)
        assert plot.title.endswith(one.certificate.verdict)


def test_equal_steps_are_the_line_at_any_levels(tmp_path, study, pack):
    """Over levels that were respaced, equal steps are no straight line of levels."""
    bent = tuple(replace(row, level=row.known_level**2) for row in pack.stimuli)
    other = replace(pack, stimuli=bent)
    triads = simulated.triad_answers(
        other, participants=4, steps=STEPS, repeats=2, amplitude=0.0
    )
    (pooled,) = fit_scales(
        collect(triads, other, task="scale"), ScaleSettings(samples=0)
    ).of("pooled")
    assert steps_at(pooled, other).tolist() == list(STEPS)
    assert equal_steps(pooled, other).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert pooled.scale.levels.tolist() != [0, 0.25, 0.5, 0.75, 1]
    departure = np.abs(pooled.scale.values - equal_steps(pooled, other)).max()
    assert departure == pytest.approx(pooled.certificate.largest_departure)
    with pytest.raises(InputError, match="no continuum has images at the levels"):
        steps_at(pooled, pack)


def test_ratings_of_all_continua_share_a_scale(study, pack):
    norms = study.norms[0]
    drawn = rating_plots(norms.summaries, "intensity", pack)
    assert [p.title for p in drawn] == ["ada_happy_sad", "ben_happy_sad"]
    assert drawn[0].y_ticks == drawn[1].y_ticks
    ticks = {float(t.text): t.at for t in drawn[0].y_ticks}
    (a, at_a), (b, at_b) = sorted(ticks.items())[0], sorted(ticks.items())[-1]
    means = {s.stimulus_id: s.mean for s in norms.summaries}
    for plot, name in zip(drawn, ("ada", "ben"), strict=True):
        for step, dot in enumerate(plot.dots, start=1):
            value = a + (dot.y - at_a) / (at_b - at_a) * (b - a)
            assert value == pytest.approx(
                means[f"{name}_happy_sad_s{step:02d}"], abs=0.1
            )


# ---- words


def test_methods_tell_people_trials_exclusions_and_results(study):
    text = " ".join(human_sentences(study))
    assert (
        "6 participants categorised images of 2 continua as happy or sad (216 " in text
    )
    assert "12 participants judged which of two pairs of images differed more" in text
    assert f"({study.scales[0].n_trials} trials)" in text
    assert "JND = (x75 - x25) / 2" in text
    assert "60 parametric bootstrap samples of the deviance (seed 1)" in text
    slopes = study.categories[0].result.pooled.random_slopes
    assert f"PSE of {slopes.pse:.3g} [" in text
    assert f"JND of {slopes.jnd:.3g} [" in text
    assert "all answers are from 60 resamples of participants, with Student's" in text
    assert "those of single participants are from score tests" in text
    (pooled,) = study.scales[0].result.of("pooled")
    assert f"more than {pooled.certificate.upper_bound:.3f}" in text
    own = sorted(one.scale.n_trials for one in study.scales[0].result.of("participant"))
    least = "" if own[0] == own[-1] else f"{own[0]} to "
    assert (
        "5 of the 9 images of a continuum were compared, in "
        f"{least}{own[-1]} trials of each participant"
    ) in text
    for one in study.scales[0].result.of("continuum"):
        assert (
            f"The verdict for {one.continuum_id} ({one.scale.n_trials} trials)" in text
        )
        assert one.certificate.bounds() in text
    assert "“perceptually uneven”" in text
    assert "ICC2k = " in text
    assert text.endswith("Answers were analysed with morphkit 0.1.0.")


# ---- the command


@pytest.mark.slow
def test_the_command_shows_answers_and_leaves_the_pack(
    folder, pack, answers, study, documents, tmp_path
):
    """Answers as a table, a scale from its file, in one page, tables and figures."""
    (tmp_path / "rated.csv").write_text(format_answers(answers["rating"]), "utf-8")
    before = state_of(folder)
    page = tmp_path / "page.html"
    given = [tmp_path / "rated.csv", *documents[:2]]
    arguments = [part for path in given for part in ("--answers", path)]
    places = ["--output", page, "--tables", tmp_path / "t", "--figures", tmp_path / "f"]
    result = small.run("report", folder, *arguments, *places)
    assert result.exit_code == 0, result.stderr
    assert state_of(folder) == before
    text = page.read_text("utf-8")
    for name in ("categories", "scale", "ratings"):
        assert f'<section id="{name}"' in text
    assert "participants categorised images" in (tmp_path / "t/methods.txt").read_text()
    tables = {path.name for path in (tmp_path / "t").iterdir()}
    assert tables >= {"fits.csv", "fit_points.csv", "pooled.csv", "scales.csv"}
    assert tables >= {"scale_values.csv", "norms.csv", "agreement.csv"}
    points = list(
        csv.DictReader(io.StringIO((tmp_path / "t/fit_points.csv").read_text()))
    )
    pooled = [row for row in points if row["scope"] == "pooled"]
    assert sum(int(row["shown"]) for row in pooled) == len(answers["category"])
    for stem in ("fits", "scales", "ratings_intensity"):
        assert (tmp_path / "f" / f"{stem}.svg").read_text("utf-8").startswith("<?xml")
    again = tmp_path / "again.html"
    places = ["--output", again]
    assert small.run("report", folder, *arguments, *places).exit_code == 0
    assert again.read_bytes() == page.read_bytes()
    # Drawn from the scale itself, not from its file.
    drawn = draw_sheet("", scale_plots(study.scales[0], pack))
    assert (tmp_path / "f" / "scales.svg").read_text("utf-8") == drawn


@pytest.mark.parametrize("option", ["--output", "--tables", "--figures"])
def test_nothing_is_written_into_the_pack(folder, option, tmp_path):
    before = state_of(folder)
    inside = folder / ("new.html" if option == "--output" else "new")
    places = {"--output": tmp_path / "page.html", option: inside}
    given = [part for pair in places.items() for part in pair]
    result = small.run("report", folder, *given)
    assert result.exit_code == 3
    assert "lies inside the pack" in result.stderr
    assert state_of(folder) == before
    assert not inside.exists()
    assert not (tmp_path / "page.html").exists()


@pytest.mark.slow
def test_what_is_wrong_with_answers_is_told(folder, tmp_path):
    (tmp_path / "a.csv").write_text(
        "participant,stimulus,response\np1,ada_happy_sad_s01,angry\n", "utf-8"
    )
    place = ["--output", tmp_path / "page.html"]
    result = small.run("report", folder, "--answers", tmp_path / "a.csv", *place)
    assert result.exit_code == 3
    assert re.search(r'response "angry".*"happy" or "sad"', result.stderr, re.DOTALL)
    assert not (tmp_path / "page.html").exists()
