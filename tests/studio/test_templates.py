"""A template of the lab's own, made in the studio: what is checked and written."""

import copy
import json

import numpy as np
import pytest
from small_study import LANDMARKS, run, write_study

from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template, find_template, read_landmarks
from morphkit.studio.documents import NONE
from morphkit.studio.study import find_study
from morphkit.studio.template_draft import TemplateDraft, edges_of
from morphkit.studio.templates import DraftConflictError, TemplateDesk

HAPPY = "maja.happy"


@pytest.fixture(scope="module")
def template():
    return builtin_template("ibug_68")


@pytest.fixture(scope="module")
def places():
    return read_landmarks(LANDMARKS / "maja_happy.json").points


@pytest.fixture
def draft(template, places):
    """Return a copy of ibug_68 as the page sends it."""
    data = TemplateDraft.from_template(template, places).to_dict()
    return {"face": HAPPY, **copy.deepcopy(data), "name": "own_68"}


def said(data):
    found = TemplateDraft.from_dict(data).problems()
    return [(one.code, one.severity, one.points) for one in found]


@pytest.mark.parametrize(
    "name", ["ibug_68", "infant_170", "frl_189", "webmorph_106", "dlib_5"]
)
def test_a_copy_is_the_same_template(name, places):
    """Whatever a template has is kept through the page."""
    template = builtin_template(name)
    rng = np.random.default_rng(3)
    many = rng.uniform(0, 600, (template.n_points, 2))
    many[[*template.eyes[0]]] -= [2000, 0]  # the eyes are in order
    data = TemplateDraft.from_template(template, many).to_dict()
    draft = TemplateDraft.from_dict(json.loads(json.dumps({**data, "name": "own"})))
    made = draft.template().to_dict()
    for key in ("points", "lines", "closed", "mirror", "eyes", "openings"):
        assert made[key] == template.to_dict()[key]
    assert made.get("regions", {}) == {k: list(v) for k, v in template.regions.items()}


def test_what_the_face_tells_is_in_the_template(draft, template):
    """Outer corners of the eyes, and the way that closed lines run."""
    made = TemplateDraft.from_dict(draft).template()
    assert made.outer_eye_corners == template.outer_eye_corners == (36, 45)
    assert made.clockwise == template.clockwise


def test_a_good_draft_has_no_problems(draft):
    assert said(draft) == []


def change(data, **changes):
    for key, value in changes.items():
        where, _, last = key.rpartition("__")
        place = data
        for part in filter(None, where.split("__")):
            place = place[int(part) if part.isdigit() else part]
        place[int(last) if last.isdigit() else last] = value
    return data


@pytest.mark.parametrize(
    ("changes", "code", "points"),
    [
        ({"name": ""}, "name", ()),
        ({"name": "ibug_68"}, "name", ()),
        ({"name": "../up"}, "name", ()),
        ({"name": "größe"}, "name", ()),
        ({"points__3": ""}, "names", (3,)),
        ({"points__3": "chin"}, "names", (3, 8)),
        ({"points__3": "x" * 81}, "names", (3,)),
        ({"lines__0__points": []}, "lines", ()),
        ({"lines__0__points": [1, 2, 1]}, "lines", (1, 2, 1)),
        ({"partners__0": None, "partners__16": None}, "mirror", (0, 16)),
        ({"partners__0": 5}, "mirror", (0, 16)),
        ({"eyes__0": []}, "eyes", tuple(range(42, 48))),
        ({"eyes": [[42], [36]]}, "eyes", (42, 36)),
        ({"openings__0__upper": [60, 61, 62, 64]}, "openings", None),
        ({"openings__0__lower": [60, 67, 66, 65, 54]}, "openings", None),
    ],
)
def test_what_is_wrong_is_said_with_its_landmarks(draft, changes, code, points):
    found = said(change(draft, **changes))
    wrong = [one for one in found if one[1] == "error"]
    assert wrong
    assert wrong[0][0] == code
    if points is not None:
        assert wrong[0][2] == points
    with pytest.raises(InputError, match="template"):
        TemplateDraft.from_dict(draft).template()


def test_places_that_coincide_are_named(draft):
    draft["places"][10] = draft["places"][20]
    assert said(draft)[0] == ("places", "error", (10, 20))


def test_what_is_left_out_is_a_note_with_its_consequence(draft):
    draft |= {"partners": [None] * 68, "eyes": [[], []], "openings": [], "regions": {}}
    draft["lines"] = draft["lines"][1:]
    found = said(draft)
    assert {severity for _, severity, _ in found} == {"note"}
    assert [code for code, *_ in found] == [
        "lines",
        "mirror",
        "eyes",
        "mouth",
        "openings",
    ]
    assert TemplateDraft.from_dict(draft).template().mirror == ()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"points": 3},
        {"places": [[1, 2]]},
        {"places": "x"},
        {"partners": [None]},
        {"partners": [99] * 68},
        {"eyes": []},
        {"lines": [{"points": [68], "closed": False, "smooth": True}]},
        {"lines": [{"points": [True], "closed": False, "smooth": True}]},
        {"openings": [{"name": "mouth"}]},
    ],
)
def test_what_is_no_draft_is_refused(draft, data):
    with pytest.raises(InputError):
        TemplateDraft.from_dict({**draft, **data} if data else {})


