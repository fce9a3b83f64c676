"""Answers, fits and designs belong to the images and levels that were shown."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_study import IDENTITIES, build_study, recipe_data, run, write_study

import morphkit as mk
from morphkit.experiment.analysis.departures import departures
from morphkit.pack.link import belongs_to, differing, link_to
from morphkit.pack.model import Pack

pytestmark = pytest.mark.slow

PERSON = {"consent_basis": "synthetic", "may_morph": True}
STUDY: dict[str, Any] = {
    "identities": {IDENTITIES[0]: PERSON},
    "align": {"method": "two_point", "width": 48, "height": 56},
    "morph": {"refine": "none"},
    "checks": {"measures": ["mean_difference_frame256"]},
    "continua": [{"from": "happy", "to": "distressed", "steps": 7}],
}
#: The same images under another consent, in other words, judged by other limits.
WORDS: dict[str, Any] = {
    "pack": {"name": "other_words", "version": "2.0.0", "licence": "CC0-1.0"},
    "identities": {
        IDENTITIES[0]: PERSON
        | {"may_show_online": True, "may_redistribute": True, "approval": "REC 2026/9"}
    },
    "checks": {"measures": ["ssim_root_frame256"]},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A pack, the same of other consent, its public copy, and one of other levels."""
    folder = tmp_path_factory.mktemp("link")
    for name, parts in {
        "pack": {},
        "consent": WORDS,
        "levels": {
            "continua": [{"from": "happy", "to": "distressed"} | {"levels": LEVELS}]
        },
    }.items():
        recipe = write_study(folder / f"study_{name}", **(STUDY | parts))
        build_study(recipe, folder / name)
    mk.publish_pack(folder / "consent", folder / "public")
    for kind, answers in (("categorisation", "answers.csv"), ("mlds", "triads.csv")):
        plan = mk.design_study(folder / "pack", kind, n_participants=12, repeats=30)
        plan.write(folder / f"plan_{kind}")
        given = mk.simulate_answers(
            plan.design, folder / "pack", observer="curved", n_participants=12
        )
        mk.write_answers(folder / answers, given)
    answers = folder / "answers.csv"
    pack = folder / "pack"
    fits = mk.fit_psychometric_functions(mk.read_answers(answers), pack, samples=0)
    fits.write(folder / "fit")
    many = mk.simulate_answers(
        folder / "plan_mlds", pack, observer="curved", n_participants=60
    )
    scales = mk.fit_difference_scales(many, pack, samples=100)
    scales.write(folder / "scale")
    return folder


LEVELS = [0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0]
SAME = ("consent", "public")


def test_the_recipes_differ_and_the_images_do_not(place):
    packs = {name: mk.read_pack(place / name) for name in ("pack", *SAME, "levels")}
    assert len({pack.recipe_sha256 for pack in packs.values()}) == 3  # of the copy, too
    assert packs["consent"].recipe_sha256 == packs["public"].recipe_sha256
    assert len({packs[name].images_sha256 for name in ("pack", *SAME)}) == 1
    assert packs["levels"].images_sha256 != packs["pack"].images_sha256
    recipe = mk.read_recipe(place / "study_consent" / "study.toml")
    assert recipe.images_sha256() == packs["pack"].images_sha256


@pytest.mark.parametrize("name", SAME)
def test_consent_written_anew_does_not_cut_the_link(place, tmp_path, name):
    documents = ("fit/fit.json", "scale/scale.json")
    options = [part for name_of in documents for part in ("--answers", place / name_of)]
    page = tmp_path / "page.html"
    result = run("report", place / name, *options, "--output", page)
    assert result.exit_code == 0, result.stderr
    assert "Difference scales of participants" in page.read_text("utf-8")
    result = run(
        *("export", place / name, "jspsych", "--output", tmp_path / "a"),
        *("--design", place / "plan_mlds"),
    )
    assert result.exit_code == 0, result.stderr
    assert "another recipe" not in result.stderr
    pack = mk.read_pack(place / name)
    assert departures(place / "plan_categorisation", pack, n_participants=12) == ()
    found = mk.respace_recipe(place / name, scale=place / "scale")
    assert not found.other_recipe


def test_a_scale_belongs_to_the_recipe_that_only_states_other_consent(place):
    for name, other in (("pack", False), ("consent", False), ("levels", True)):
        recipe = place / f"study_{name}" / "study.toml"
        found = mk.respace_recipe(recipe, scale=place / "scale")
        assert found.other_recipe is other, name


