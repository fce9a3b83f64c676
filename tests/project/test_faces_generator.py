"""The shipped faces: their landmarks, and the code that renders them.

The golden pictures, one of each set, are what the functions below return, written with
`faces_generator.export.write_picture`.
"""

import json

import numpy as np
import pytest
from repository import GOLDEN, LANDMARKS, PACKAGE, SOURCE_FACES, load

PICTURE = GOLDEN / "faces_generator_ada_eased_192.png"
PICTURE_2 = GOLDEN / "faces_generator_saga_eased_192.png"
LABELS = ("happy", "neutral", "distressed")
FACES = sorted(p.stem for p in SOURCE_FACES.glob("*_*.png"))
NAMES = {stem.split("_")[0] for stem in FACES}


def picture_file(stem):
    return SOURCE_FACES / f"{stem}.png"


def landmark_file(stem, folder=""):
    return LANDMARKS / folder / f"{stem}.json"


def read_points(stem, folder=""):
    return np.array(
        json.loads(landmark_file(stem, folder).read_text("utf-8"))["points"]
    )


def png_size(path):
    header = path.read_bytes()[:26]
    return int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")


def png_chunks(path):
    data, at, kinds = path.read_bytes(), 8, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kinds.append(data[at + 4 : at + 8].decode())
        at += length + 12
    return kinds


@pytest.fixture(scope="module")
def generator():
    pytest.importorskip("numba", reason="faces_generator needs numba")
    pytest.importorskip("scipy", reason="faces_generator needs scipy")
    pytest.importorskip("cv2", reason="faces_generator needs OpenCV")
    return load("faces_generator")


def test_every_identity_has_every_label():
    assert len(NAMES) == 12
    assert sorted(f"{n}_{label}" for n in NAMES for label in LABELS) == FACES


def test_the_shipped_infants_are_those_of_a_set(generator):
    from faces_generator.identities import SHIPPED

    assert set(generator.SETS[SHIPPED]) == NAMES
    assert not set(generator.SETS["first"]) & NAMES


def test_the_faces_say_what_they_are_and_under_which_licence(generator):
    text = (SOURCE_FACES / "README.md").read_text("utf-8")
    assert "CC0-1.0" in text
    assert "not photographs" in text
    for name in NAMES:
        who = generator.IDENTITIES[name]
        sex = {"f": "female", "m": "male"}[who.sex]
        teeth = who.nature.teeth or "-"
        about = f"| `{name}` | {sex} | {who.months} | {who.monk} | {teeth} |"
        assert about in text


@pytest.mark.parametrize("stem", FACES)
def test_pictures_carry_no_metadata(stem):
    path = picture_file(stem)
    assert png_size(path) == (640, 640)
    assert set(png_chunks(path)) == {"IHDR", "IDAT", "IEND"}


@pytest.mark.parametrize("folder", ["", "infant"])
@pytest.mark.parametrize("stem", FACES)
def test_landmarks_are_inside_the_picture(stem, folder):
    points = read_points(stem, folder)
    assert len(points) == (68 if folder == "" else 170)
    assert (points > 0).all()
    assert (points < 639).all()


@pytest.mark.parametrize("stem", FACES)
def test_landmarks_belong_to_their_picture(stem):
    import hashlib

    digest = hashlib.sha256(picture_file(stem).read_bytes()).hexdigest()
    for folder in ("", "infant"):
        data = json.loads(landmark_file(stem, folder).read_text("utf-8"))
        assert data["image_sha256"] == digest
        assert data["placement"]["by"] == "render"


