"""What every check must hold: it fires on its planted defect, and only there."""

import functools
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import small_evidence as small

from morphkit._core.finding import SEVERITIES
from morphkit.quality.checks import CHECKS, Evidence, Sight, View, check, place_of
from morphkit.quality.checks.places import at_said_point

#: What a defect is as well: steps that go back, or stand apart at the ends, are uneven;
#: where all edges are doubled, dark spots are.
ALSO = {
    ("spacing-uneven", "edge-steps"),
    ("spacing-uneven", "not-monotone"),
    ("doubled-spot", "ghosting"),
}
#: Not a defect, but told.
NOTES = {"not-additive"}


@functools.cache
def planted() -> dict[str, Evidence]:
    """Return evidence with one defect for every check."""
    return small.planted()


def test_every_check_has_a_planted_defect():
    assert list(planted()) == list(CHECKS)


def test_a_sound_continuum_gives_no_finding():
    assert check(small.evidence()) == ()
    assert check(small.even()) == ()


@pytest.mark.parametrize("defect", CHECKS)
@pytest.mark.parametrize("name", CHECKS)
def test_fires_on_its_defect_and_only_there(name, defect):
    found = list(CHECKS[name].find(planted()[defect]))
    fires = name == defect or (name, defect) in ALSO
    assert len(found) == (1 if fires else 0)


@pytest.mark.parametrize("name", CHECKS)
def test_says_what_was_found_and_what_is_allowed(name):
    (found,) = CHECKS[name].find(planted()[name])
    assert found.code == name
    assert found.severity in SEVERITIES
    assert (found.severity == "note") == (name in NOTES)
    assert found.message.endswith((")", "there", "frame", "face"))
    assert any(character.isdigit() for character in found.message)
    assert isinstance(found.value, float)
    assert isinstance(found.limit, float)
    assert found.value != found.limit


def whole(found: Evidence) -> Evidence:
    """Return the evidence of whole images."""
    return found


def cropped(found: Evidence) -> Evidence:
    """Return the same evidence of images that show little of the frame, with a rim."""
    template = found.view.template if found.view else small.FACE_ONLY
    photos = found.view.photo_points if found.view else ()
    shown = View(template, (60, 50, 100, 80), photo_points=photos)
    return replace(found, view=replace(shown, images=(56, 50, 104, 88)))


@pytest.mark.parametrize("look", [whole, cropped])
@pytest.mark.parametrize("name", CHECKS)
def test_places_that_findings_name_and_mark_lie_in_the_images(
    name: str, look: Callable[[Evidence], Evidence]
) -> None:
    """Of all kinds, in whole images and in cropped ones: pixels of the images."""
    evidence = look(planted()[name])
    left, top, right, bottom = evidence.images
    sight = Sight(small.textured)
    for finding in CHECKS[name].find(evidence):
        for x, y in re.findall(r"\((-?\d+), (-?\d+)\)", finding.message):
            assert 0 <= int(x) < right - left
            assert 0 <= int(y) < bottom - top
        place = place_of(finding, evidence, sight)
        said = look is cropped and CHECKS[name].kind.place is not at_said_point
        if place is not None and place.marks and not said:
            x, y = place.marks[place.step - 1]
            assert left <= x < right
            assert top <= y < bottom


def test_a_place_beside_the_images_is_told_as_the_nearest_one():
    evidence = cropped(small.evidence())
    assert evidence.told((70.4, 60.2)) == "around (14, 10)"
    assert evidence.told((50.0, 95.0)) == "outside the images, nearest to (0, 37)"
    evidence = small.evidence()
    assert evidence.told((-0.4, 119.4), "at") == "at (0, 119)"
    assert evidence.told((-8.0, 300.0), "at").endswith("nearest to (0, 119)")


@pytest.mark.parametrize("name", CHECKS)
def test_whole_check_finds_the_same(name):
    also = {check for check, defect in ALSO if defect == name}
    assert {f.code for f in check(planted()[name])} == {name, *also}
