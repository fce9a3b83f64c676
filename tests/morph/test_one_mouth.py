"""A mouth that a difference opens: one photograph is seen in it, not a mean of all."""

import numpy as np
import pytest
from small_faces import shipped

from morphkit.faces.face import Face
from morphkit.geometry.correspondence.openings import edges
from morphkit.geometry.polygon import within
from morphkit.morph.one_mouth import one_mouth
from morphkit.morph.settings import MorphSettings
from morphkit.morph.transform import transform

PLAIN = MorphSettings(refine="none", detail="plain")
#: As mouths are painted within; what is seen of one of them has its colour.
COLOURS = (200, 40, 40), (40, 200, 40), (40, 40, 200)
DONORS = "saga", "uma", "nilo"


def painted(name: str, colour: tuple[int, int, int]) -> Face:
    """Return a shipped smile of 160 px with one colour behind its lips."""
    face = shipped(f"{name}_happy", 4)
    upper, lower = edges(face.landmarks.points, face.landmarks.template.openings[0])
    rows, columns = np.indices(face.image.shape[:2])
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(float)
    inside = within(pixels, np.concatenate([upper, lower[::-1]]))
    image = face.image.copy()
    image[inside.reshape(rows.shape)] = colour
    return Face(image, face.landmarks, face.name)


def middle_of_mouth(made) -> np.ndarray:
    """Return the code values in the middle of a mouth, (3,)."""
    x, y = np.rint(made.face.landmarks.points[60:68].mean(axis=0)).astype(int)
    return made.frame[y - 1 : y + 2, x - 3 : x + 4].reshape(-1, 3).mean(axis=0)


@pytest.fixture(scope="module")
def smiling():
    """Return a face at rest to which the smiles of three are added, 160 px."""
    rest = [shipped(f"{name}_neutral", 4) for name in DONORS]
    smiles = [painted(*one) for one in zip(DONORS, COLOURS, strict=True)]
    return transform(shipped("zola_neutral", 4), rest, smiles, settings=PLAIN)


def test_a_small_transform_smiles(smiling):
    """Lips part, and skin is neither clipped nor of another colour."""
    own, after = shipped("zola_neutral", 4), smiling.face
    gaps = [
        np.linalg.norm(face.landmarks.points[66] - face.landmarks.points[62])
        for face in (own, after)
    ]
    assert gaps[0] < 1
    assert gaps[1] > 6
    assert not any(one.severity == "error" for one in smiling.findings)
    cheek = np.rint(after.landmarks.points[[1, 31, 36]].mean(axis=0)).astype(int)
    was, now = (
        face.image[cheek[1] - 3 : cheek[1] + 4, cheek[0] - 3 : cheek[0] + 4]
        for face in (own, after)
    )
    assert now.min() > 0
    np.testing.assert_allclose(now.mean((0, 1)), was.mean((0, 1)), rtol=0.25)
    np.testing.assert_array_equal(after.image[:8], own.image[:8])


def test_one_of_the_smiles_is_seen_behind_the_lips(smiling):
    seen = middle_of_mouth(smiling)
    assert np.sort(seen)[-1] > 2 * np.sort(seen)[-2]
    told = [one for one in smiling.findings if one.code == "one-mouth"]
    assert [one.value for one in told] == [2.0]
    shown = [len(one) for one in smiling.correspondence.insides]
    assert sorted(shown) == [0] * 5 + [1, 2]  # a mouth, and the face's own eyes


def test_a_mouth_that_most_have_is_seen():
    """Two without teeth and one with many: its lips may be those in the middle."""
    bare = [painted(name, (90, 40, 40)) for name in DONORS[:2]]
    toothy = painted(DONORS[0], (235, 230, 220))
    mouth = toothy.landmarks.template.openings[0]
    faces = [bare[0], toothy, bare[1]]
    places = np.array([one.landmarks.points * 256 for one in faces]).astype(np.int32)
    assert one_mouth(faces, places, [0, 1, 2], mouth) in (0, 2)
    assert one_mouth(faces, places, [1], mouth) == 1
    toothed = [toothy, bare[1], toothy]
    places = np.array([one.landmarks.points * 256 for one in toothed]).astype(np.int32)
    assert one_mouth(toothed, places, [0, 1, 2], mouth) == 0


def test_of_equal_mouths_the_one_between_the_others_is_seen():
    face = painted("saga", (90, 40, 40))
    mouth = face.landmarks.template.openings[0]
    points = face.landmarks.points * 256
    places = np.array([points + 900, points, points + 1000]).astype(np.int32)
    assert one_mouth([face] * 3, places, [0, 1, 2], mouth) == 0
    assert one_mouth([face] * 3, places, [1, 2], mouth) == 1