@pytest.mark.parametrize("folder", ["", "infant"])
@pytest.mark.parametrize("stem", FACES)
def test_mirror_partners_lie_on_their_sides(stem, folder):
    points = read_points(stem, folder)
    name = "ibug_68" if folder == "" else "infant_170"
    path = PACKAGE / "faces" / "templates" / f"{name}.json"
    template = json.loads(path.read_text("utf-8"))
    mirror = np.array(template["mirror"])
    for i, partner in enumerate(template["points"]):
        if "left" in partner.split():
            assert points[i, 0] < points[mirror[i], 0], partner
    # The infants look at the camera, so a mirrored face nearly covers itself.
    flipped = points[mirror] * (-1, 1)
    source, target = flipped - flipped.mean(0), points - points.mean(0)
    u, _, vt = np.linalg.svd(source.T @ target)
    apart = np.linalg.norm(source @ (u @ vt) - target, axis=1)
    assert np.median(apart) < 12


@pytest.mark.parametrize("stem", FACES)
def test_features_are_in_order(stem):
    p = read_points(stem)
    chin, mouth, nose, eyes = p[8], p[48:68], p[33], p[36:48].mean(0)
    assert chin[1] > mouth[:, 1].max() > nose[1] > eyes[1] > p[17:27, 1].mean()
    assert (p[[61, 62, 63], 1] < p[[67, 66, 65], 1]).all()
    assert (p[[37, 38, 43, 44], 1] < p[[41, 40, 47, 46], 1]).all()
    # Full cheeks stand out beyond the temples.
    assert (np.diff(p[:17, 0]) > -18).all()
    gaps = np.linalg.norm(np.diff(p[:17], axis=0), axis=1)
    assert gaps.min() > 8
    height = p[66, 1] - p[62, 1]
    label = stem.split("_")[1]
    assert (height < 4) if label == "neutral" else (height > 20)


def test_infant_template_is_a_template_and_starts_with_ibug():
    from morphkit.faces.template import Template

    folder = PACKAGE / "faces" / "templates"
    infant = Template.from_dict(
        json.loads((folder / "infant_170.json").read_text("utf-8"))
    )
    ibug = json.loads((folder / "ibug_68.json").read_text("utf-8"))
    assert infant.points[:68] == tuple(ibug["points"])
    assert infant.n_points == 170
    assert infant.mirror[:68] == tuple(ibug["mirror"])


@pytest.mark.slow
def test_paths_share_their_ends_and_differ_between(generator):
    from faces_generator.expression import express
    from faces_generator.identities import IDENTITIES
    from faces_generator.render import locate_landmarks

    maja = IDENTITIES["maja"]

    def points(level, path):
        expression = express("happy", "distressed", level, path, maja.repertoire)
        return locate_landmarks(maja, expression, 640)[0]

    start, end = points(0.0, "linear"), points(1.0, "linear")
    assert np.abs(points(0.0, "eased") - start).max() < 1e-6
    assert np.abs(points(1.0, "eased") - end).max() < 1e-6
    mean = (start + end) / 2
    off = np.linalg.norm(points(0.5, "eased") - mean, axis=1)
    assert off[48:68].mean() > 1.5
    # Brows are fixed to the skin: straight on the linear path but for perspective.
    brows = slice(17, 27)
    straight = np.linalg.norm(points(0.5, "linear") - mean, axis=1)[brows]
    assert straight.max() < 0.2


def test_hinge_turns_about_an_axis(generator):
    from faces_generator.expression import Hinge
    from faces_generator.head import load_head

    head = load_head()
    change = {"fu/jawOpen": 1.0}
    d = head.combine(change)
    whole = Hinge(change, 1.0, 24.0).displacement(head.combine)
    half = Hinge(change, 0.5, 24.0).displacement(head.combine)
    np.testing.assert_allclose(whole, d, atol=1e-12)
    moved = np.linalg.norm(d[:, 1:], axis=1) > 0.01
    # The middle of an arc of 24 degrees stands off its chord by tan(6 degrees) / 2.
    sagitta = np.linalg.norm((half - d / 2)[moved, 1:], axis=1)
    chord = np.linalg.norm(d[moved, 1:], axis=1)
    np.testing.assert_allclose(sagitta / chord, np.tan(np.deg2rad(6)) / 2, rtol=1e-9)


