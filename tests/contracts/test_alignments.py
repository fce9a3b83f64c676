"""What every alignment must hold."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import ALIGNMENTS, align_set
from morphkit.geometry.similarity import Similarity

TEMPLATE = builtin_template("ibug_68")
POINTS = np.random.default_rng(2).uniform(250, 1100, (68, 2))
FACE = Landmarks(TEMPLATE, POINTS)


@pytest.mark.parametrize("name", ALIGNMENTS)
@settings(deadline=None, max_examples=40)
@given(
    st.floats(0.1, 9), st.floats(-180, 180), st.floats(-900, 900), st.floats(-900, 900)
)
def test_recovers_a_known_similarity(name, scale, angle, dx, dy):
    alignment = ALIGNMENTS[name]
    a, b = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    move = Similarity(a, b, dx, dy)
    start = alignment.points_of(FACE)
    goal = alignment.points_of(FACE.with_points(move(POINTS)))
    found = alignment.fit(start, goal)
    assert np.allclose(found(POINTS), move(POINTS), rtol=0, atol=1e-8 * (1 + scale))


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_never_a_reflection(name):
    """A mirrored face is aligned by a rotation, however poor the fit."""
    alignment = ALIGNMENTS[name]
    mirrored = FACE.with_points(POINTS * [-1, 1] + [1350, 0])
    found = alignment.fit(alignment.points_of(FACE), alignment.points_of(mirrored))
    corners = np.array([[0, 0], [1, 0], [0, 1]])
    moved = found(corners)
    assert np.linalg.det(moved[1:] - moved[0]) > 0
    assert np.abs(found(POINTS) - mirrored.points).max() > 10


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_order_does_not_matter(name):
    rng = np.random.default_rng(3)
    faces = [FACE.with_points(POINTS + rng.normal(0, 30, (68, 2))) for _ in range(5)]
    sizes = [(1350, 1350), (1350, 1800), (1600, 1350), (1400, 1400), (1350, 1500)]

    def moves(order):
        found = align_set(
            [faces[k] for k in order],
            [sizes[k] for k in order],
            alignment=ALIGNMENTS[name],
            size=(400, 500),
        )
        return {k: found[i] for i, k in enumerate(order)}

    base = moves([0, 1, 2, 3, 4])
    assert moves([4, 3, 2, 1, 0]) == base
    assert moves([2, 0, 4, 1, 3]) == base


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_brings_the_faces_together(name):
    """After alignment the points it looks at lie closer than in the photos."""
    alignment = ALIGNMENTS[name]
    rng = np.random.default_rng(5)
    shifts = [(0, 0), (90, -40), (-60, 75)]
    faces = [
        FACE.with_points((POINTS + rng.normal(0, 4, (68, 2))) * f + shift)
        for f, shift in zip((1, 0.8, 1.2), shifts, strict=True)
    ]
    moves = align_set(faces, [(1800, 1800)] * 3, alignment=alignment, size=(1800, 1800))

    def spread(sets):
        return float(np.std(sets, axis=0).mean())

    before = spread([alignment.points_of(face) for face in faces])
    after = spread(
        [
            alignment.points_of(face.with_points(move(face.points)))
            for face, move in zip(faces, moves, strict=True)
        ]
    )
    assert after < 0.05 * before


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_a_face_at_one_place_is_refused(name):
    alignment = ALIGNMENTS[name]
    start = alignment.points_of(FACE)
    with pytest.raises(InputError, match="coincide"):
        alignment.fit(np.full_like(start, 3.0), start)


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_is_described(name):
    assert ALIGNMENTS[name].summary
    assert "\n" not in ALIGNMENTS[name].summary
