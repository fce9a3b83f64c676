import hashlib
import importlib.util
import json
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import cv2
import numpy as np
import pytest
from repository import SOURCE_FACES
from scipy.optimize import linear_sum_assignment

from morphkit._core.arrays import eight_bit
from morphkit.errors import InputError, MissingExtraError
from morphkit.faces.detectors import (
    DETECTORS,
    conversions_from,
    convert,
    detect,
    dlib_68,
    mesh,
    nets,
)
from morphkit.faces.detectors.agreement import agreement
from morphkit.faces.detectors.boxes import overlap, reading_order, same_face
from morphkit.faces.detectors.candidates import Tile, find_in_tile, tiles
from morphkit.faces.detectors.choice import SeveralFacesError, choose_face
from morphkit.faces.formats import builtin_template
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

pytestmark = pytest.mark.slow

DEMO = [
    f"{i}_{e}" for i in ("maja", "nilo") for e in ("happy", "neutral", "distressed")
]

# Points of ibug_68 (or the mean of two) and their equals in the 189-point template.
TIGHT = {
    (36,): 18, (39,): 22, (42,): 23, (45,): 27, (37, 38): 20, (40, 41): 29,
    (43, 44): 25, (46, 47): 32, (33,): 55, (48,): 87, (54,): 93, (50,): 89,
    (51,): 90, (52,): 91, (57,): 106, (62,): 96, (66,): 101,
}  # fmt: skip


def read(path):
    return cv2.imread(str(path))[..., ::-1].copy()


@pytest.fixture(scope="module")
def demo():
    return {name: read(SOURCE_FACES / f"{name}.png") for name in DEMO}


@pytest.fixture(scope="module")
def maja(demo):
    return detect(demo["maja_happy"], template="mesh_478")


@pytest.fixture(scope="module")
def london(shared):
    """Image, hand-made template and mesh of five adults."""
    rows = []
    for path in sorted((shared / "london").glob("*_03.jpg"))[:5]:
        lines = path.with_suffix(".tem").read_text().splitlines()
        truth = np.array([r.split()[:2] for r in lines[1 : int(lines[0]) + 1]], float)
        image = read(path)
        rows.append((image, truth, detect(image, template="mesh_478").points))
    return rows


def outer_corners(points):
    return np.hypot(*(points[45] - points[36]))


# --- models -----------------------------------------------------------------------


def test_the_models_are_the_recorded_ones():
    folder = resources.files("morphkit.faces.detectors") / "models"
    record = json.loads((folder / "SOURCE.json").read_text())
    found = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in record["files"]
    }
    assert found == {name: f["sha256"] for name, f in record["files"].items()}
    assert found == nets.model_hashes()
    assert "Apache License" in (folder / "LICENSE-APACHE-2.0.txt").read_text()
    assert "MediaPipe Authors" in (folder / "NOTICE").read_text()


def test_two_threads_get_what_one_gets(demo, maja):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(mesh.find, [demo["maja_happy"], demo["nilo_happy"]] * 2))
    for faces in found[::2]:
        np.testing.assert_array_equal(faces[0].points, maja.points)


# --- template and mapping ---------------------------------------------------------


def one_sided(image):
    """Return the mesh of a face's crop and of the mirrored crop, without averaging."""
    region = mesh._region_of(mesh.find_meshes(image)[0].points)
    crop, _ = nets.square_crop(image, region.centre, region.size, region.angle, 192)
    straight, _ = mesh._mesh_of_crop(crop)
    other, _ = mesh._mesh_of_crop(crop[:, ::-1])
    return straight, np.column_stack([192 - other[:, 0], other[:, 1]])


def test_mirror_map_is_the_best_assignment_on_mirrored_faces(demo):
    pairs = [one_sided(image) for image in demo.values()]
    apart = np.mean([np.linalg.norm(a[:, None] - b, axis=2) for a, b in pairs], axis=0)
    _, partner = linear_sum_assignment(apart**2)
    assert partner.tolist() == list(builtin_template("mesh_478").mirror[:468])