def test_bad_requests_are_refused(generator):
    with pytest.raises(ValueError, match='identity "nobody"'):
        generator.render_level("nobody", "happy", "neutral", 0.5)
    with pytest.raises(ValueError, match="0 to 1 is needed"):
        generator.render_level("maja", "happy", "neutral", 1.5)
    with pytest.raises(ValueError, match='path "curved"'):
        generator.render_level("maja", "happy", "neutral", 0.5, "curved")


@pytest.mark.slow
def test_landmarks_scale_with_the_picture(generator):
    from faces_generator.expression import express
    from faces_generator.identities import IDENTITIES
    from faces_generator.render import locate_landmarks

    nilo = IDENTITIES["nilo"]
    calm = express("neutral", "neutral", 0.0, "linear", nilo.repertoire)
    small = locate_landmarks(nilo, calm, 320)[0]
    large = locate_landmarks(nilo, calm, 640)[0]
    np.testing.assert_allclose((small + 0.5) * 2 - 0.5, large, atol=1e-9)
    np.testing.assert_allclose(large, read_points("nilo_neutral"), atol=0.01)


@pytest.mark.slow
def test_the_68_landmarks_need_no_ear_in_sight(generator):
    from dataclasses import replace

    from faces_generator.expression import express
    from faces_generator.head import load_head
    from faces_generator.identities import IDENTITIES
    from faces_generator.landmarks import Landmarker
    from faces_generator.pose import pose_head

    nilo = IDENTITIES["nilo"]
    calm = express("neutral", "neutral", 0.0, "linear", nilo.repertoire)

    def landmarker(yaw):
        who = replace(nilo, pose_deg=(yaw, 0, 0))
        posed = pose_head(load_head(), who, calm)
        return Landmarker(load_head(), who, posed, who.camera(320))

    alone = landmarker(0).locate_68()
    np.testing.assert_array_equal(alone, landmarker(0).locate()[0])
    assert np.isfinite(landmarker(30).locate_68()).all()


def golden_picture(generator):
    return generator.render_level(
        "ada", "happy", "distressed", 0.5, "eased", 192, n_lights=24
    )[0]


def golden_picture_2(generator):
    return generator.render_level(
        "saga", "happy", "distressed", 0.7, "eased", 192, n_lights=24
    )[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "render"), [(PICTURE, golden_picture), (PICTURE_2, golden_picture_2)]
)
def test_rendering_gives_the_stored_picture(generator, path, render):
    import cv2

    image = render(generator)
    golden = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    assert np.abs(image.astype(float) - golden).mean() < 0.5


