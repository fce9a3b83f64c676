"""Sums of faces, and the shares of every face at every step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphkit.errors import InputError
from morphkit.morph.integer_weights import integer_shares, integer_weights, step_shares
from morphkit.morph.mixture import SHARES, Ingredient, Mixture
from morphkit.morph.trajectory import VIA_MAX, VIA_MIN, Trajectory, ingredients_of
from morphkit.pixels import ONE

A, B, C, D = (Mixture.of(name, "happy") for name in "abcd")


def shares(mixture: Mixture) -> dict[str, tuple[float, ...]]:
    return {
        f"{i.identity}{'*' if i.mirrored else ''}": s for i, s in mixture.shares.items()
    }


def test_a_prototype_is_the_mean():
    assert shares(Mixture.mean([A, B, C, D])) == dict.fromkeys("abcd", (0.25,) * 3)
    assert shares(Mixture.mean([A, A, B, D]))["a"] == (0.5,) * 3


def test_a_transform_adds_fractions_of_a_difference():
    made = A.transformed(B, C, shape=0.5, colour=-0.25, texture=1.25)
    assert shares(made) == {
        "a": (1, 1, 1),
        "b": (-0.5, 0.25, -1.25),
        "c": (0.5, -0.25, 1.25),
    }


def test_a_transform_from_itself_is_a_morph():
    """As the continuum of WebMorph: subject and source are one."""
    made = A.transformed(A, B, shape=0.3, colour=0.3, texture=0.3)
    assert made.column("shape") == {
        Ingredient("a", "happy"): 0.7,
        Ingredient("b", "happy"): 0.3,
    }


def test_a_symmetrised_face_is_half_its_mirror_image():
    made = A.symmetrised(colour=0.5, texture=-0.5)
    assert shares(made) == {"a": (0.5, 0.75, 1.25), "a*": (0.5, 0.25, -0.25)}
    whole = A.symmetrised()
    assert whole.mirrored() == whole
    assert not A.mirrored().is_photograph
    assert A.mirrored().mirrored() == A
    assert A.is_photograph


def test_sums_of_sums():
    """Adding a difference of prototypes in two halves is adding it once."""
    source, target = Mixture.mean([B, C]), Mixture.mean([C, D])
    half = A.transformed(source, target, shape=0.5, colour=0.5, texture=0.5)
    twice = half.transformed(source, target, shape=0.5, colour=0.5, texture=0.5)
    once = A.transformed(source, target, shape=1, colour=1, texture=1)
    assert shares(twice) == shares(once)
    # c is in both prototypes: its shares cancel, and it is no ingredient.
    assert sorted(shares(once)) == ["a", "b", "d"]


def test_what_is_no_face():
    with pytest.raises(InputError, match="a prototype of 1 faces; at least 2"):
        Mixture.mean([A])
    with pytest.raises(InputError, match=r"shares in colour add up to 0\.5; 1"):
        Mixture({Ingredient("a", "x"): (1.0, 0.5, 1.0)})


# ---- trajectories


def test_a_way_by_a_third_face():
    plan = Trajectory.through([-0.25, 0, 0.2, 0.5, 0.8, 1, 1.25], via=True)
    assert plan.weights() == pytest.approx(
        np.array(
            [
                [1.5, -0.5, 0],
                [1, 0, 0],
                [0.6, 0.4, 0],
                [0, 1, 0],
                [0, 0.4, 0.6],
                [0, 0, 1],
                [0, -0.5, 1.5],
            ]
        ),
        abs=1e-15,
    )


@pytest.mark.parametrize("n", [2, 3, 6, 15])
def test_a_way_by_a_third_face_mirrors(n):
    """Even or odd, with the third face among the steps only if odd."""
    table = step_shares(Trajectory.equal_steps(n, via=True)).shape
    assert len(table) == n
    assert (table[::-1, ::-1] == table).all()
    assert ((table == ONE).any(axis=1).sum() == 3) == (n % 2 == 1)


@pytest.mark.parametrize("level", [VIA_MIN - 0.001, VIA_MAX + 0.001])
def test_levels_beyond_a_third_face(level):
    with pytest.raises(InputError, match=r"from -0.499 to 1.499"):
        Trajectory.through(sorted([0.5, level]), via=True)


def test_levels_of_their_own():
    plan = Trajectory.equal_steps(3).apart(None, 0.25)
    assert plan.face_weights("shape")[:, 1].tolist() == [0, 0.5, 1]
    assert plan.face_weights("colour").tolist() == [[0.75, 0.25]] * 3
    assert plan.face_weights("texture").tolist() == [[0.75, 0.25]] * 3
    other = Trajectory.equal_steps(3).apart([1, 0.5, 0], None)
    assert other.face_weights("shape")[:, 1].tolist() == [1, 0.5, 0]
    assert other.face_weights("colour")[:, 1].tolist() == [0, 0.5, 1]
    with pytest.raises(InputError, match="2 shape_levels for 3 steps"):
        Trajectory.equal_steps(3).apart([0, 1], None)
    with pytest.raises(InputError, match="colour levels from 7 to 7"):
        Trajectory.equal_steps(3).apart(None, 7)


def test_anchors_that_are_sums():
    made = A.transformed(B, C, shape=1, colour=0.5, texture=0)
    plan = Trajectory.through([0, 0.25, 1]).between([A, made])
    assert ingredients_of([A, made]) == tuple(
        Ingredient(name, "happy") for name in "abc"
    )
    assert plan.face_weights("shape").tolist() == [
        [1, 0, 0],
        [1, -0.25, 0.25],
        [1, -1, 1],
    ]
    assert plan.face_weights("colour").tolist()[2] == [1, -0.5, 0.5]
    assert plan.face_weights("texture").tolist()[2] == [1, 0, 0]
    simple = Trajectory.equal_steps(7)
    whole = simple.between([A, B])
    for what in SHARES:
        assert (whole.face_weights(what) == simple.weights()).all()


# ---- integers


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=60))
@settings(deadline=None, max_examples=80)
def test_integer_shares_add_up(parts):
    weights = [part / sum(parts) for part in parts]
    found = integer_shares(weights)
    assert sum(found) == ONE
    assert all(
        abs(share - w * ONE) <= 1 for share, w in zip(found, weights, strict=True)
    )


@given(st.floats(-0.999, 1.999))
@settings(deadline=None, max_examples=200)
def test_two_shares_are_those_of_a_level(level):
    assert integer_shares([1 - level, level]) == integer_weights(level)


def test_faces_without_a_share_get_none():
    assert integer_shares([0.0, 1 / 3, 1 / 3, 1 / 3])[0] == 0


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0, 2.5, -2.5], "from -2 to less than 2, together at most 4"),
        ([1.0, 1.6, -1.6], "together 4.2"),
        ([0.5, 0.2], "weights of the sum 0.7"),
    ],
)
def test_shares_that_are_too_large(weights, said):
    with pytest.raises(InputError, match=said):
        integer_shares(weights)