def test_mesh_template_names_what_is_there(maja):
    at = dict(zip(maja.template.points, maja.points, strict=True))
    assert at["forehead top"][1] < at["nasion"][1] < at["nose tip"][1] < at["chin"][1]
    for side, towards_nose in (("left", 1), ("right", -1)):
        inner, outer = at[f"{side} eye inner corner"], at[f"{side} eye outer corner"]
        iris = at[f"{side} iris centre"]
        assert towards_nose * (inner - outer)[0] > 0
        assert towards_nose * (at[f"{side} iris nasal"] - iris)[0] > 0
        assert towards_nose * (at[f"{side} iris temporal"] - iris)[0] < 0
        assert at[f"{side} iris top"][1] < iris[1] < at[f"{side} iris bottom"][1]
        assert at[f"{side} upper lid"][1] < iris[1] < at[f"{side} lower lid"][1]
        # The iris lies in its own eye.
        assert abs(iris - (inner + outer) / 2).max() < 0.2 * abs(inner - outer).max()
    left, right = maja.eye_centres()
    assert left[0] < right[0]


def test_the_mapping_commutes_with_mirroring():
    points = np.random.default_rng(3).normal(size=(478, 2)) * 100
    flip = np.array([-1.0, 1.0])
    other = (points * flip)[list(builtin_template("mesh_478").mirror)]
    expected = convert.to_ibug_68(points) * flip
    expected = expected[list(builtin_template("ibug_68").mirror)]
    np.testing.assert_allclose(convert.to_ibug_68(other), expected, atol=1e-9)


def test_jaw_points_are_equally_far_apart_along_the_outline(maja):
    jaw = convert.to_ibug_68(maja.points)[:17]
    steps = np.hypot(*np.diff(jaw, axis=0).T)
    assert np.ptp(steps[:8]) < 0.03 * steps[:8].mean()  # chords of equal arcs
    np.testing.assert_array_equal(jaw[8], maja.points[152])
    np.testing.assert_array_equal(jaw[[0, 16]], maja.points[[127, 356]])


def test_spread_keeps_arc_lengths():
    line = np.array([[0.0, 0], [3, 0], [3, 4], [3, 5]])
    expected = [[0, 0], [2, 0], [3, 1], [3, 3], [3, 5]]
    np.testing.assert_allclose(convert.resample_line(line, 5), expected)


def test_dlib_5_takes_the_points_its_template_names(maja):
    five = convert.to_dlib_5(convert.to_ibug_68(maja.points))
    expected = maja.points[[263, 362, 33, 133, 2]]
    np.testing.assert_allclose(five, expected)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (d.template, end)
        for d in DETECTORS.values()
        for end in (d.template, *d.conversions)
    ],
)
def test_every_conversion_fills_its_template(start, end):
    points = np.random.default_rng(5).normal(size=(builtin_template(start).n_points, 2))
    Landmarks(builtin_template(end), conversions_from(start)[end](points))


# --- accuracy and steadiness ------------------------------------------------------


def test_accuracy_against_hand_made_templates(london):
    errors, pupils, offset = [], [], []
    for _, truth, points in london:
        unit = np.hypot(*(truth[27] - truth[18])) / 100
        found = convert.to_ibug_68(points)
        apart = [found[list(a)].mean(axis=0) - truth[b] for a, b in TIGHT.items()]
        errors.append(np.linalg.norm(apart, axis=1).mean() / unit)
        offset.append(np.mean(apart, axis=0) / unit)
        eyes = points[[468, 473]] - truth[[0, 1]]
        pupils.append(np.linalg.norm(eyes, axis=1).mean() / unit)
    assert np.mean(errors) < 1.75
    assert np.mean(pupils) < 0.9
    assert np.abs(np.mean(offset, axis=0)).max() < 0.6


def test_points_follow_a_shift_of_one_pixel(london):
    image, _, points = london[0]
    moved = np.roll(image, (1, 1), axis=(0, 1))
    again = detect(moved, template="mesh_478").points
    change = np.linalg.norm(again - points - 1, axis=1)
    unit = np.hypot(*(points[263] - points[33])) / 100
    assert change.mean() < 0.15 * unit


def test_pixel_centres_are_integers(demo, maja):
    # Ghosting every pixel takes the centre x to 2 x + 0.5.
    image = demo["maja_happy"]
    doubled = image.repeat(2, axis=0).repeat(2, axis=1)
    again = detect(doubled, template="mesh_478").points
    offset = (again - (2 * maja.points + 0.5)).mean(axis=0)
    assert np.abs(offset).max() < 0.15
    # Mirroring takes it to width - 1 - x.
    mirrored = detect(image[:, ::-1].copy(), template="mesh_478").points
    partner = list(maja.template.mirror)
    expected = image.shape[1] - 1 - maja.points[partner, 0]
    assert abs((mirrored[:, 0] - expected).mean()) < 0.15