@pytest.mark.parametrize(
    ("around", "upper", "lower"),
    [
        (range(60, 68), (60, 61, 62, 63, 64), (60, 67, 66, 65, 64)),
        (range(36, 42), (36, 37, 38, 39), (36, 41, 40, 39)),
    ],
)
@pytest.mark.parametrize("lines", ["closed", "none"])
def test_edges_of_an_opening(draft, around, upper, lower, lines):
    """By the closed line through them, or by what lies above and below the corners."""
    if lines == "none":
        draft["lines"] = []
    found = edges_of(TemplateDraft.from_dict(draft), "it", list(around)[::-1])
    assert (found.upper, found.lower) == (upper, lower)


def test_edges_in_a_rolled_face(draft):
    """By 70 degrees the corners of the mouth lie above each other."""
    c, s = np.cos(np.radians(70)), np.sin(np.radians(70))
    turned = np.array(draft["places"]) @ np.array([[c, s], [-s, c]])
    draft |= {"places": turned.tolist(), "lines": []}
    found = edges_of(TemplateDraft.from_dict(draft), "mouth", range(60, 68))
    assert found.upper == (60, 61, 62, 63, 64)


# The desk


@pytest.fixture
def desk(tmp_path):
    write_study(tmp_path)
    return TemplateDesk(find_study([tmp_path]))


@pytest.mark.slow
def test_a_template_is_written_and_taken_by_commands(desk, tmp_path):
    draft = {**desk.copy(HAPPY), "name": "own"}
    draft["points"][8] = "tip of the chin"
    done = desk.write(draft, replace=False)
    assert (done["file"], done["landmarks"]) == (
        "own.json",
        "landmarks_own/maja_happy.json",
    )
    made = find_template(tmp_path / "own.json")
    assert made.points[8] == "tip of the chin"
    placed = read_landmarks(tmp_path / done["landmarks"])
    assert placed.template == made
    assert placed.points.tolist() == draft["places"]
    result = run(
        *("landmarks", "check", tmp_path / "landmarks_own"),
        *("--template", tmp_path / "own.json"),
        *("--images", tmp_path / "source_faces"),
    )
    assert result.exit_code == 0, result.stderr
    study = find_study(
        [tmp_path / "source_faces"],
        template=tmp_path / "own.json",
        landmarks=tmp_path / "landmarks_own",
    )
    assert study.template == made


def test_nothing_is_replaced_unasked(desk, tmp_path):
    draft = {**desk.copy(HAPPY), "name": "own"}
    (tmp_path / "own.json").write_text("mine", "utf-8")
    assert desk.write(draft, replace=False) == {"exists": ["own.json"]}
    assert (tmp_path / "own.json").read_text("utf-8") == "mine"
    assert not (tmp_path / "landmarks_own").exists()
    assert desk.write(draft, replace=True)["file"] == "own.json"
    assert desk.write(draft, replace=False)["file"] == "own.json"  # it is the same


def test_a_bad_draft_writes_nothing(desk, tmp_path):
    draft = {**desk.copy(HAPPY), "name": "own"}
    draft["places"][0] = [-50.0, 3.0]
    with pytest.raises(InputError, match="outside"):
        desk.write(draft, replace=False)
    with pytest.raises(InputError, match="built-in"):
        desk.write({**draft, "name": "ibug_68"}, replace=False)
    assert not (tmp_path / "own.json").exists()


def test_the_draft_is_kept_and_two_windows_are_told(desk):
    assert desk.draft()["version"] == NONE
    draft = desk.copy(HAPPY)
    kept = desk.keep(NONE, draft)
    again = desk.draft()
    assert again["version"] == kept["version"]
    assert again["draft"] == draft
    with pytest.raises(DraftConflictError) as caught:
        desk.keep(NONE, {**draft, "name": "other"})
    assert caught.value.now.version == kept["version"]
    assert desk.draft()["draft"]["name"] == draft["name"]
    with pytest.raises(InputError):
        desk.keep(kept["version"], {**draft, "partners": []})


def test_mirror_pairs_are_proposed(desk, template):
    draft = desk.copy(HAPPY)
    draft["points"] = [f"point {i}" for i in range(68)]
    found = desk.mirror(draft)
    assert tuple(found["partners"]) == template.mirror
    assert all(one is not None for one in found["off"])
