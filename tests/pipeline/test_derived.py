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
from morphkit.pipeline.check_recipe import check_recipe, needed
from morphkit.pipeline.reproduce import reproduce_pack
from morphkit.recipe import ContinuumPart, Recipe, make_recipe
from morphkit.recipe.composition import Composition

pytestmark = pytest.mark.slow

SIDE = 64
PEOPLE = ("ada", "ben", "cleo")
MEAN = [
    {"identity": "mean", "label": label, "of": ["ada", "ben"]}
    for label in ("happy", "neutral", "distressed")
]
TRANSFORMS = [
    {
        "identities": ["cleo"],
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
    "identities": ["ada", "ben"],
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
        "symmetrised": [{"identities": ["ada"], "label": "even", "base": "happy"}],
        "grids": [GRID],
        "continua": [
            ends | {"identities": ["ada"], "via": "neutral", "steps": 4},
            ends | {"identities": ["mean"], "steps": 2},
            ends | {"identities": ["ben"], "steps": 3, "colour_levels": 0.5},
            {
                "identities": ["cleo"],
                "from": "made_happy",
                "to": "made_distressed",
                "via": "neutral",
                "levels": [0, 0.3, 0.5, 1],
            },
            {"identities": ["ada"], "from": "even", "to": "distressed", "steps": 2},
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
    """Return the path of the recipe; cleo has no other photograph than neutral."""
    folder = tmp_path_factory.mktemp("study")
    for name, source in (("source_faces", FACES), ("landmarks", LANDMARKS)):
        (folder / name).mkdir()
        for file in sorted(source.iterdir()):
            if file.name.startswith(("ada_", "ben_", "cleo_neutral")):
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
        Ingredient("ada", "happy"): 0.5,
        Ingredient("ben", "happy"): 0.5,
    }
    assert made.face("cleo", "made_happy").shares == {
        Ingredient("cleo", "neutral"): (1, 1, 1),
        Ingredient("ada", "happy"): (0.5, 0.25, 0.5),
        Ingredient("ben", "happy"): (0.5, 0.25, 0.5),
        Ingredient("ada", "neutral"): (-0.5, -0.25, -0.5),
        Ingredient("ben", "neutral"): (-0.5, -0.25, -0.5),
    }
    assert made.face("ada", "even").column("shape") == {
        Ingredient("ada", "happy"): 0.5,
        Ingredient("ada", "happy", mirrored=True): 0.5,
    }
    assert made.face("ada_ben_i02", "happy").column("texture") == {
        Ingredient("ada", "happy"): 0.5,
        Ingredient("ben", "happy"): 0.5,
    }
    assert made.face("ada_ben_i01", "happy").is_photograph
    assert made.face("ben", "distressed").is_photograph


def test_only_what_is_used_is_needed():
    keys = needed(recipe())
    assert ("cleo", "neutral") in keys
    assert ("cleo", "happy") not in keys
    only = recipe(continua=data()["continua"][:1], grids=[])
    assert needed(only) == [("ada", x) for x in ("distressed", "happy", "neutral")]


def test_who_is_seen_around_the_face():
    made = Composition(recipe())
    part = ContinuumPart.model_validate(data()["continua"][3])
    assert made.kept("cleo", part) == (Ingredient("cleo", "neutral"),)
    plain = ContinuumPart.model_validate(data()["continua"][0])
    assert made.kept("ada", plain) == ()
    everywhere = [t | {"region": "everywhere"} for t in TRANSFORMS]
    assert Composition(recipe(transforms=everywhere)).kept("cleo", part) == ()


# ---- what is refused


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"prototypes": [*MEAN, {"identity": "ada", "label": "x"}]},
            "the prototype 'ada' is also the name of an identity",
        ),
        (
            {"prototypes": [*MEAN, {"identity": "m", "label": "x", "of": ["ada"]}]},
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
            r"transforms\[1\].shape: .*less than or equal to 1.5",
        ),
        ({"grids": [GRID | {"identities": ["ada", "ada"]}]}, "both identities are"),
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
                "identities": dict.fromkeys(("ada", "cleo"), PERSON)
                | {"ben": PERSON | {"may_morph": False}}
            },
            "identities.ben: may_morph is not true",
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
        "ada_happy_distressed": 4,
        "mean_happy_distressed": 2,
        "ben_happy_distressed": 3,
        "cleo_made_happy_made_distressed": 4,
        "ada_even_distressed": 2,
        "ada_ben_i01_happy_distressed": 2,
        "ada_ben_i02_happy_distressed": 2,
        "ada_ben_i03_happy_distressed": 2,
    }
    assert found["ada_happy_distressed"]["via_label"] == "neutral"
    assert found["ben_happy_distressed"]["via_label"] == ""
    assert found["mean_happy_distressed"]["from_sha256"] == ""
    assert len(found["ben_happy_distressed"]["from_sha256"]) == 64
    assert len(list((pack / "materials" / "stimuli").rglob("*.png"))) == 21


