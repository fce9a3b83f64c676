"""Faces that no photograph shows, in a recipe: built, checked, reproduced."""

import csv
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from small_study import FACES, LANDMARKS, PERSON, build_study, run

from morphkit.errors import InputError, SeveralInputsError
from morphkit.faces.images import read_image
from morphkit.morph.mixture import Ingredient
from morphkit.pack.consent import identity_row
from morphkit.pack.frozen_mesh import read_frozen
from morphkit.pack.read import read_pack
from morphkit.pipeline.check_recipe import check_recipe, needed
from morphkit.pipeline.reproduce import reproduce_pack
from morphkit.pipeline.respace import respace_recipe
from morphkit.recipe import ContinuumPart, Recipe, make_recipe
from morphkit.recipe.composition import Composition

pytestmark = pytest.mark.slow

SIDE = 64
PEOPLE = ("maja", "nilo", "oona")
MEAN = [
    {"identity": "mean", "label": label, "of": ["maja", "nilo"]}
    for label in ("happy", "neutral", "distressed")
]
TRANSFORMS = [
    {
        "identities": ["oona"],
        "label": f"made_{label}",
        "base": "neutral",
        "by": "mean",
        "from": "neutral",
        "to": label,
        "colour": 0.5,
    }
    for label in ("happy", "distressed")
]
GRID = {
    "identities": ["maja", "nilo"],
    "identity_steps": 3,
    "from": "happy",
    "to": "distressed",
    "steps": 2,
}


def data(**parts: Any) -> dict[str, Any]:
    """Return a recipe with all verbs as plain values; `parts` replace its parts."""
    ends = {"from": "happy", "to": "distressed"}
    return {
        "schema": 1,
        "pack": {"name": "verbs"},
        "identities": {name: dict(PERSON) for name in PEOPLE},
        "align": {"width": SIDE, "height": SIDE},
        "morph": {"refine": "none", "spacing": 4},
        "checks": {"measures": ["mean_difference_frame256"]},
        "prototypes": MEAN,
        "transforms": TRANSFORMS,
        "symmetrised": [{"identities": ["maja"], "label": "even", "base": "happy"}],
        "grids": [GRID],
        "continua": [
            ends | {"identities": ["maja"], "via": "neutral", "steps": 4},
            ends | {"identities": ["mean"], "steps": 2},
            ends | {"identities": ["nilo"], "steps": 3, "colour_levels": 0.5},
            {
                "identities": ["oona"],
                "from": "made_happy",
                "to": "made_distressed",
                "via": "neutral",
                "levels": [0, 0.3, 0.5, 1],
            },
            {"identities": ["maja"], "from": "even", "to": "distressed", "steps": 2},
        ],
    } | parts


def recipe(**parts: Any) -> Recipe:
    return make_recipe(data(**parts))


