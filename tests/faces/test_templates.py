"""The built-in templates, and WebMorph's definitions."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

from morphkit.errors import InputError
from morphkit.faces.formats import (
    builtin_template,
    builtin_templates,
    find_template,
    read_landmarks,
    read_template,
)
from morphkit.faces.template import Template
from morphkit.geometry.align import procrustes


def swapped(name: str) -> str:
    return re.sub("left|right", lambda m: {"left": "right"}.get(m[0], "left"), name)


def webmorph(points: list[dict], **more: object) -> dict:
    return {"name": ["own"], "points": points, **more}


def saved(tmp_path: Path, data: object) -> Path:
    path = tmp_path / "t.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


THREE = [{"n": i, "name": f"p{i}", "x": i, "y": 0, "sym": i} for i in range(3)]


@pytest.mark.parametrize("name", builtin_templates())
def test_builtin(name):
    t = builtin_template(name)
    assert t.name == name
    assert str(t.n_points) == name.split("_")[1]
    assert t.description
    assert t.source
    assert [t.mirror[j] for j in t.mirror] == list(range(t.n_points))
    left, right = t.eyes
    assert {t.mirror[i] for i in left} == set(right)
    assert Template.from_dict(json.loads(json.dumps(t.to_dict()))) == t


def side(name: str) -> str:
    """Return where a point lies: "left of crease above right eye" on the right."""
    found = re.search("left|right", name.split(" of ")[-1]) or re.search(
        "left|right", name
    )
    return found[0] if found else ""


NAMED = ["dlib_5", "ibug_68", "webmorph_7", "webmorph_70", "webmorph_83"]
NAMED += ["webmorph_106", "frl_189"]


@pytest.mark.parametrize("name", NAMED)
def test_names_say_the_side(name):
    t = builtin_template(name)
    assert [t.points[j] for j in t.mirror] == [swapped(p) for p in t.points]
    left, right = t.eyes
    assert all(t.points[i].startswith(("left eye", "left pupil")) for i in left)
    assert all(t.points[i].startswith(("right eye", "right pupil")) for i in right)


@pytest.mark.parametrize("name", ["webmorph_83", "webmorph_106", "frl_189"])
def test_outer_eye_corners_are_the_ends_of_the_openings(name):
    t = builtin_template(name)
    _, left, right = t.openings
    assert t.outer_eye_corners == (left.upper[0], right.upper[-1])
    assert [o.name for o in t.openings] == [
        "mouth",
        "image-left eye",
        "image-right eye",
    ]
    assert set(t.regions) == {"jaw", "brows", "nose", "eyes", "mouth"}
    inside = [i for region in t.regions.values() for i in region]
    assert len(set(inside)) == len(inside)


def test_names_sorted():
    assert list(builtin_templates()) == sorted(set(builtin_templates()))


def test_ibug_lines():
    t = builtin_template("ibug_68")
    assert [len(line) for line in t.lines] == [17, 5, 5, 4, 5, 6, 6, 12, 8]
    assert t.closed == (False,) * 5 + (True,) * 4
    assert sorted(i for line in t.lines for i in line) == list(range(68))
    named = {8: "chin", 30: "nose tip", 36: "left eye outer corner", 42: "right eye i"}
    named |= {48: "mouth left corner", 54: "mouth right corner", 17: "left brow outer"}
    for i, start in named.items():
        assert t.points[i].startswith(start)


def test_orders_agree():
    ibug, dlib = builtin_template("ibug_68"), builtin_template("dlib_5")
    assert builtin_template("webmorph_70").points[2:] == ibug.points
    assert builtin_template("webmorph_7").points[2:] == dlib.points
    assert set(dlib.points) <= set(ibug.points)


OF_WEBMORPH = {
    "webmorph_7": "dlib7",
    "webmorph_70": "dlib70",
    "webmorph_83": "fpp83",
    "webmorph_106": "fpp106",
    "frl_189": "frl",
}


@pytest.mark.filterwarnings("ignore:template Face..106")
@pytest.mark.parametrize(("own", "theirs"), OF_WEBMORPH.items())
def test_same_order_as_webmorph(shared, own, theirs):
    ours = builtin_template(own)
    read = read_template(shared / "webmorph" / "tem_defs" / f"{theirs}.json")
    # WebMorph's partners of four brow points of fpp106 contradict each other.
    assert read.mirror in (ours.mirror, ())
    assert bool(read.mirror) == (own != "webmorph_106")
    assert ours.eyes == read.eyes
    assert (ours.lines, ours.closed) == (read.lines, read.closed)
    if read.openings:
        assert read.openings[0].upper[0] == ours.openings[0].upper[0]
        assert read.openings[0].upper[-1] == ours.openings[0].upper[-1]
    for a, b in zip(ours.points, read.points, strict=True):
        first = [s for s in ("left", "right") if b.startswith((s, f"contour_{s}"))]
        # WebMorph names the edges of the septum the other way round.
        assert not first or first[0] in a or "septum" in b


@pytest.mark.parametrize(("own", "theirs"), OF_WEBMORPH.items())
def test_points_and_partners_lie_on_their_sides_of_a_real_face(shared, own, theirs):
    template = builtin_template(own)
    face = read_landmarks(shared / "webmorph" / "tem_examples" / f"{theirs}.tem")
    assert face.template == template
    (left, right) = face.eye_centres()
    across = (right - left) / np.hypot(*(right - left))
    # Signed distance from the midline, of partners about equally far from it.
    off = (face.points - (left + right) / 2) @ across
    for i, j in enumerate(template.mirror):
        if side(template.points[i]) == "left":
            assert off[i] < off[j]
    scale = np.hypot(*(right - left))
    assert np.abs(off + off[list(template.mirror)]).max() < 0.3 * scale


def test_no_other_pairs_of_points_mirror_a_face_better(shared):
    """Exchange of two partners in a pair makes the mirrored mean face fit worse."""
    template = builtin_template("frl_189")
    files = sorted((shared / "london").glob("*_03.tem"))
    shapes = [read_landmarks(file).points for file in files]
    mean = procrustes.mean_shape(shapes)
    mirror = np.array(template.mirror)
    flipped = (mean * [-1, 1])[mirror]
    fitted = procrustes.fit(flipped, mean)(mean * [-1, 1])
    apart = np.hypot(*(fitted[mirror] - mean).T)
    for i in range(template.n_points):
        swapped_too = np.hypot(*(fitted[mirror] - mean[i]).T)
        both = apart + apart[i]  # as they are
        other = np.hypot(*(fitted[mirror[i]] - mean).T) + swapped_too
        worse = other < 0.999 * both
        worse[i] = False
        assert not worse.any(), (template.points[i], np.flatnonzero(worse))


def test_left_is_left_in_a_real_face(shared):
    file = shared / "webmorph" / "tem_examples" / "dlib70.tem"
    face = read_landmarks(file)
    for i, j in enumerate(face.template.mirror):
        if face.template.points[i].startswith("left"):
            assert face.points[i, 0] < face.points[j, 0]
    (left, right) = face.eye_centres()
    assert left[0] < right[0]
    named = dict(zip(face.template.points, face.points, strict=True))
    down = ["left brow middle", "left eye upper lid inner", "left eye lower lid inner"]
    down += [
        "nose tip",
        "nose base",
        "upper lip outer middle",
        "upper lip inner middle",
    ]
    down += ["lower lip inner middle", "lower lip outer middle", "chin"]
    assert np.all(np.diff([named[n][1] for n in down]) > 0)
    assert named["left eye outer corner"][0] < named["left eye inner corner"][0]
    assert named["right eye inner corner"][0] < named["right eye outer corner"][0]


def test_dlib_5_against_dlib(shared):
    dlib = pytest.importorskip("dlib")
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        pytest.skip("the five-point model (face_recognition_models) is not installed")
    from PIL import Image

    photo = np.asarray(Image.open(shared / "london" / "001_03.jpg").convert("RGB"))[::3]
    small = np.ascontiguousarray(photo[:, ::3])
    model = Path(spec.origin).parent / "models" / "shape_predictor_5_face_landmarks.dat"
    tem = read_landmarks(shared / "london" / "001_03.tem")
    box = dlib.rectangle(*(int(v) for v in np.r_[[110, 130, 340, 360]]))
    shape = dlib.shape_predictor(str(model))(small, box)
    found = np.array([[p.x, p.y] for p in shape.parts()]) * 3
    t = builtin_template("dlib_5")
    pupils = {"left": tem.points[0], "right": tem.points[1]}
    for name, place in zip(t.points[:4], found[:4], strict=True):
        side, _, corner, _ = name.split()
        other = "right" if side == "left" else "left"
        to = [np.hypot(*(place - pupils[s])) for s in (side, other)]
        assert to[0] < to[1]
        outward = (place[0] - pupils[side][0]) * (1 if side == "right" else -1)
        assert (outward > 0) == (corner == "outer")
    assert found[4, 1] > found[:4, 1].max()


DEFINITIONS = {"dlib7": 7, "dlib70": 70, "fpp83": 83, "fpp106": 106, "frl": 189}


@pytest.mark.filterwarnings("ignore:template Face..106")
@pytest.mark.parametrize(("name", "n"), DEFINITIONS.items())
def test_webmorph_definition(shared, name, n):
    path = shared / "webmorph" / "tem_defs" / f"{name}.json"
    t = find_template(path)
    assert t.n_points == n
    if name == "fpp106":
        assert t.mirror == ()
    else:
        assert [t.mirror[j] for j in t.mirror] == list(range(n))
    assert len(t.eyes) == 2
    face = read_landmarks(
        shared / "webmorph" / "tem_examples" / f"{name}.tem", template=t
    )
    left, right = face.eye_centres()
    assert left[0] < right[0]


def test_frl(shared):
    t = read_template(shared / "webmorph" / "tem_defs" / "frl.json")
    assert t.name == "FRL-face"
    assert t.closed == (True,) * 4 + (False,) * 40
    assert t.lines[:2] == ((0,), (1,))
    assert t.lines[2] == (2, 3, 4, 5, 6, 7, 8, 9)
    assert sum(p.startswith("hairline ") for p in t.points) > 2
    midline = [i for i, j in enumerate(t.mirror) if i == j]
    assert midline == [55, 90, 96, 101, 106, 129, 139, 151, 174, 175, 177]


def test_contradicting_mirror(shared):
    with pytest.warns(UserWarning, match="points 56, 57, 63, 64 contradict"):
        read_template(shared / "webmorph" / "tem_defs" / "fpp106.json")


def test_webmorph_closed_rule_and_names(tmp_path):
    points = [dict(p, name="twin") for p in THREE]
    lines = [[0, 1, 2, 0], [0, 1, 2], [0, 1], 2]
    data = webmorph(points, lines=lines, closed=[False, True, False, False])
    t = read_template(saved(tmp_path, data))
    assert t.points == ("twin 1", "twin 2", "twin 3")
    assert t.lines == ((0, 1, 2), (0, 1, 2), (0, 1), (2,))
    assert t.closed == (True, True, False, False)
    assert t.mirror == (0, 1, 2)


def test_numbered_names_stay_unique(tmp_path):
    names = ["a", "a", "a 1"]
    points = [dict(p, name=n) for p, n in zip(THREE, names, strict=True)]
    assert len(set(read_template(saved(tmp_path, webmorph(points))).points)) == 3


def test_own_file_round_trip(tmp_path):
    t = builtin_template("ibug_68")
    assert read_template(saved(tmp_path, t.to_dict())) == t


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ("{", r"t\.json:1: not JSON"),
        ("[]", "not a template definition"),
        ('{"schema": 1, "points": []}', "a landmark file, not a template"),
        ({"points": ["a", "b", "c"]}, "lacks the key"),
        (webmorph(THREE[:2]), r"t\.json: template own: invalid: 2 points"),
        (webmorph(THREE[::-1]), "not numbered 0, 1, 2"),
        (webmorph([{"n": 0}] * 1), "not a template definition|lacks"),
        (webmorph(THREE, lines=[["x"]]), "not a list of point numbers"),
        (webmorph(THREE, lines=[[0, 9]]), "index 9; points are numbered from 0 to 2"),
        ("[" * 100000, "nested too deeply|not JSON"),
    ],
)
def test_definition_errors(tmp_path, data, match):
    with pytest.raises(InputError, match=match):
        read_template(saved(tmp_path, data))


def test_find_errors(tmp_path):
    with pytest.raises(InputError, match='did you mean "ibug_68"'):
        find_template("ibug68")
    with pytest.raises(InputError, match="there is no such file"):
        find_template(tmp_path / "none.json")


def test_a_template_says_its_regions_and_how_its_lines_run(tmp_path):
    told = {
        "regions": {"eye": (0, 1, 2)},
        "outer_eye_corners": (0, 2),
        "clockwise": (True,),
    }
    points, lines = ("a", "b", "c", "d"), ((0, 1, 2),)
    template = Template("own", points, lines, (True,), **told)
    again = Template.from_dict(json.loads(json.dumps(template.to_dict())))
    assert {name: getattr(again, name) for name in told} == told
    # Who leaves them out means the same landmarks.
    bare = Template("own", points, lines, (True,))
    assert bare == again
    assert not set(told) & set(bare.to_dict())
    for wrong, message in (
        ({"regions": {"eye": (9,)}}, "index 9"),
        ({"outer_eye_corners": (0,)}, "two of them"),
        ({"clockwise": (True, True)}, "one for each closed line"),
    ):
        with pytest.raises(InputError, match=message):
            Template("own", points, lines, (True,), **wrong)
