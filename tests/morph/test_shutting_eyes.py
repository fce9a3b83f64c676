"""Eyes that shut on the way to a transform: the face's own, and nobody else's."""

import numpy as np
import pytest
from scipy.ndimage import binary_erosion
from small_faces import shipped

from morphkit.faces.face import Face
from morphkit.geometry.polygon import within
from morphkit.morph.catchlights import sights_of
from morphkit.morph.correspondence import correspond_mixtures
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.morph.scene import Scene, mesh_between
from morphkit.morph.settings import MorphSettings
from morphkit.morph.shut_lids import with_lids_over
from morphkit.morph.trajectory import Trajectory
from morphkit.morph.transform import lay_on

OWN, REST, CRY = ("maja", "neutral"), ("saga", "neutral"), ("saga", "distressed")
#: As the eyes of the face and those of the difference are painted.
RED, GREEN = (180, 40, 40), (40, 160, 40)
LEVELS = np.array([0.0, 0.5, 1.0])
SETTINGS = MorphSettings(refine="none", detail="plain")


def painted(key: tuple[str, str], colour: tuple[int, int, int]) -> Face:
    """Return a shipped face with eyes of one colour, but for their edges."""
    face = shipped("_".join(key), 2)
    image, points = face.image.copy(), face.landmarks.points
    height, width = image.shape[:2]
    pixels = np.stack(np.meshgrid(range(width), range(height)), -1).reshape(-1, 2)
    for eye in (points[36:42], points[42:48]):
        inside = within(pixels.astype(float), eye).reshape(height, width)
        image[binary_erosion(inside)] = colour
    return Face(image, face.landmarks)


def frames_of(*, region: str) -> list[np.ndarray]:
    """Return the way from a face to its transform; its eyes are red, others green."""
    faces = {
        OWN: painted(OWN, RED),
        REST: painted(REST, GREEN),
        CRY: shipped("_".join(CRY), 2),
    }
    own = faces[OWN]
    alignment = SETTINGS.find_alignment(own.landmarks.template)
    moves = {key: lay_on(own, face, alignment) for key, face in faces.items()}
    base, rest, cry = (Mixture.of(*key) for key in faces)
    anchors = [base, base.transformed(rest, cry, shape=1, colour=1, texture=1)]
    keep = [Ingredient(*OWN)] if region == "face" else []
    how = {"size": own.size, "settings": SETTINGS, "keep": keep}
    matched = correspond_mixtures(anchors, faces, moves, **how)
    assert not [one for one in matched.findings if one.severity == "error"]
    mesh = mesh_between(matched.correspondence, anchors)
    names = [key for anchor in anchors for key in anchor.ingredients]
    photos = [faces[one.identity, one.label].image for one in dict.fromkeys(names)]
    way = Trajectory(LEVELS).between(anchors)
    scene = Scene("way", "way", mesh, photos, way)
    return list(scene.prepared(SETTINGS.rendering).frames())


@pytest.mark.parametrize("region", ["face", "everywhere"])
def test_the_eyes_of_the_face_itself_go_behind_lids(region):
    """They were squeezed to a line, and the eyes of the difference seen in them."""
    start, half, end = (one.astype(int) for one in frames_of(region=region))
    red = [
        int((one[..., 0] > one[..., 1:].max(-1) + 100).sum())
        for one in (start, half, end)
    ]
    assert red[0] > 1.5 * red[1] > 200
    assert red[2] == 0
    # Where the eyes are seen they are as red as they were painted.
    x, y = shipped("_".join(OWN), 2).landmarks.points[36:42].mean(axis=0)
    eye = half[round(y) - 16 : round(y) + 20, round(x) - 20 : round(x) + 20]
    assert (np.abs(eye - RED).max(axis=-1) <= 3).sum() > 50


def test_lids_are_continued_from_skin_alone():
    """Beside an inner corner the eyeball is seen beyond the landmarks."""
    face = shipped("zola_neutral", 2)
    eyes, skin = sights_of(face.landmarks.template), (90, 60, 50)
    width = np.ptp(face.landmarks.points[36:40, 0])
    rows, columns = np.mgrid[: face.size[1], : face.size[0]]
    image = np.full((*rows.shape, 3), skin, np.uint8)
    for eye in (range(36, 42), range(42, 48)):
        for x, y in face.landmarks.points[list(eye)]:
            image[np.hypot(columns - x, rows - y) < 0.07 * width] = 250
    covered = with_lids_over(Face(image, face.landmarks), eyes)
    assert np.array_equal(np.unique(covered.reshape(-1, 3), axis=0), [skin])
