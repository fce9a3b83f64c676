"""What every check must hold: it fires on its planted defect, and only there."""

import pytest
import small_evidence as small

from morphkit.finding import SEVERITIES
from morphkit.quality import CHECKS, check

PLANTED = small.planted()


def test_every_check_has_a_planted_defect():
    assert list(PLANTED) == list(CHECKS)


def test_a_sound_continuum_gives_no_finding():
    assert check(small.evidence()) == ()


@pytest.mark.parametrize("defect", PLANTED)
@pytest.mark.parametrize("name", CHECKS)
def test_fires_on_its_defect_and_only_there(name, defect):
    found = list(CHECKS[name](PLANTED[defect]))
    assert len(found) == (1 if name == defect else 0)


@pytest.mark.parametrize("name", CHECKS)
def test_says_what_was_found_and_what_is_allowed(name):
    (found,) = CHECKS[name](PLANTED[name])
    assert found.code == name
    assert found.severity in SEVERITIES
    assert found.severity != "note"
    assert found.message.endswith((")", "there", "frame", "face"))
    assert any(character.isdigit() for character in found.message)
    assert isinstance(found.value, float)
    assert isinstance(found.limit, float)
    assert found.value != found.limit


@pytest.mark.parametrize("name", CHECKS)
def test_whole_check_finds_the_same(name):
    assert [f.code for f in check(PLANTED[name])] == [name]
