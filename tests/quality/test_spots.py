"""A mole that lies at two places is found on every skin, and nothing else is."""

from dataclasses import replace

import numpy as np
import pytest
import small_evidence as small
from scipy.ndimage import gaussian_filter

from morphkit._core.finding import Finding
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks import Sight, check, place_of
from morphkit.quality.checks.spots import NEAR, REACH, find_doubled_spot

SIDE = 256
Y, X = np.mgrid[:SIDE, :SIDE]
FACE = (((X - 128) / 100) ** 2 + ((Y - 128) / 120) ** 2 < 1).astype(np.float32)


def skin(tone=0.6, seed=1, grain=0.006):
    """Return skin with shading and grain, code values."""
    rng = np.random.default_rng(seed)
    fine, broad = (gaussian_filter(rng.normal(size=X.shape), s) for s in (0.7, 20))
    light = 1 + grain * fine / fine.std() + 0.08 * broad / broad.std()
    return np.repeat((tone * light)[..., None], 3, axis=2).clip(0, 1)


def with_spot(picture, x, y, dark=0.25, radius=1.6, stretch=1.0):
    """Return a picture with a dark spot, as a fraction of what is there."""
    away = ((X - x) / (radius * stretch)) ** 2 + ((Y - y) / radius) ** 2
    return picture * (1 - dark * np.exp(-away / 2))[..., None]


def found(first, second):
    return find_doubled_spot(first, second, FACE)


@pytest.mark.parametrize("tone", [0.9, 0.6, 0.35, 0.2])
def test_a_mole_at_two_places_is_found_on_every_skin(tone):
    spot = found(with_spot(skin(tone), 90, 140), with_spot(skin(tone, seed=2), 96, 132))
    assert spot.places[0] == pytest.approx((90, 140), abs=1)
    assert spot.places[1] == pytest.approx((96, 132), abs=1)
    assert 0.03 < spot.darkness < 0.10
    swapped = found(
        with_spot(skin(tone, seed=2), 96, 132), with_spot(skin(tone), 90, 140)
    )
    assert swapped.places == spot.places[::-1]


def test_darkness_means_the_same_on_every_skin():
    dark = [
        found(
            with_spot(skin(tone, grain=0), 90, 140),
            with_spot(skin(tone, grain=0), 96, 132),
        ).darkness
        for tone in (0.9, 0.25)
    ]
    assert dark[1] == pytest.approx(dark[0], rel=0.1)


@pytest.mark.parametrize(
    ("x", "y", "what"),
    [
        (90, 140, "in place"),
        (90 + 1.5, 140, "hardly moved"),
        (90 + REACH + 4, 140, "too far to be the same"),
    ],
)
def test_two_faces_with_a_mole_each(x, y, what):
    other = with_spot(skin(seed=2), x, y)
    assert found(with_spot(skin(), 90, 140), other) is None, what


def test_a_mole_in_one_face_alone_is_no_double():
    assert found(with_spot(skin(), 90, 140), skin(seed=2)) is None
    assert found(skin(), skin(seed=2)) is None


def test_two_moles_that_both_faces_have_are_none():
    both = [with_spot(with_spot(skin(seed=seed), 90, 140), 97, 133) for seed in (1, 2)]
    assert found(*both) is None
    # One of them is hidden by hair, or retouched, in one of the faces.
    one = with_spot(skin(seed=2), 97, 133)
    assert found(both[0], one) is None
    assert found(one, both[0]) is None


def test_moles_of_different_darkness_are_two():
    pale = with_spot(skin(seed=2), 96, 132, dark=0.11)
    assert found(with_spot(skin(), 90, 140, dark=0.5), pale) is None


@pytest.mark.slow
def test_wrinkles_and_hair_are_no_moles():
    for stretch in (2.3, 5):
        lines = [
            with_spot(skin(seed=seed), 90, y, stretch=stretch)
            for seed, y in ((1, 140), (2, 148))
        ]
        assert found(*lines) is None
    stubble = []
    for seed in (1, 2):
        picture, rng = skin(seed=seed), np.random.default_rng(seed + 5)
        for x, y in rng.uniform(80, 110, (40, 2)):
            picture = with_spot(picture, x, y)
        stubble.append(picture)
    assert found(*stubble) is None


def test_what_lies_at_the_rim_or_beyond_does_not_count():
    at_rim = [with_spot(skin(seed=k), 30, y) for k, y in ((1, 124), (2, 131))]
    assert found(*at_rim) is None
    assert find_doubled_spot(*at_rim, None) is not None


def test_the_nearest_copies_are_those_that_can_be_told_apart():
    close = NEAR + 4
    pair = with_spot(skin(), 90, 140), with_spot(skin(seed=2), 90 + close, 140)
    assert found(*pair) is not None


def doubled(dark=0.03):
    ends = replace(
        small.sound_ends(), spot=dark, spot_places=((70.0, 60.0), (76.0, 68.0))
    )
    return replace(small.evidence(), ends=ends)


@pytest.mark.parametrize(("dark", "severity"), [(0.03, "note"), (0.08, "warning")])
def test_it_is_reported_with_both_places_and_seen_between_them(dark, severity):
    evidence = doubled(dark)
    (finding,) = [f for f in check(evidence) if f.code == "doubled-spot"]
    assert finding.severity == severity
    assert finding.value == dark
    assert "at (70, 60) and at (76, 68)" in finding.message
    place = place_of(finding, evidence, Sight(lambda step: None))
    assert place.marks[2] == pytest.approx((73, 64))
    assert place.reach > 5


def test_packs_say_nothing_of_it_where_there_is_none():
    told = small.sound_ends().to_dict()
    assert not {"spot", "spot_places"} & set(told)
    assert EndAgreement.from_dict(told) == small.sound_ends()
    with_one = doubled().ends
    assert EndAgreement.from_dict(with_one.to_dict()) == with_one
    assert all(f.code != "doubled-spot" for f in check(small.evidence()))
    assert isinstance(check(doubled())[0], Finding)


def test_ends_that_were_compared_hold_it():
    scale, moved = 256 / small.face_region(small.correspondence()).side, (4, 3)
    pictures = []
    y, x = np.mgrid[: small.SIZE[1], : small.SIZE[0]]
    for dx, dy in ((0, 0), moved):
        away = ((x - 74 - dx) ** 2 + (y - 62 - dy) ** 2) / (2 / scale) ** 2
        spot = 0.6 * (1 - 0.4 * np.exp(-away / 2))
        pictures.append(np.repeat(spot[..., None], 3, axis=2))
    found = small.ends_of(*pictures)
    assert found.spot > 0.02
    assert found.spot_places[0] == pytest.approx((74, 62), abs=0.6)
    assert found.spot_places[1] == pytest.approx((78, 65), abs=0.6)
