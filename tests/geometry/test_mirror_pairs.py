"""Mirror partners found from where landmarks lie."""

import numpy as np
import pytest

from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.geometry.mirror_pairs import find_mirror_pairs
from morphkit.pipeline.demo import demo_identities, shipped_faces

FACES = [
    f"{name}_{label}" for name in demo_identities() for label in ("happy", "distressed")
]


@pytest.mark.parametrize("face", FACES)
def test_pairs_of_real_faces_are_those_of_the_template(face):
    """By lines without any names, on faces that cry, and that are not symmetric."""
    landmarks = read_landmarks(shipped_faces() / "landmarks" / f"{face}.json")
    template = landmarks.template
    lines = list(zip(template.lines, template.closed, strict=True))
    found, off = find_mirror_pairs(landmarks.points, lines=lines)
    assert found == template.mirror
    assert off.max() < 0.3


@pytest.mark.parametrize("roll", [-35, -12, 20, 38])
def test_a_rolled_face_is_reflected_about_its_own_axis(roll):
    landmarks = read_landmarks(shipped_faces() / "landmarks" / "maja_happy.json")
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    turned = landmarks.points @ np.array([[c, s], [-s, c]]) + [200, 100]
    template = landmarks.template
    lines = list(zip(template.lines, template.closed, strict=True))
    assert find_mirror_pairs(turned, lines=lines)[0] == template.mirror
    alone = find_mirror_pairs(turned)[0]  # by places alone, one by one
    assert sum(a == b for a, b in zip(alone, template.mirror, strict=True)) > 60


def test_names_count_before_places():
    """Two landmarks lie like partners, and are called otherwise."""
    points = [[0, 0], [10, 0], [2, 5], [8, 5], [5, 9]]
    names = ["left a", "Right B", "left b", "right a", "chin"]
    assert find_mirror_pairs(np.array(points, float), names)[0][:4] == (3, 2, 1, 0)
    assert find_mirror_pairs(np.array(points, float))[0] == (1, 0, 3, 2, 4)


def test_what_has_no_partner_gets_none():
    template = builtin_template("ibug_68")
    landmarks = read_landmarks(shipped_faces() / "landmarks" / "maja_happy.json")
    kept = [i for i in range(68) if i != 36]
    partners, off = find_mirror_pairs(landmarks.points[kept])
    alone = kept.index(template.mirror[36])
    assert partners[alone] is None
    assert np.isnan(off[alone])
    assert all(j is None or partners[j] == i for i, j in enumerate(partners))


def test_one_place_has_no_reflection():
    with pytest.raises(InputError, match="coincide"):
        find_mirror_pairs(np.ones((4, 2)))
