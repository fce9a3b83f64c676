"""Catchlights: found where they are, and one an eye in a mean of several people."""

import numpy as np
import pytest
from small_faces import shipped

from morphkit.faces.face import Face
from morphkit.geometry.similarity import Similarity
from morphkit.morph.catchlights import one_light, place_of, sights_of
from morphkit.morph.correspondence import correspond_mixtures
from morphkit.morph.derived_face import DerivedFace
from morphkit.morph.mixture import Mixture
from morphkit.morph.prototype import prototype
from morphkit.morph.settings import MorphSettings
from morphkit.morph.symmetrise import symmetrise
from morphkit.morph.transform import transform
from morphkit.pipeline.continuum import continuum

PLAIN = MorphSettings(align="none", refine="none", detail="plain")
BASE, OTHER = shipped("maja_neutral", 2), shipped("saga_neutral", 2)
#: Width of an eye, pixels.
WIDE = float(np.hypot(*(BASE.landmarks.points[39] - BASE.landmarks.points[36])))


def lit(*places: float, of: Face = BASE) -> Face:
    """Return a face with dark eyes and a light at places from their middle."""
    image = of.image.copy()
    for eye in sights_of(of.landmarks.template):
        points = of.landmarks.points[[*eye.upper, *eye.lower]]
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        image[round(top) : round(bottom) + 1, round(left) : round(right) + 1] = 20
        y = round((top + bottom) / 2)
        for place in places:
            x = round((left + right) / 2 + place * (right - left))
            image[y - 1 : y + 1, x - 1 : x + 1] = 250
    return Face(image, of.landmarks)


def small_lit(name: str, place: float = 0.0) -> Face:
    """Return a face of 160 px with one light in each eye."""
    return lit(place, of=shipped(f"{name}_neutral", 4))


def lights_of(frame: np.ndarray) -> list[int]:
    """Return in how many places along the middle of each eye there is light."""
    found = []
    for eye in (BASE.landmarks.points[36:42], BASE.landmarks.points[42:48]):
        y = round(float(eye[:, 1].min() + eye[:, 1].max()) / 2)
        left, right = (round(float(end(eye[:, 0]))) for end in (np.min, np.max))
        row = frame[y - 1 : y + 1, left + 3 : right - 2].max(axis=(0, 2)) > 90
        found.append(int((np.diff(row.astype(int)) > 0).sum()) + int(row[0]))
    return found


@pytest.mark.parametrize("place", [-0.2, 0.0, 0.15])
def test_a_light_is_found_where_it_is(place):
    assert place_of(lit(place)) == pytest.approx(place, abs=1.0 / WIDE)
    assert place_of(lit(place).mirrored()) == pytest.approx(-place, abs=1.0 / WIDE)


def test_shut_eyes_and_dull_ones_show_none():
    assert place_of(lit()) is None
    assert place_of(shipped("maja_distressed", 2)) is None


def test_rendered_infants_are_lit_from_two_sides():
    """As they were rendered: some from the left, some from the right."""
    places = {
        name: place_of(shipped(f"{name}_neutral", 1))
        for name in ("maja", "nilo", "oona", "saga", "wren", "yaro")
    }
    at_right = {
        name for name, place in places.items() if place is not None and place > 0
    }
    assert at_right == {"oona", "saga", "wren"}
    assert None not in places.values()


def test_a_mean_shows_the_light_of_one_side():
    faces = [lit(-0.2), lit(0.2), lit(-0.18)]
    made = prototype(faces, frame="photos", settings=PLAIN)
    assert lights_of(made.frame) == [1, 1]
    (note,) = (one for one in made.findings if one.code == "catchlights")
    assert (note.severity, note.value) == ("note", 1.0)
    same = prototype([lit(-0.2), lit(-0.18)], frame="photos", settings=PLAIN)
    assert "catchlights" not in {one.code for one in same.findings}
    assert same.correspondence.insides == ((), ())


def test_no_eye_is_seen_beside_its_mirror_image():
    """A symmetrised face has its own eyes, whether there is a light in them or not."""
    dull = symmetrise(lit(), settings=PLAIN)
    assert [len(there) for there in dull.correspondence.insides] == [2, 0]
    assert "catchlights" not in {one.code for one in dull.findings}


@pytest.mark.parametrize(("place", "alone"), [(0.2, 0), (-0.2, 2)])
def test_a_mirror_image_by_itself_is_a_face_like_others(place, alone):
    """Its light is at the other side than in its photograph: that decides alone."""
    faces = {("a", "x"): lit(-0.2), ("b", "x"): lit(place, of=OTHER)}
    mean = Mixture.mean([Mixture.of("a", "x").mirrored(), Mixture.of("b", "x")])
    still = dict.fromkeys(faces, Similarity.identity())
    found = correspond_mixtures(
        [mean], faces, still, size=BASE.size, settings=PLAIN
    ).correspondence
    assert [len(there) for there in found.insides] == [alone, 0]


def test_two_photographs_keep_their_own_eyes():
    """Between two people the light moves over: none of them may lose its eyes."""
    first, second = lit(-0.2), lit(0.2)
    made = continuum(first, second, 3, settings=PLAIN)
    assert made.correspondence.insides == ((), ())