def test_the_third_face_is_the_photograph_alone(pack: Path):
    """It is the neutral photograph of cleo, which the transforms start from."""
    made = images(pack, "cleo_made_happy_made_distressed")
    levels = [
        float(row["level"])
        for row in rows(pack, "stimuli")
        if row["continuum_id"] == "cleo_made_happy_made_distressed"
    ]
    assert levels == [0, 0.3, 0.5, 1]
    corner = [picture[:6, :6].astype(int) for picture in made]
    for other in corner:  # the background of the photograph is in all of them
        assert np.abs(other - corner[2]).max() <= 2
    middle = [picture[36:56, 22:42].astype(int) for picture in made]
    steps = [np.abs(m - middle[2]).mean() for m in middle]
    assert steps[0] > steps[1] > steps[2] == 0 < steps[3]


def test_rows_of_a_grid_at_an_identity_are_that_identity(pack: Path):
    first = images(pack, "ada_ben_i01_happy_distressed")
    alone = images(pack, "ada_happy_distressed")
    # Both are the photograph alone, in the same frame.
    off = np.abs(first[0].astype(int) - alone[0])
    assert np.median(off) <= 1
    half = images(pack, "ada_ben_i02_happy_distressed")[0].astype(int)
    last = images(pack, "ada_ben_i03_happy_distressed")[0].astype(int)
    ends = np.abs(first[0].astype(int) - last).mean()
    assert ends > 20
    for end in (first[0].astype(int), last):
        assert 0.2 * ends < np.abs(half - end).mean() < 0.8 * ends


def test_consent_of_a_face_is_that_of_all_it_is_made_of():
    people = {
        "ada": PERSON | {"may_show_online": True, "approval": "A"},
        "ben": PERSON | {"may_show_online": False, "approval": "B"},
        "cleo": PERSON | {"may_show_online": True, "consent_basis": "unknown"},
    }
    whole = recipe(identities=people)
    shown = Composition(whole).shown()
    assert shown["cleo"] == ("ada", "ben", "cleo")
    assert shown["ada"] == ("ada",)
    found = {name: identity_row(whole, name, used) for name, used in shown.items()}
    assert found["ada"].may_show_online is True
    assert found["cleo"].may_show_online is False
    assert found["mean"].may_show_online is False
    assert found["mean"].consent_basis == "synthetic"
    assert found["cleo"].consent_basis == "unknown"
    assert found["mean"].approval == "A; B"
    assert found["mean"].description == "Made with photographs of ada, ben"
    assert found["ada"].description == ""