def test_other_levels_are_another_pack(place, tmp_path):
    for document in ("fit/fit.json", "scale/scale.json"):
        result = run(
            *("report", place / "levels", "--answers", place / document),
            *("--output", tmp_path / "page.html"),
        )
        assert result.exit_code == 3
        assert "was fitted to another pack" in result.stderr
        assert "give the answers themselves" in result.stderr
    codes = [
        finding.code
        for finding in departures(
            place / "plan_mlds", mk.read_pack(place / "levels"), n_participants=12
        )
    ]
    assert codes == ["other-recipe"]


def changed(pack: Pack, name: str, **values: Any) -> Pack:
    """Return a pack of another recipe in which one image differs."""
    return replace(
        pack,
        recipe_sha256="0" * 64,
        stimuli=tuple(
            replace(row, **values) if row.stimulus_id == name else row
            for row in pack.stimuli
        ),
    )


@pytest.mark.parametrize("values", [{"level": 0.51}, {"pixel_sha256": "0" * 64}])
def test_only_images_that_are_named_count(place, values):
    pack = mk.read_pack(place / "pack")
    names = list(pack.by_id)
    said = json.loads(json.dumps(link_to(pack, names[:4])))
    assert belongs_to(said, changed(pack, names[5], **values))
    other = changed(pack, names[3], **values)
    assert not belongs_to(said, other)
    assert differing(said, other) == (names[3],)
    assert not belongs_to(said, replace(other, stimuli=other.stimuli[4:]))


def test_a_document_names_what_was_answered(place):
    """Of a design of some images, the others are not part of the link."""
    pack = mk.read_pack(place / "pack")
    names = list(pack.by_id)
    given = [
        a for a in mk.read_answers(place / "answers.csv") if a.stimuli[0] in names[1:6]
    ]
    found = mk.fit_psychometric_functions(given, place / "pack", samples=0)
    said = found.to_dict()["pack"]
    assert list(said["stimuli"]) == names[1:6]
    assert said["stimuli"][names[2]]["level"] == pack.stimuli[2].level


Drop = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "drop",
    [
        lambda said: [said.pop("stimuli"), said.pop("images_sha256")],
        lambda said: said.update(stimuli={}),
        lambda said: said.update(stimuli="no"),
    ],
)
def test_documents_from_before_belong_to_the_recipe(place, drop: Drop):
    said = json.loads((place / "fit" / "fit.json").read_text("utf-8"))["pack"]
    drop(said)
    assert belongs_to(said, mk.read_pack(place / "pack"))
    assert not belongs_to(said, mk.read_pack(place / "consent"))


def test_earlier_documents_are_read(place, tmp_path):
    for kind in ("fit", "scale"):
        data = json.loads((place / kind / f"{kind}.json").read_text("utf-8"))
        del data["pack"]["stimuli"], data["pack"]["images_sha256"]
        (tmp_path / f"{kind}.json").write_text(json.dumps(data), "utf-8")
    options = [
        part
        for name in ("fit.json", "scale.json")
        for part in ("--answers", tmp_path / name)
    ]
    result = run("report", place / "pack", *options, "--output", tmp_path / "p.html")
    assert result.exit_code == 0, result.stderr
    found = mk.respace_recipe(place / "pack", scale=tmp_path / "scale.json")
    assert not found.other_recipe


def test_what_the_images_hash_leaves_out(place):
    """Consent, words, checks and folders, and nothing that changes a pixel."""
    base = recipe_data(**STUDY)
    same = mk.make_recipe(base).images_sha256()
    for parts in (
        WORDS,
        {"sources": {"images": "elsewhere", "landmarks": "there"}},
    ):
        assert mk.make_recipe(base | parts).images_sha256() == same, parts
    for parts in (
        {"morph": {"refine": "none", "warp": "piecewise_affine"}},
        {"align": {"method": "two_point", "width": 48, "height": 57}},
        {"sources": {"detector": "hog"}},
        {"identities": {"ben": PERSON}},
        {"continua": [{"from": "happy", "to": "distressed", "steps": 8}]},
        {"frame": {"grey": True}},
    ):
        assert mk.make_recipe(base | parts).images_sha256() != same, parts
