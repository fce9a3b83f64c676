"""The collector of cyclic garbage is held back while modules load, and no longer."""

import gc

import pytest

from morphkit._core.collector import uncollected


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    gc.enable()
    gc.unfreeze()


def test_nothing_is_collected_until_all_is_loaded():
    before = gc.get_freeze_count()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_what_fails_to_load_leaves_it_on():
    with pytest.raises(ImportError), uncollected():
        raise ImportError
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off():
    gc.disable()
    before = gc.get_freeze_count()
    with uncollected():
        pass
    assert not gc.isenabled()
    assert gc.get_freeze_count() == before
