"""Hidden landmarks: morphs do not rely on where someone guessed them to be."""

from dataclasses import replace

import numpy as np
import pytest
from small_faces import shipped
from small_study import build_study, write_study

from morphkit.errors import InputError
from morphkit.faces.formats import read_landmarks, write_landmarks
from morphkit.faces.landmarks import Landmarks
from morphkit.morph.hidden import fill_hidden
from morphkit.morph.prototype import prototype
from morphkit.morph.settings import MorphSettings
from morphkit.morph.symmetrise import symmetrise
from morphkit.morph.transform import transform
from morphkit.pipeline.continuum import continuum
from morphkit.pipeline.delineate.convert import Conversion, convert_landmarks

HAPPY, DISTRESSED = shipped("maja_happy"), shipped("maja_distressed")
OTHER = shipped("nilo_happy")
#: Of the left side of the mouth and jaw, as behind a hand.
HAND = frozenset({4, 5, 6, 48, 59, 60})


def with_hand(face, off=40.0):
    """Return a face whose hidden landmarks are guessed badly."""
    points = face.landmarks.points.copy()
    points[list(HAND)] += [off, -off]
    return replace(face, landmarks=replace(face.landmarks, points=points, hidden=HAND))


def filled(faces):
    return fill_hidden({key: face.landmarks for key, face in faces.items()})


def test_without_hidden_landmarks_nothing_changes():
    faces = {("a", "x"): HAPPY, ("a", "y"): DISTRESSED}
    found = filled(faces)
    assert all(found[key] is faces[key].landmarks for key in faces)


@pytest.mark.slow
def test_the_guess_has_no_effect_and_visible_landmarks_stay():
    results = []
    for off in (0.0, 40.0, -25.0):
        faces = {("a", "x"): with_hand(HAPPY, off), ("a", "y"): DISTRESSED}
        results.append(filled(faces)["a", "x"].points)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])
    visible = [i for i in range(68) if i not in HAND]
    assert np.array_equal(results[0][visible], HAPPY.landmarks.points[visible])


def test_the_place_is_that_of_the_other_face_carried_over():
    """A face that is a similarity of another gets exactly its places."""
    points = HAPPY.landmarks.points
    turned = points @ np.array([[0.9, 0.2], [-0.2, 0.9]]) + [40.0, 12.0]
    wrong = turned.copy()
    wrong[list(HAND)] = 0.0
    template = HAPPY.landmarks.template
    found = fill_hidden(
        {
            ("a", "x"): Landmarks(template, wrong, hidden=HAND),
            ("a", "y"): HAPPY.landmarks,
        }
    )
    assert found["a", "x"].points == pytest.approx(turned, abs=1e-6)


@pytest.mark.slow
def test_the_same_person_comes_before_others():
    one = {("a", "x"): with_hand(HAPPY), ("a", "y"): DISTRESSED}
    more = one | {("b", "x"): OTHER}
    assert np.array_equal(filled(one)["a", "x"].points, filled(more)["a", "x"].points)
    alone = filled({("a", "x"): with_hand(HAPPY), ("b", "x"): OTHER})["a", "x"].points
    off = np.hypot(*(alone - HAPPY.landmarks.points).T)[list(HAND)]
    assert off.max() < 30  # of a face that is 400 wide


def test_what_no_face_shows_stays_where_it_was_guessed():
    faces = {("a", "x"): with_hand(HAPPY), ("a", "y"): with_hand(DISTRESSED)}
    found = filled(faces)
    for key, face in faces.items():
        assert np.array_equal(found[key].points, face.landmarks.points)