@pytest.mark.slow
def test_a_second_rendering_gives_the_same_bytes(generator):
    options = ("zola", "neutral", "distressed", 1.0, "linear", 96)
    first, second = (generator.render_level(*options, n_lights=8) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.parametrize("stem", ["maja_happy", "vito_distressed"])
def test_the_shipped_landmarks_are_those_of_the_mesh(generator, stem):
    from faces_generator.expression import express
    from faces_generator.identities import IDENTITIES
    from faces_generator.render import locate_landmarks

    name, label = stem.split("_")
    who = IDENTITIES[name]
    shown = express(label, label, 0.0, "linear", who.repertoire)
    points68, infant = locate_landmarks(who, shown, 640)
    np.testing.assert_allclose(points68, read_points(stem), atol=0.01)
    np.testing.assert_allclose(infant, read_points(stem, "infant"), atol=0.01)


def test_each_infant_of_the_second_set_has_acts_of_its_own(generator):
    from faces_generator.action_units import ACTION_UNITS

    for label in ("happy", "distressed"):
        acts = [who.repertoire[label] for who in generator.SETS["second"].values()]
        assert len({tuple(sorted(act.weights().items())) for act in acts}) == 12
    known = {
        unit
        for who in generator.SETS["second"].values()
        for act in who.repertoire.values()
        for unit in act.units
    }
    assert known <= set(ACTION_UNITS)


def test_action_units_are_made_of_what_the_head_knows(generator):
    from faces_generator.action_units import ACTION_UNITS, AT_REST
    from faces_generator.head import load_head
    from faces_generator.relief import WRINKLES

    head = load_head()
    of_kind = {"bump": head.bumps, "furrow": head.furrows, "wrinkle": WRINKLES}
    for weights in (AT_REST, *ACTION_UNITS.values()):
        for unit in weights:
            kind, _, name = unit.partition("/")
            assert (
                name in of_kind[kind] if kind in of_kind else unit in head.asset.modes
            )


def test_lips_part_at_the_seam(generator):
    """The upper lip stays where it is when the lower one is drawn down."""
    from faces_generator.head import load_head

    head = load_head()
    upper, lower = (np.abs(head.bumps[n]).sum(1) for n in ("squareup", "squarelow"))
    drop = -head.asset.mode("fu/jawOpen")[:, 1]
    near = (np.abs(head.rest[:, 0]) < 0.06) & (np.maximum(upper, lower) > 0.01)
    assert near.sum() > 20
    assert (drop[near & (lower > 0.01)] > 0.04).all()
    assert (drop[near & (upper > 0.01)] < 0.12).all()


def test_wrinkles_belong_to_the_expression_and_tears_to_the_cheeks(generator):
    from faces_generator.asset import SKIN
    from faces_generator.expression import express
    from faces_generator.relief import tear_height, wrinkle_height
    from faces_generator.surface import Surface

    who = generator.IDENTITIES["maja"]
    x, y = np.meshgrid(np.linspace(-0.35, 0.35, 141), np.linspace(-0.5, 0.3, 161))
    place = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1)
    none = np.zeros(len(place))
    surface = Surface(
        place, np.full(len(place), SKIN), none, none, none, none, none > 0, none + 1
    )

    def depth(label):
        shown = express(label, label, 0.0, "linear", who.repertoire)
        return -wrinkle_height(who, surface, shown)

    root = (np.abs(place[:, 0]) < 0.05) & (place[:, 1] > 0.03) & (place[:, 1] < 0.15)
    assert depth("distressed")[root].max() > 0.002
    assert depth("neutral")[root].max() < 0.0005
    wet = tear_height(who, surface, 1.0)
    assert wet.max() > 0.003
    assert (place[wet > 0.001, 1] < 0).all()
    assert not tear_height(who, surface, 0.0).any()


@pytest.mark.slow
def test_both_eyes_mirror_the_light_at_the_same_place(generator):
    from faces_generator.asset import LEFT_EYE, RIGHT_EYE
    from faces_generator.expression import express
    from faces_generator.eyes import eye_axes, eyeball_centre
    from faces_generator.head import load_head
    from faces_generator.pose import pose_head
    from faces_generator.render import render_posed

    size = 400
    for name in ("maja", "wren"):  # light from the left, from the right
        who = generator.IDENTITIES[name]
        calm = express("neutral", "neutral", 0.0, "linear", who.repertoire)
        posed = pose_head(load_head(), who, calm)
        image = render_posed(who, posed, calm, size, n_lights=24).astype(float)
        places = []
        for eye, side in ((LEFT_EYE, 1), (RIGHT_EYE, -1)):
            vertices = posed.level2[load_head().group == eye]
            centre = eyeball_centre(vertices)
            radius = np.linalg.norm(vertices - centre, axis=1).mean()
            gaze = eye_axes(who, side)[0]
            column, row = who.camera(size).project(centre + radius * gaze)
            iris = radius * np.sin(who.iris_size) * size / who.extent
            y, x = np.mgrid[0:size, 0:size]
            white = image.min(2) * (np.hypot(x - column, y - row) < 0.75 * iris)
            assert white.max() > 150
            near = white > 0.85 * white.max()
            offset = np.array([x[near].mean() - column, row - y[near].mean()])
            places.append(offset / iris)
        assert np.abs(places[0] - places[1]).max() < 0.12
        to_the_right = who.light.key_direction[0] > 0
        assert all((x > 0) == to_the_right and y > 0.1 for x, y in places)
