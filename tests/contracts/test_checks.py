"""What every check must hold: it fires on its planted defect, and only there."""

import pytest
import small_evidence as small

from morphkit._core.finding import SEVERITIES
from morphkit.quality.checks import CHECKS, check

PLANTED = small.planted()
#: What a defect is as well: steps that go back, or stand apart at the ends, are uneven;
#: where all edges are doubled, dark spots are.
ALSO = {
    ("spacing-uneven", "edge-steps"),
    ("spacing-uneven", "not-monotone"),
    ("doubled-spot", "ghosting"),
}
#: Not a defect, but told.
NOTES = {"not-additive"}


def test_every_check_has_a_planted_defect():
    assert list(PLANTED) == list(CHECKS)


def test_a_sound_continuum_gives_no_finding():
    assert check(small.evidence()) == ()
    assert check(small.even()) == ()


@pytest.mark.parametrize("defect", PLANTED)
@pytest.mark.parametrize("name", CHECKS)
def test_fires_on_its_defect_and_only_there(name, defect):
    found = list(CHECKS[name].find(PLANTED[defect]))
    fires = name == defect or (name, defect) in ALSO
    assert len(found) == (1 if fires else 0)


@pytest.mark.parametrize("name", CHECKS)
def test_says_what_was_found_and_what_is_allowed(name):
    (found,) = CHECKS[name].find(PLANTED[name])
    assert found.code == name
    assert found.severity in SEVERITIES
    assert (found.severity == "note") == (name in NOTES)
    assert found.message.endswith((")", "there", "frame", "face"))
    assert any(character.isdigit() for character in found.message)
    assert isinstance(found.value, float)
    assert isinstance(found.limit, float)
    assert found.value != found.limit


@pytest.mark.parametrize("name", CHECKS)
def test_whole_check_finds_the_same(name):
    also = {check for check, defect in ALSO if defect == name}
    assert {f.code for f in check(PLANTED[name])} == {name, *also}