def faults(**parts: Any) -> str:
    """Return everything that is said about a recipe that is refused."""
    with pytest.raises(InputError) as caught:
        check_recipe(recipe(**parts))
    found = caught.value
    several = found.errors if isinstance(found, SeveralInputsError) else (found,)
    return "\n".join(map(str, several))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the recipe; oona has no other photograph than neutral."""
    folder = tmp_path_factory.mktemp("study")
    for name, source in (("source_faces", FACES), ("landmarks", LANDMARKS)):
        (folder / name).mkdir()
        for file in sorted(source.iterdir()):
            if file.name.startswith(("maja_", "nilo_", "oona_neutral")):
                shutil.copy(file, folder / name)
    path = folder / "study.toml"
    path.write_text(tomli_w.dumps(data()), "utf-8")
    return path


@pytest.fixture(scope="module")
def pack(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("built") / "pack"
    build_study(study, output)
    return output


def rows(pack: Path, name: str) -> list[dict[str, str]]:
    path = pack / "data" / f"description-{name}_data.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def images(pack: Path, continuum: str) -> list[np.ndarray]:
    return [
        read_image(pack / row["file"])
        for row in rows(pack, "stimuli")
        if row["continuum_id"] == continuum
    ]


# ---- what faces are made of


def test_what_faces_are_made_of():
    made = Composition(recipe())
    assert made.face("mean", "happy").column("colour") == {
        Ingredient("maja", "happy"): 0.5,
        Ingredient("nilo", "happy"): 0.5,
    }
    assert made.face("oona", "made_happy").shares == {
        Ingredient("oona", "neutral"): (1, 1, 1),
        Ingredient("maja", "happy"): (0.5, 0.25, 0.5),
        Ingredient("nilo", "happy"): (0.5, 0.25, 0.5),
        Ingredient("maja", "neutral"): (-0.5, -0.25, -0.5),
        Ingredient("nilo", "neutral"): (-0.5, -0.25, -0.5),
    }
    assert made.face("maja", "even").column("shape") == {
        Ingredient("maja", "happy"): 0.5,
        Ingredient("maja", "happy", mirrored=True): 0.5,
    }
    assert made.face("maja_nilo_i02", "happy").column("texture") == {
        Ingredient("maja", "happy"): 0.5,
        Ingredient("nilo", "happy"): 0.5,
    }
    assert made.face("maja_nilo_i01", "happy").is_photograph
    assert made.face("nilo", "distressed").is_photograph


def test_only_what_is_used_is_needed():
    keys = needed(recipe())
    assert ("oona", "neutral") in keys
    assert ("oona", "happy") not in keys
    only = recipe(continua=data()["continua"][:1], grids=[])
    assert needed(only) == [("maja", x) for x in ("distressed", "happy", "neutral")]


def test_who_is_seen_around_the_face():
    made = Composition(recipe())
    part = ContinuumPart.model_validate(data()["continua"][3])
    assert made.kept("oona", part) == (Ingredient("oona", "neutral"),)
    plain = ContinuumPart.model_validate(data()["continua"][0])
    assert made.kept("maja", plain) == ()
    everywhere = [t | {"region": "everywhere"} for t in TRANSFORMS]
    assert Composition(recipe(transforms=everywhere)).kept("oona", part) == ()


def test_outlines_of_heads_are_found_in_means_of_several_people_alone(pack: Path):
    """The middle of a grid between two people is as the others of the grid."""
    told = {f.where: f.code for f in read_pack(pack).findings if "outline" in f.code}
    assert told == {"mean_happy_distressed": "outline"}


# ---- what is refused


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"prototypes": [*MEAN, {"identity": "maja", "label": "x"}]},
            "the prototype 'maja' is also the name of an identity",
        ),
        (
            {"prototypes": [*MEAN, {"identity": "m", "label": "x", "of": ["maja"]}]},
            "the prototype 'm' needs at least 2",
        ),
        (
            {"prototypes": [*MEAN, {"identity": "m", "label": "x", "of": ["a", "b"]}]},
            "prototypes name the identity 'a', which is not known",
        ),
        (
            {"prototypes": [*MEAN, MEAN[0]]},
            "the face 'happy' of 'mean' is defined twice",
        ),
        (
            {"transforms": [*TRANSFORMS, TRANSFORMS[0] | {"by": "maen"}]},
            "transforms name the identity 'maen', which is not known; .*mean",
        ),
        (
            {"transforms": [TRANSFORMS[0], TRANSFORMS[1] | {"shape": 50}]},
            r"transforms\[1\].shape: .*at most 1.5",
        ),
        ({"grids": [GRID | {"identities": ["maja", "maja"]}]}, "both identities are"),
        ({"grids": [GRID | {"identity_levels": [0, 1]}]}, "either identity_steps or"),
        ({"grids": [GRID | {"levels": [0, 1]}]}, "give either steps or levels"),
        (
            {"continua": [data()["continua"][0] | {"via": "happy"}]},
            "via is 'happy', which is one of the ends",
        ),
        (
            {"continua": [data()["continua"][0] | {"shape_levels": [0, 1]}]},
            "2 shape_levels for 4 steps",
        ),
        ({"prototypes": MEAN[:2]}, 'no entry makes the face "distressed" of "mean"'),
        (
            {"symmetrised": [{"label": "happy", "base": "happy"}]},
            'from "happy" of ".*": it would be made from itself',
        ),
        (
            {
                "identities": dict.fromkeys(("maja", "oona"), PERSON)
                | {"nilo": PERSON | {"may_morph": False}}
            },
            "identities.nilo: may_morph is not true",
        ),
    ],
)
def test_recipes_that_are_refused(parts, said):
    found = faults(**parts)
    assert re.search(said, found), found


# ---- what is built


def test_every_continuum_is_there(pack: Path):
    found = {row["continuum_id"]: row for row in rows(pack, "continua")}
    assert {name: int(row["n_steps"]) for name, row in found.items()} == {
        "maja_happy_distressed": 4,
        "mean_happy_distressed": 2,
        "nilo_happy_distressed": 3,
        "oona_made_happy_made_distressed": 4,
        "maja_even_distressed": 2,
        "maja_nilo_i01_happy_distressed": 2,
        "maja_nilo_i02_happy_distressed": 2,
        "maja_nilo_i03_happy_distressed": 2,
    }
    assert found["maja_happy_distressed"]["via_label"] == "neutral"
    assert found["nilo_happy_distressed"]["via_label"] == ""
    assert found["mean_happy_distressed"]["from_sha256"] == ""
    assert len(found["nilo_happy_distressed"]["from_sha256"]) == 64
    assert len(list((pack / "materials" / "stimuli").rglob("*.png"))) == 21


def test_a_way_through_a_third_face_is_respaced_from_its_recipe(pack: Path):
    """Its mesh has landmarks of three photographs, a row names the ends alone."""
    with pytest.raises(InputError) as refused:
        respace_recipe(pack, metric="mean_difference_frame256")
    told = str(refused.value)
    assert 'maja_happy_distressed: goes through a third face, "neutral"' in told
    assert "mean_happy_distressed: is made of derived faces" in told
    assert "give the recipe instead of the pack" in told


def test_the_third_face_is_the_photograph_alone(pack: Path):
    """It is the neutral photograph of oona, which the transforms start from."""
    made = images(pack, "oona_made_happy_made_distressed")
    levels = [
        float(row["level"])
        for row in rows(pack, "stimuli")
        if row["continuum_id"] == "oona_made_happy_made_distressed"
    ]
    assert levels == [0, 0.3, 0.5, 1]
    corner = [picture[:6, :6].astype(int) for picture in made]
    for other in corner:  # the background of the photograph is in all of them
        assert np.abs(other - corner[2]).max() <= 2
    middle = [picture[36:56, 22:42].astype(int) for picture in made]
    steps = [np.abs(m - middle[2]).mean() for m in middle]
    assert steps[0] > steps[1] > steps[2] == 0 < steps[3]


def test_rows_of_a_grid_at_an_identity_are_that_identity(pack: Path):
    first = images(pack, "maja_nilo_i01_happy_distressed")
    alone = images(pack, "maja_happy_distressed")
    # Both are the photograph alone, in the same frame.
    off = np.abs(first[0].astype(int) - alone[0])
    assert np.median(off) <= 1
    half = images(pack, "maja_nilo_i02_happy_distressed")[0].astype(int)
    last = images(pack, "maja_nilo_i03_happy_distressed")[0].astype(int)
    ends = np.abs(first[0].astype(int) - last).mean()
    assert ends > 20
    for end in (first[0].astype(int), last):
        assert 0.2 * ends < np.abs(half - end).mean() < 0.8 * ends


def test_consent_of_a_face_is_that_of_all_it_is_made_of():
    people = {
        "maja": PERSON | {"may_show_online": True, "approval": "A"},
        "nilo": PERSON | {"may_show_online": False, "approval": "B"},
        "oona": PERSON | {"may_show_online": True, "consent_basis": "unknown"},
    }
    whole = recipe(identities=people)
    shown = Composition(whole).shown()
    assert shown["oona"] == ("maja", "nilo", "oona")
    assert shown["maja"] == ("maja",)
    found = {name: identity_row(whole, name, used) for name, used in shown.items()}
    assert found["maja"].may_show_online is True
    assert found["oona"].may_show_online is False
    assert found["mean"].may_show_online is False
    assert found["mean"].consent_basis == "synthetic"
    assert found["oona"].consent_basis == "unknown"
    assert found["mean"].approval == "A; B"
    assert found["mean"].description == "Made with photographs of maja, nilo"
    assert found["maja"].description == ""


def test_what_the_ends_of_a_mesh_are_is_told(pack: Path):
    folder = pack / "data" / "correspondence"
    text = (folder / "oona_made_happy_made_distressed.json").read_text("utf-8")
    told = json.loads(text)
    assert len(told["ends"]) == 7
    assert [anchor["label"] for anchor in told["anchors"]] == [
        "made_happy",
        "neutral",
        "made_distressed",
    ]
    for anchor in told["anchors"]:
        assert np.abs(np.sum(anchor["shares"], axis=0) - 1).max() < 1e-12
    even = json.loads((folder / "maja_even_distressed.json").read_text("utf-8"))
    assert [end["mirrored"] for end in even["ends"]] == [False, True, False]
    apart = json.loads((folder / "nilo_happy_distressed.json").read_text("utf-8"))
    assert apart["steps"] == [
        {"shape_level": level, "colour_level": 0.5} for level in (0.0, 0.5, 1.0)
    ]
    assert not (folder / "maja_nilo_i01_happy_distressed.json").exists()


def test_it_is_reproduced(pack: Path, study: Path):
    found = reproduce_pack(pack, [study.parent / "source_faces"])
    assert found.n_frames == 21
    assert found.different == found.rebuilt_different == found.changed_sources == ()
    assert set(found.moved.values()) == {0.0}
    assert found.holds


def test_another_photograph_behind_a_face_is_noticed(pack: Path, tmp_path: Path):
    """One that is an end of no continuum, only an ingredient."""
    for file in FACES.iterdir():
        if file.name.startswith(("maja_", "nilo_", "oona_neutral")):
            shutil.copy(file, tmp_path)
    shutil.copy(FACES / "pavo_neutral.png", tmp_path / "nilo_neutral.png")
    found = reproduce_pack(pack, [tmp_path])
    assert [Path(path).name for path in found.changed_sources] == ["nilo_neutral.png"]
    names = {name.rpartition("_s")[0] for name in found.different}
    assert names == {"oona_made_happy_made_distressed"}


def test_it_verifies_and_reports(pack: Path):
    result = run("verify", pack)
    assert result.exit_code == 0
    report = (pack / "report.html").read_text("utf-8")
    assert "oona_made_happy_made_distressed" in report


def test_a_damaged_list_of_ends(pack: Path, study: Path, tmp_path: Path):
    copy = tmp_path / "pack"
    shutil.copytree(pack, copy)
    path = copy / "data" / "correspondence" / "maja_even_distressed.json"
    path.write_text('{"ends": [{}]}', "utf-8")
    with pytest.raises(InputError, match=r"ends\[0\].identity is missing"):
        reproduce_pack(copy, [study.parent / "source_faces"], unverified=True)


def test_caricatures_are_reached(tmp_path: Path, study: Path):
    part = {"identities": ["maja"], "from": "happy", "to": "distressed"}
    whole = data(continua=[part | {"levels": [-0.3, 0, 1, 1.3]}])
    whole |= {"prototypes": [], "transforms": [], "symmetrised": [], "grids": []}
    path = study.parent / "caricatures.toml"
    path.write_text(tomli_w.dumps(whole), "utf-8")
    made = build_study(path, tmp_path / "pack")
    kinds = [row.kind for row in made.stimuli]
    assert kinds == ["caricature", "endpoint", "endpoint", "caricature"]


def overlays(pack: Path) -> dict[str, dict[str, np.ndarray]]:
    """Return what the report draws over the images of every continuum."""
    text = html.unescape((pack / "report.html").read_text("utf-8"))
    found = re.findall(r'data-landmarks="({.*?})"', text)
    names = [row["continuum_id"] for row in rows(pack, "continua")]
    assert len(found) == len(names)
    return {
        name: {key: np.array(v) for key, v in json.loads(one).items() if key != "lines"}
        for name, one in zip(names, found, strict=True)
    }


def test_the_report_lays_landmarks_over_faces_that_no_photograph_shows(pack: Path):
    shown = overlays(pack)

    def placed(continuum: str) -> dict[str, np.ndarray]:
        """Return the landmarks of the source faces of a continuum in its frame."""
        path = pack / "data" / "correspondence" / f"{continuum}.json"
        ends = json.loads(path.read_text("utf-8"))["ends"]
        nodes = read_frozen(path.with_suffix(".npz")).correspondence.landmarks
        names = [
            f"{end['identity']} {end['label']}{' mirrored' * end['mirrored']}"
            for end in ends
        ]
        return dict(zip(names, nodes / 256, strict=True))

    through = shown["maja_happy_distressed"]
    own = placed("maja_happy_distressed")
    for label, anchor in zip(
        ("happy", "neutral", "distressed"), through["anchors"], strict=True
    ):
        np.testing.assert_allclose(anchor, own[f"maja {label}"], atol=0.006)
    np.testing.assert_allclose(
        through["weights"],
        [[1, 0, 0], [1 / 3, 2 / 3, 0], [0, 2 / 3, 1 / 3], [0, 0, 1]],
        atol=1e-4,
    )

    mean, own = shown["mean_happy_distressed"], placed("mean_happy_distressed")
    happy = (own["maja happy"] + own["nilo happy"]) / 2
    np.testing.assert_allclose(mean["anchors"][0], happy, atol=0.006)

    made = shown["oona_made_happy_made_distressed"]
    own = placed("oona_made_happy_made_distressed")
    change = sum(
        own[f"{who} happy"] - own[f"{who} neutral"] for who in ("maja", "nilo")
    )
    np.testing.assert_allclose(
        made["anchors"][0], own["oona neutral"] + change / 2, atol=0.006
    )

    even, own = shown["maja_even_distressed"], placed("maja_even_distressed")
    both = (own["maja happy"] + own["maja happy mirrored"]) / 2
    np.testing.assert_allclose(even["anchors"][0], both, atol=0.006)