def test_crops_and_their_affine_agree():
    rng = np.random.default_rng(1)
    image = cv2.GaussianBlur(rng.integers(0, 256, (200, 240, 3), np.uint8), (0, 0), 6)
    centre = np.array([121.3, 98.7])
    crop, affine = nets.square_crop(image, centre, 80.0, 0.4, 80)
    inner = rng.uniform(10, 70, size=(50, 2)).round() + 0.5  # continuous pixel centres
    x, y = nets.apply(affine, inner).T - 0.5
    wanted = cv2.remap(
        image, x.astype(np.float32)[None], y.astype(np.float32)[None], cv2.INTER_LINEAR
    )[0]
    column, row = (inner - 0.5).astype(int).T
    np.testing.assert_allclose(crop[row, column], wanted, atol=1.5)


# --- all faces --------------------------------------------------------------------


@pytest.mark.parametrize("name", DEMO)
def test_one_face_is_found_once(demo, name):
    assert len(mesh.find(demo[name])) == 1


def test_every_face_of_a_sheet_is_found_in_reading_order(demo):
    sheet = np.full((1300, 1000, 3), 128, np.uint8)
    corners = []
    for k, name in enumerate(DEMO * 2):
        # Rows are not quite level.
        x, y = 40 + 320 * (k % 3), 40 + 300 * (k // 3) + 12 * (k % 2)
        small = cv2.resize(demo[name], (200, 200), interpolation=cv2.INTER_AREA)
        sheet[y : y + 200, x : x + 200] = small
        corners.append((x, y))
    faces = mesh.find(sheet)
    assert len(faces) == 12
    for face, corner in zip(faces, corners, strict=True):
        assert ((face.points > corner) & (face.points < np.add(corner, 200))).all()


def test_a_small_face_in_a_large_picture_is_found(demo):
    picture = np.full((1600, 1600, 3), 90, np.uint8)
    size = (160, 160)
    picture[1200:1360, 300:460] = cv2.resize(demo["nilo_neutral"], size)
    (face,) = mesh.find(picture)
    assert (face.points > (300, 1200)).all()
    assert (face.points < (460, 1360)).all()


def test_no_face_in_noise_and_texture():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    blobs = cv2.GaussianBlur(rng.normal(size=(400, 400, 3)), (0, 0), 12)
    blobs = np.clip(128 + 800 * blobs, 0, 255).astype(np.uint8)
    assert mesh.find(noise) == ()
    assert mesh.find(blobs) == ()


@pytest.mark.parametrize("turns", range(4))
def test_a_candidate_lies_where_the_turned_face_lies(demo, turns):
    face = np.rot90(cv2.resize(demo["nilo_neutral"], (320, 320)), turns)
    picture = np.full((500, 640, 3), 128, np.uint8)
    picture[20:340, 300:620] = face
    best = max(find_in_tile(picture, Tile(0, -70, 640)), key=lambda c: c.score)
    # Upright, the detector's box is centred a little below the middle of the picture.
    lower = np.array([0.0, 15])
    for _ in range(turns):
        lower = np.array([lower[1], -lower[0]])
    np.testing.assert_allclose(best.centre, np.add(lower, (460, 180)), atol=25)
    direction = np.exp(1j * (best.angle + np.pi / 2 * turns))
    assert direction.real > 0.95


def test_tiles_cover_the_image_and_overlap_by_half():
    for level in range(3):
        grid = tiles(1000, 640, level)
        size = grid[0].size
        assert size == 1000 / 2**level
        for start, length in ((0, 1000), (1, 640)):
            starts = sorted({(t.x, t.y)[start] for t in grid})
            assert starts[0] <= 0
            assert starts[-1] + size >= length
            assert all(b - a <= size / 2 + 1 for a, b in zip(starts, starts[1:]))  # noqa: B905, RUF007


def test_overlap_and_same_face():
    a = np.array([0.0, 0, 10, 10])
    assert overlap(a, a) == 1
    assert overlap(a, a + 5) == pytest.approx(25 / 175)
    assert overlap(a, a + 20) == 0
    assert same_face(a, np.array([4.0, 4, 7, 7]))  # a part of the face
    assert same_face(a, a + 2)
    assert not same_face(a, np.array([8.0, 0, 18, 10]))


def test_reading_order_goes_row_by_row():
    def box(x, y):
        return np.array([x, y, x + 10.0, y + 10.0])

    boxes = [box(40, 3), box(0, 20), box(0, 0), box(20, -2), box(20, 24)]
    assert reading_order(boxes) == [2, 3, 0, 1, 4]
    assert reading_order([]) == []


# --- detect -----------------------------------------------------------------------


def test_the_placement_tells_detector_models_and_score(maja):
    assert maja.placement.by == "detector"
    assert maja.placement.detector == "mesh"
    assert set(maja.placement.models) == {nets.FACE, nets.MESH, nets.IRIS}
    assert 0.5 < maja.placement.score <= 1


def test_sixteen_bits_give_the_same_points(demo, maja):
    wide = demo["maja_happy"].astype(np.uint16) * 257
    np.testing.assert_array_equal(eight_bit(wide), demo["maja_happy"])
    np.testing.assert_array_equal(detect(wide, template="mesh_478").points, maja.points)
    edges = np.array([[[0, 128, 129], [65535, 65406, 65407]]], np.uint16)
    assert eight_bit(edges).tolist() == [[[0, 0, 1], [255, 254, 255]]]


def test_detect_says_what_to_do_when_there_is_no_face():
    blank = np.full((100, 100, 3), 200, np.uint8)
    with pytest.raises(
        InputError, match=r"anna\.jpg: no face was found; crop .*by hand"
    ):
        detect(blank, where="anna.jpg")


def test_detect_wants_to_know_which_of_several_faces(demo):
    both = np.hstack([demo["maja_neutral"], demo["nilo_neutral"]])
    with pytest.raises(InputError, match="2 faces were found") as error:
        detect(both, where="both.png")
    said = str(error.value)
    assert "--face N" in said
    rows = said.splitlines()[1:]
    assert [row.split(":")[0].strip() for row in rows] == ["1", "2"]
    assert all("width" in row and "score 0.9" in row for row in rows)
    first, second = (detect(both, face=n) for n in (1, 2))
    assert (first.points[:, 0] < 640).all()
    assert (second.points[:, 0] > 640).all()
    for wrong in (0, 3):
        with pytest.raises(InputError, match=f"no face {wrong}, found 2"):
            detect(both, face=wrong)


def test_which_face_was_taken_of_which_is_kept(demo):
    both = np.hstack([demo["maja_neutral"], demo["nilo_neutral"]])
    taken = detect(both, face=2).placement
    assert taken.choice == "face 2 of 2"
    assert [box[0] > 640 for box in taken.faces] == [False, True]
    _, _, width, height = taken.faces[1]
    assert taken.choice_and_size == f"face 2 of 2, {width} × {height} px"
    assert min(width, height) > 200
    alone = detect(demo["maja_neutral"], face=1).placement
    assert (alone.face, alone.faces, alone.choice) == (None, (), "")


def test_the_largest_face_is_taken_where_it_clearly_is(demo):
    both = np.hstack([demo["maja_neutral"], demo["nilo_neutral"]])
    with pytest.raises(SeveralFacesError, match=r"not clear which .* largest") as error:
        detect(both, face="largest", where="both.png")
    assert "--face largest" not in str(error.value)
    assert len(error.value.boxes) == 2
    assert pickle.loads(pickle.dumps(error.value)).boxes == error.value.boxes
    small = np.full_like(demo["maja_neutral"], 205)
    small[:320, :320] = demo["maja_neutral"][::2, ::2]
    both = np.hstack([small, demo["nilo_neutral"]])
    largest = detect(both, face="largest")
    assert largest.placement.face == 2
    assert (largest.points[:, 0] > 640).all()
    assert detect(demo["maja_neutral"], face="largest").placement.face is None


def placed_box(left, side):
    """Return landmarks that take a square."""
    points = np.array([(left, 0.0), (left + side, 0.0), (left, side), (left, 1.0)])
    return Landmarks(Template("four", ("a", "b", "c", "d")), points)


def test_a_place_that_may_be_no_face_is_not_the_largest_one():
    sure, maybe = placed_box(0, 100), placed_box(300, 200)
    with pytest.raises(SeveralFacesError, match="not clear"):
        choose_face([sure], [maybe], "largest", "one.png")
    assert choose_face([sure], [placed_box(300, 80)], "largest", "").placement.face == 1
    with pytest.raises(SeveralFacesError, match="not clear"):
        choose_face([sure], [placed_box(300, 95)], "largest", "")


def squeezed(image, share):
    """Return a face that is as narrow as one that turns away, on grey."""
    width = int(640 * share)
    left = 320 - width // 2
    narrow = cv2.resize(image, (width, 640), interpolation=cv2.INTER_AREA)
    grey = np.full_like(image, 205)
    grey[:, left : left + width] = narrow
    return grey


def test_a_place_that_may_be_a_face_is_no_reason_to_take_another(demo):
    """The one that is found is not taken in silence; either is, by its number."""
    nilo = read_image(SOURCE_FACES / "nilo_neutral.png")
    both = np.hstack([demo["maja_neutral"], squeezed(nilo, 0.38)])
    (sure,), (maybe,) = mesh.look(both)
    assert mesh.find(both)[0].points.tolist() == sure.points.tolist()
    with pytest.raises(
        InputError, match=r"1 face was found, and 1 place that"
    ) as error:
        detect(both, where="both.png")
    rows = str(error.value).splitlines()[1:]
    assert [row.endswith("may be a face") for row in rows] == [False, True]
    assert (detect(both, face=1).points[:, 0] < 640).all()
    assert (detect(both, face=2).points[:, 0] > 640).all()
    assert detect(both, face=2, template="mesh_478").points.tolist() == (
        maybe.points.tolist()
    )


def test_nothing_beside_one_face_asks_for_a_choice(demo):
    for name, image in demo.items():
        assert [len(found) for found in mesh.look(image)] == [1, 0], name


def test_nothing_in_shared_photographs_asks_for_a_choice(shared):
    for photo in sorted(shared.rglob("*.jpg")):
        found = mesh.look(read_image(photo))
        assert [len(faces) for faces in found] == [1, 0], photo.name


def test_detect_refuses_unknown_names(demo):
    image = demo["maja_happy"]
    with pytest.raises(InputError, match=r'no detector is called "mehs".*"mesh"'):
        detect(image, detector="mehs")
    with pytest.raises(
        InputError, match=r"mesh_478 landmarks cannot be converted to.*ibug_68"
    ):
        detect(image, template="webmorph_70")
    with pytest.raises(InputError, match="no face 2"):
        detect(image, face=2)


def test_the_face_detector_of_dlib_is_its_own(tmp_path):
    dlib = pytest.importorskip("dlib")
    dlib.get_frontal_face_detector().save(str(tmp_path / "own.svm"))
    assert dlib_68.DETECTOR.read_bytes() == (tmp_path / "own.svm").read_bytes()
    licence = dlib_68.DETECTOR.with_name("LICENSE-BSL-1.0.txt").read_text()
    assert "Boost Software License - Version 1.0" in licence


def test_dlib_names_the_extra_that_is_missing(monkeypatch, demo):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"detector dlib_68 .*\[dlib68\]"):
        dlib_68.PREDICTOR.path()
    monkeypatch.setitem(sys.modules, "dlib", None)
    for platform, extra in (("linux", "dlib68"), ("darwin", "dlib")):
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(MissingExtraError) as error:
            DETECTORS["dlib_68"].find(demo["maja_happy"])
        assert error.value.extra == extra


