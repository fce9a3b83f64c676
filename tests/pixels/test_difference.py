"""Differences between faces by ratio: against the formula, and what follows from it."""

import numpy as np
import pytest

from morphkit.errors import InputError
from morphkit.pixels import ONE, RenderJob, Source
from morphkit.pixels.difference import FLOOR, changed
from morphkit.pixels.spec import WHITE
from morphkit.pixels.texture import blend

SHAPE = (9, 11, 3)
RNG = np.random.default_rng(5)
FACE, SOURCE, TARGET = (
    RNG.integers(low, high, SHAPE).astype(np.int16)
    for low, high in ((0, 32768), (200, 32768), (200, 32768))
)


def made(photos, shares, change, factors=None):
    """Return light by the code under test."""
    return changed(blend(photos, shares, factors), photos, shares, change, factors)


def add(face, amount=1.0, source=SOURCE, target=TARGET):
    """Return a face plus a multiple of the difference."""
    step = round(amount * ONE)
    return made([face, source, target], [ONE, -step, step], [0, -step, step])


def formula(face, amount, source=SOURCE, target=TARGET):
    """Return the same in floating point."""
    f, s, t = (np.asarray(x, np.float64) for x in (face, source, target))
    if amount < 0:
        s, t, amount = t, s, -amount
    difference = amount * np.abs(t - s)
    darker = t < s
    floor = np.where(darker, t + FLOOR + difference, s + FLOOR)
    ratio = f * difference / floor
    change = np.where(ratio > difference, np.sqrt(ratio * difference), ratio)
    return np.clip(np.where(darker, f - change, f + change), 0, WHITE)


@pytest.mark.parametrize("amount", [1.0, 0.5, 0.3, 1.5, -1.0, -0.25])
def test_it_is_the_formula(amount):
    assert np.abs(add(FACE, amount) - formula(FACE, amount)).max() <= 2


def flat(light: float) -> np.ndarray:
    return np.full(SHAPE, round(light * WHITE), np.int16)


@pytest.mark.parametrize("skin", [0.02, 0.05, 0.1, 0.3])
def test_a_fold_takes_the_same_part_of_every_darker_skin(skin):
    """Half the light of skin of 0.4 is half the light of every darker skin."""
    found = add(flat(skin), source=flat(0.4), target=flat(0.2))
    assert np.abs(found / (skin * WHITE) - 0.5).max() < 0.01


@pytest.mark.parametrize("skin", [0.02, 0.05, 0.1, 0.3])
def test_as_a_sum_it_takes_more_than_dark_skin_has(skin):
    photos = [flat(skin), flat(0.4), flat(0.2)]
    left = blend(photos, [ONE, -ONE, ONE], None)
    assert (left == 0).all() == (skin < 0.2)


def test_shine_is_not_exaggerated_on_lighter_skin():
    """The change lies between the light that shines and the same part of the light."""
    shine = add(flat(0.4), source=flat(0.05), target=flat(0.1)) - 0.4 * WHITE
    assert (shine > 0.05 * WHITE).all()
    assert (shine < 0.4 * WHITE).all()
    assert np.abs(shine / WHITE - np.sqrt(0.05 * 0.4)).max() < 0.01


def test_nothing_is_clipped_that_was_not_there():
    """No face gets black by a fold, however strong the difference is taken."""
    for amount in (1.0, 1.5):
        found = add(flat(0.04), amount, source=flat(0.5), target=flat(0.02))
        assert (found > 0).all()


def test_there_and_back_is_the_face():
    there = add(flat(0.05), source=flat(0.4), target=flat(0.1)).astype(np.int16)
    back = add(there, source=flat(0.1), target=flat(0.4))
    assert np.abs(back - flat(0.05)).max() <= 0.002 * WHITE


def test_the_order_of_photographs_does_not_matter():
    shares, change = [ONE, -ONE, ONE // 2, ONE // 2], [0, -ONE, ONE // 2, ONE // 2]
    photos = [FACE, SOURCE, TARGET, flat(0.3)]
    order = [2, 0, 3, 1]
    turned = [[each[k] for k in order] for each in (photos, shares, change)]
    assert (made(photos, shares, change) == made(*turned)).all()


def test_equal_covers_are_none():
    even = [np.full(SHAPE[:2], 20000, np.int64)] * 3
    photos, half = [FACE, SOURCE, TARGET], ONE // 2
    shares, change = [ONE, -half, half], [0, -half, half]
    bare = made(photos, shares, change)
    assert np.abs(made(photos, shares, change, even) - bare).max() <= 1


def test_where_the_face_alone_is_seen_it_stays():
    """As outside of a face whose surroundings are kept; between, the change fades."""
    for seen in (0, WHITE // 4, WHITE // 2, WHITE):
        some = np.full(SHAPE[:2], seen, np.int64)
        factors = [np.full(SHAPE[:2], WHITE, np.int64), some, some]
        photos = [FACE, SOURCE, TARGET]
        found = made(photos, [ONE, -ONE, ONE], [0, -ONE, ONE], factors)
        assert np.abs(found - formula(FACE, seen / WHITE)).max() <= 5


def test_an_opening_that_only_the_target_shows_is_the_target():
    """The inside of an opening mouth: the face and the source show nothing there."""
    nothing, whole = np.zeros(SHAPE[:2], np.int64), np.full(SHAPE[:2], WHITE, np.int64)
    photos = [FACE, SOURCE, TARGET]
    found = made(photos, [ONE, -ONE, ONE], [0, -ONE, ONE], [nothing, nothing, whole])
    assert (found == TARGET).all()


SQUARE = np.array([[-128, -128], [2688, -128], [2688, 2176], [-128, 2176]])
TWO = [[0, 1, 2], [0, 2, 3]]


def job(change, weights=(ONE, -ONE, ONE), **options):
    codes = RNG.integers(0, 256, (3, 9, 11, 3)).astype(np.uint8)
    return RenderJob(
        [Source(each) for each in codes],
        *([SQUARE] * 3, SQUARE, TWO, weights),
        size=(11, 9),
        change=change,
        **options,
    )


def test_a_job_without_a_difference_has_none():
    assert job((0, 0, 0)).change is None
    assert not job((0, 0, 0)).by_photo
    assert job((0, -ONE, ONE)).by_photo


@pytest.mark.parametrize(
    "change",
    [(0, -ONE), (0, -ONE, ONE + 1), (0.0, -1.0, 1.0), (4 * ONE, -2 * ONE, -2 * ONE)],
)
def test_a_change_that_does_not_fit_is_refused(change):
    with pytest.raises(InputError):
        job(change)