def test_what_the_ends_of_a_mesh_are_is_told(pack: Path):
    folder = pack / "data" / "correspondence"
    text = (folder / "cleo_made_happy_made_distressed.json").read_text("utf-8")
    told = json.loads(text)
    assert len(told["ends"]) == 7
    assert [anchor["label"] for anchor in told["anchors"]] == [
        "made_happy",
        "neutral",
        "made_distressed",
    ]
    for anchor in told["anchors"]:
        assert np.abs(np.sum(anchor["shares"], axis=0) - 1).max() < 1e-12
    even = json.loads((folder / "ada_even_distressed.json").read_text("utf-8"))
    assert [end["mirrored"] for end in even["ends"]] == [False, True, False]
    apart = json.loads((folder / "ben_happy_distressed.json").read_text("utf-8"))
    assert apart["steps"] == [
        {"shape_level": level, "colour_level": 0.5} for level in (0.0, 0.5, 1.0)
    ]
    assert not (folder / "ada_ben_i01_happy_distressed.json").exists()


def test_it_is_reproduced(pack: Path, study: Path):
    found = reproduce_pack(pack, [study.parent / "source_faces"])
    assert found.n_frames == 21
    assert found.different == found.rebuilt_different == found.changed_sources == ()
    assert set(found.moved.values()) == {0.0}
    assert found.holds


def test_another_photograph_behind_a_face_is_noticed(pack: Path, tmp_path: Path):
    """One that is an end of no continuum, only an ingredient."""
    for file in FACES.iterdir():
        if file.name.startswith(("ada_", "ben_", "cleo_neutral")):
            shutil.copy(file, tmp_path)
    shutil.copy(FACES / "dov_neutral.png", tmp_path / "ben_neutral.png")
    found = reproduce_pack(pack, [tmp_path])
    assert [Path(path).name for path in found.changed_sources] == ["ben_neutral.png"]
    names = {name.rpartition("_s")[0] for name in found.different}
    assert names == {"cleo_made_happy_made_distressed"}


def test_it_verifies_and_reports(pack: Path):
    result = run("verify", pack)
    assert result.exit_code == 0
    report = (pack / "report.html").read_text("utf-8")
    assert "cleo_made_happy_made_distressed" in report


def test_a_damaged_list_of_ends(pack: Path, study: Path, tmp_path: Path):
    copy = tmp_path / "pack"
    shutil.copytree(pack, copy)
    path = copy / "data" / "correspondence" / "ada_even_distressed.json"
    path.write_text('{"ends": [{}]}', "utf-8")
    with pytest.raises(InputError, match=r"ends\[0\].identity is missing"):
        reproduce_pack(copy, [study.parent / "source_faces"], unverified=True)


def test_caricatures_are_reached(tmp_path: Path, study: Path):
    part = {"identities": ["ada"], "from": "happy", "to": "distressed"}
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

    through = shown["ada_happy_distressed"]
    own = placed("ada_happy_distressed")
    for label, anchor in zip(
        ("happy", "neutral", "distressed"), through["anchors"], strict=True
    ):
        np.testing.assert_allclose(anchor, own[f"ada {label}"], atol=0.006)
    np.testing.assert_allclose(
        through["weights"],
        [[1, 0, 0], [1 / 3, 2 / 3, 0], [0, 2 / 3, 1 / 3], [0, 0, 1]],
        atol=1e-4,
    )

    mean, own = shown["mean_happy_distressed"], placed("mean_happy_distressed")
    happy = (own["ada happy"] + own["ben happy"]) / 2
    np.testing.assert_allclose(mean["anchors"][0], happy, atol=0.006)

    made = shown["cleo_made_happy_made_distressed"]
    own = placed("cleo_made_happy_made_distressed")
    change = sum(own[f"{who} happy"] - own[f"{who} neutral"] for who in ("ada", "ben"))
    np.testing.assert_allclose(
        made["anchors"][0], own["cleo neutral"] + change / 2, atol=0.006
    )

    even, own = shown["ada_even_distressed"], placed("ada_even_distressed")
    both = (own["ada happy"] + own["ada happy mirrored"]) / 2
    np.testing.assert_allclose(even["anchors"][0], both, atol=0.006)