@pytest.mark.parametrize(
    ("needed", "shown"),
    [
        ([], {0, 2, 3}),
        ([[1], [3]], {1, 3}),
        ([[0, 1], [1, 2]], {0, 2, 3}),
        ([[0], [1]], {0, 1, 2, 3}),
    ],
)
def test_who_is_needed_is_among_those_that_are_shown(needed, shown):
    faces = [lit(-0.2), lit(0.2), lit(-0.18), lit()]
    assert one_light(faces, range(4), needed=needed) == shown
    assert one_light(faces, [0, 2, 3]) == {0, 2, 3}


@pytest.mark.slow
def test_a_face_keeps_its_own_eyes_where_lights_of_a_difference_disagree():
    """With a part of the difference left out, the rest would not add up to nothing."""
    own, source, target = lit(-0.2), lit(0.2), lit(-0.2, of=OTHER)
    made = transform(own, [source], [target], shape=0, settings=PLAIN)
    assert alone_in_eyes(made) == [2, 0, 0]
    around = made.correspondence.surroundings
    assert [len(there) for there in around] == [1, 0, 0]
    assert lights_of(made.frame) == [1, 1]
    agree = transform(own, [lit(-0.18)], [target], shape=0, settings=PLAIN)
    assert alone_in_eyes(agree) == [0, 0, 0]
    both = [source], [target]
    whole = transform(own, *both, shape=0, region="everywhere", settings=PLAIN)
    assert alone_in_eyes(whole) == [0, 0, 0]


def narrowed(face: Face, share: float, *, eyes: slice = slice(None)) -> Face:
    """Return a face whose lower lids are raised by a share of the way to the upper."""
    points = face.landmarks.points.copy()
    for eye in sights_of(face.landmarks.template)[eyes]:
        upper, lower = list(eye.upper[1:-1]), list(eye.lower[1:-1])
        points[lower] -= share * (points[lower] - points[upper])
    return Face(face.image, face.landmarks.with_points(points))


def alone_in_eyes(made: DerivedFace) -> list[int]:
    """Return in how many eyes each photograph is seen alone."""
    return [len(there) for there in made.correspondence.insides]


@pytest.mark.parametrize(
    ("before", "after", "alone"),
    [(0.0, 0.0, 0), (0.0, 0.03, 0), (0.0, 0.08, 2), (0.2, 0.0, 2)],
)
def test_a_face_keeps_its_own_eyes_where_a_difference_narrows_them(
    before, after, alone
):
    """Lids of a smile move, but its catchlight stays as high as it was."""
    own, other = small_lit("maja"), small_lit("saga")
    ends = narrowed(other, before), narrowed(other, after)
    made = transform(own, [ends[0]], [ends[1]], settings=PLAIN)
    assert alone_in_eyes(made) == [alone, 0, 0]
    told = [one.value for one in made.findings if one.code == "catchlights"]
    assert told == [2.0] * (alone > 0)


@pytest.mark.parametrize("eyes", [slice(0, 1), slice(1, 2)])
def test_one_eye_that_is_narrowed_is_enough(eyes):
    """Its colours decide: a difference of shapes alone moves lids and no light."""
    own, wide = small_lit("maja"), small_lit("saga")
    ends = [wide], [narrowed(wide, 0.2, eyes=eyes)]
    assert alone_in_eyes(transform(own, *ends, settings=PLAIN)) == [2, 0, 0]
    moved = transform(own, *ends, colour=0, settings=PLAIN)
    assert alone_in_eyes(moved) == [0, 0, 0]


def test_a_face_without_a_share_in_the_colours_is_not_seen_in_its_eyes():
    """It is morphed towards another one, of which nothing else would be left there."""
    own, other = small_lit("maja", -0.2), small_lit("saga", 0.2)
    made = transform(own, [own], [other], shape=0.5, settings=PLAIN)
    assert alone_in_eyes(made) == [0, 0]


def test_the_way_to_a_narrowed_face_shows_the_eyes_of_its_own():
    own, wide = small_lit("maja"), small_lit("saga")
    faces = {("a", "x"): own, ("b", "x"): wide, ("b", "y"): narrowed(wide, 0.2)}
    start, *ends = (Mixture.of(*key) for key in faces)
    found = correspond_mixtures(
        [start, start.transformed(*ends, shape=1, colour=1, texture=1)],
        faces,
        dict.fromkeys(faces, Similarity.identity()),
        size=own.size,
        settings=PLAIN,
        keep=start.ingredients,
    ).correspondence
    assert [len(there) for there in found.insides] == [2, 0, 0]


@pytest.mark.slow
def test_eyes_that_open_show_the_light_of_one_side():
    shut = shipped("maja_distressed", 2)
    others = [shipped(f"{name}_distressed", 2) for name in ("saga", "maja")]
    target = [lit(0.2, of=OTHER), lit(-0.2)]
    made = transform(shut, others, target, settings=PLAIN)
    # Of the face its mouth; of the eyes those of the first alone.
    assert [len(one) for one in made.correspondence.insides] == [1, 0, 0, 2, 0]
