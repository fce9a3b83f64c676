"""What every entry of `DETECTORS` does."""

import cv2
import numpy as np
import pytest
from repository import SOURCE_FACES

from morphkit.errors import MissingExtraError
from morphkit.faces.detectors import DETECTORS
from morphkit.faces.formats import builtin_template

# Mean distance allowed between a face and its changed copy, in percent of the outer
# inter-ocular distance: about three times what is measured.
STEADY = {"mesh": 0.3, "dlib_68": 3.0}


def read(name):
    return cv2.imread(str(SOURCE_FACES / f"{name}.png"))[..., ::-1].copy()


@pytest.fixture(scope="module", params=DETECTORS)
def entry(request):
    detector = DETECTORS[request.param]
    try:
        detector.find(np.zeros((64, 64, 3), np.uint8))
    except MissingExtraError as error:
        pytest.skip(str(error))
    return request.param, detector


@pytest.fixture(scope="module")
def nilo(entry):
    (face,) = entry[1].find(read("nilo_neutral"))
    return face


def unit(face):
    left, right = (36, 45) if face.template.name == "ibug_68" else (33, 263)
    return np.hypot(*(face.points[right] - face.points[left])) / 100


def apart(face, expected):
    return np.linalg.norm(face.points - expected, axis=1).mean() / unit(face)


@pytest.mark.parametrize("code", [0, 128, 255])
def test_blank_image_has_no_face(entry, code):
    assert entry[1].find(np.full((200, 300, 3), code, np.uint8)) == ()


def test_landmarks_are_in_the_template_of_the_table(entry, nilo):
    name, detector = entry
    assert nilo.template == builtin_template(detector.template)
    assert detector.description
    assert detector.licence
    assert nilo.placement.detector == name


@pytest.mark.slow
def test_both_of_two_faces_in_reading_order(entry, nilo):
    both = np.hstack([read("nilo_neutral"), read("maja_neutral")])
    first, second = entry[1].find(both)
    assert apart(first, nilo.points) < STEADY[entry[0]]
    assert (second.points[:, 0] > 640).all()


def test_model_hashes_are_recorded(nilo):
    assert nilo.placement.by == "detector"
    assert nilo.placement.models
    for sha256 in nilo.placement.models.values():
        assert len(sha256) == 64
        int(sha256, 16)
    assert 0 < nilo.placement.score <= 1


@pytest.mark.slow
def test_mirrored_image_has_mirrored_landmarks(entry, nilo):
    image = read("nilo_neutral")
    (face,) = entry[1].find(image[:, ::-1].copy())
    expected = nilo.points[list(nilo.template.mirror)].copy()
    expected[:, 0] = image.shape[1] - 1 - expected[:, 0]
    assert apart(face, expected) < STEADY[entry[0]]


@pytest.mark.slow
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_image_has_turned_landmarks(entry, nilo, turns):
    if not entry[1].any_angle:
        pytest.skip(f"{entry[0]} is declared for upright faces only")
    # Not square, so that width and height cannot be exchanged.
    image = read("nilo_neutral")[:, 20:620]
    expected = nilo.points - (20, 0)
    for _ in range(turns):
        width = image.shape[1]
        image = np.rot90(image)
        expected = np.column_stack([expected[:, 1], width - 1 - expected[:, 0]])
    (face,) = entry[1].find(np.ascontiguousarray(image))
    assert apart(face, expected) < STEADY[entry[0]]


@pytest.mark.slow
def test_repeated_detection_is_the_same(entry, nilo):
    (again,) = entry[1].find(read("nilo_neutral"))
    np.testing.assert_array_equal(again.points, nilo.points)
