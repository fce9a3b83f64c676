"""Catchlights: found where they are, and one an eye in a mean of several people."""

import numpy as np
import pytest
from small_faces import shipped

from morphkit.faces.face import Face
from morphkit.geometry.similarity import Similarity
from morphkit.morph.catchlights import one_light, place_of, sights_of
from morphkit.morph.correspondence import correspond_mixtures
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


def small_lit(name: str) -> Face:
    """Return a face of 160 px with one light in the middle of each eye."""
    return lit(0.0, of=shipped(f"{name}_neutral", 4))


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
    insides = made.correspondence.insides
    assert [len(there) for there in insides] == [2, 0, 0]
    around = made.correspondence.surroundings
    assert [len(there) for there in around] == [1, 0, 0]
    assert lights_of(made.frame) == [1, 1]
    agree = transform(own, [lit(-0.18)], [target], shape=0, settings=PLAIN)
    assert [len(there) for there in agree.correspondence.insides] == [0, 0, 0]


@pytest.mark.parametrize(("raised", "alone"), [(0.0, 0), (0.02, 0), (0.2, 2)])
def test_a_face_keeps_its_own_eyes_where_a_difference_narrows_them(raised, alone):
    """Lids of a smile move, but its catchlight stays as high as it was."""
    own, wide = small_lit("maja"), small_lit("saga")
    points = wide.landmarks.points.copy()
    for eye in sights_of(wide.landmarks.template):
        upper, lower = list(eye.upper[1:-1]), list(eye.lower[1:-1])
        points[lower] -= raised * (points[lower] - points[upper])
    narrow = Face(wide.image, wide.landmarks.with_points(points))
    made = transform(own, [wide], [narrow], settings=PLAIN)
    assert [len(there) for there in made.correspondence.insides] == [alone, 0, 0]
    told = [one.value for one in made.findings if one.code == "catchlights"]
    assert told == [2.0] * (alone > 0)


@pytest.mark.slow
def test_eyes_that_open_show_the_light_of_one_side():
    shut = shipped("maja_distressed", 2)
    others = [shipped(f"{name}_distressed", 2) for name in ("saga", "maja")]
    target = [lit(0.2, of=OTHER), lit(-0.2)]
    made = transform(shut, others, target, settings=PLAIN)
    # Of the face its mouth; of the eyes those of the first alone.
    assert [len(one) for one in made.correspondence.insides] == [1, 0, 0, 2, 0]