@pytest.mark.slow
def test_a_morph_does_not_depend_on_the_guess():
    settings = MorphSettings(refine="none")
    first, second, wrong = (
        continuum(face, DISTRESSED, 3, size=(96, 96), settings=settings)
        for face in (
            with_hand(HAPPY, 5.0),
            with_hand(HAPPY, 40.0),
            replace(
                HAPPY,
                landmarks=HAPPY.landmarks.with_points(
                    with_hand(HAPPY).landmarks.points
                ),
            ),
        )
    )
    for a, b in zip(first.frames, second.frames, strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(first.frames[1], wrong.frames[1])


PLAIN = MorphSettings(refine="none")
VERBS = {
    "prototype": lambda face: prototype([face, OTHER], size=(96, 96), settings=PLAIN),
    "transform": lambda face: transform(
        face, [face], [DISTRESSED], shape=0.5, settings=PLAIN
    ),
    "symmetrise": lambda face: symmetrise(face, size=(96, 96), settings=PLAIN),
}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_the_other_verbs_do_not_depend_on_the_guess(verb):
    frames = [VERBS[verb](with_hand(HAPPY, off)).frame for off in (5.0, 40.0)]
    assert np.array_equal(*frames)


@pytest.mark.slow
def test_a_build_reads_hidden_landmarks_from_files(tmp_path):
    packs = []
    for off in (5.0, 40.0):
        folder = tmp_path / str(off)
        recipe = write_study(folder)
        file = folder / "landmarks" / "maja_happy.json"
        landmarks = read_landmarks(file)
        points = landmarks.points.copy()
        points[list(HAND)] += [off, -off]
        hidden = replace(landmarks, points=points, hidden=HAND)
        write_landmarks(file, hidden, image="maja_happy.png", overwrite=True)
        packs.append(build_study(recipe, folder / "pack"))
    (note,) = (f for f in packs[0].findings if f.code == "hidden-landmarks")
    assert note.where == "maja_happy_distressed"
    assert note.value == len(HAND)
    hashes = [[row.pixel_sha256 for row in pack.stimuli] for pack in packs]
    assert hashes[0] == hashes[1]


def test_files_know_hidden_landmarks_and_others_are_as_they_were(tmp_path):
    plain, hidden = tmp_path / "plain.json", tmp_path / "hidden.json"
    write_landmarks(plain, HAPPY.landmarks, image="a.png")
    assert "hidden" not in plain.read_text("utf-8")
    write_landmarks(hidden, with_hand(HAPPY).landmarks, image="a.png")
    there = read_landmarks(hidden)
    assert there.hidden == HAND
    again = tmp_path / "again.json"
    write_landmarks(again, there, image="a.png")
    assert again.read_bytes() == hidden.read_bytes()


def test_other_formats_warn_that_they_lose_it(tmp_path):
    hidden = with_hand(HAPPY).landmarks
    with pytest.warns(UserWarning, match="which landmarks are hidden"):
        write_landmarks(tmp_path / "a.tem", hidden)
    write_landmarks(tmp_path / "a.json", hidden, image="a.png")
    converted = convert_landmarks(tmp_path / "a.json", tmp_path / "a.pts")
    assert "which landmarks are hidden" in " ".join(converted.remarks)


def test_in_another_template_what_depends_on_hidden_ones_is_hidden(tmp_path):
    """Of the five points, an eye corner; the mouth is not among them."""
    marks = replace(HAPPY.landmarks, hidden=frozenset({36, 48}))
    write_landmarks(tmp_path / "a.json", marks, image="a.png")
    convert_landmarks(
        tmp_path / "a.json", tmp_path / "five.json", Conversion(to_template="dlib_5")
    )
    five = read_landmarks(tmp_path / "five.json")
    at = five.template.points
    corner = np.hypot(*(five.points - HAPPY.landmarks.points[36]).T).argmin()
    assert five.hidden == {int(corner)}, at


@pytest.mark.parametrize("said", ['"x"', "[1.0]", "[true]", "[-1]", "[68]", "{}"])
def test_hidden_landmarks_of_a_file_must_exist(tmp_path, said):
    file = tmp_path / "a.json"
    write_landmarks(file, with_hand(HAPPY).landmarks, image="a.png")
    text = file.read_text("utf-8")
    start = text.index('"hidden": ') + len('"hidden": ')
    end = text.index("]", start) + 1
    file.write_text(text[:start] + said + text[end:], "utf-8")
    with pytest.raises(InputError, match="hidden"):
        read_landmarks(file)


def test_mirroring_hides_the_partners():
    mirrored = with_hand(HAPPY).landmarks.mirrored(640)
    partners = HAPPY.landmarks.template.mirror
    assert mirrored.hidden == {partners[i] for i in HAND}
    assert mirrored.mirrored(640).hidden == HAND