def test_dlib_does_not_import_the_package_of_its_model(demo):
    pytest.importorskip("dlib")
    if importlib.util.find_spec("face_recognition_models") is None:
        pytest.skip("face_recognition_models is not installed")
    assert len(dlib_68.find(demo["maja_neutral"])) == 1
    assert "face_recognition_models" not in sys.modules


# --- agreement --------------------------------------------------------------------


def test_agreement_by_region():
    template = builtin_template("ibug_68")
    points = np.random.default_rng(2).uniform(0, 500, size=(68, 2))
    points[36], points[45] = (100, 200), (300, 200)
    moved = points.copy()
    moved[48:] += (3, 4)
    moved[0] += (0, 34)
    apart = agreement(Landmarks(template, points), Landmarks(template, moved))
    expected = {"jaw": 1.0, "brows": 0, "nose": 0, "eyes": 0, "mouth": 2.5}
    assert apart == pytest.approx({**expected, "all": (17 + 20 * 2.5) / 68})


def test_agreement_refuses_what_it_cannot_compare(maja):
    five = Landmarks(builtin_template("dlib_5"), np.eye(5, 2))
    with pytest.raises(InputError, match="mesh_478 and dlib_5 cannot be compared"):
        agreement(maja, five)
    with pytest.raises(InputError, match="no regions are known for template dlib_5"):
        agreement(five, five)
    flat = Landmarks(builtin_template("ibug_68"), np.zeros((68, 2)))
    with pytest.raises(InputError, match="eye corners coincide"):
        agreement(flat, flat)
