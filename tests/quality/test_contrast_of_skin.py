"""What eyes and mouth alone change is no drift of contrast and no cast, on any skin."""

from dataclasses import replace

import numpy as np
import pytest
import small_evidence as small

from morphkit.faces.template import Opening, Template
from morphkit.morph.trajectory import Trajectory
from morphkit.quality.checks import Evidence, FrameMeasurements, check

EYE = np.array([[56.0, 52], [64, 48], [72, 52], [64, 56]])
TEMPLATE = Template(
    name="one_eye",
    points=tuple(f"p{k}" for k in range(len(small.FACE) + 4)),
    openings=(Opening("eye", (24, 25, 26), (24, 27, 26)),),
)
MESH = small.correspondence(
    landmarks=small.units(np.array([np.concatenate([small.FACE, EYE])] * 2))
)
WIDE = (slice(47, 58), slice(55, 74))


def frames(tone, *, eye=None, spread=None):
    """Return frames of skin with a bright eye, and that of the middle frame."""
    made = []
    for step in range(5):
        middle = step == 2
        grain = 0.12 * tone * (spread if middle and spread else 1.0)
        frame = small.textured(3, mean=tone, spread=grain)
        light = eye if middle and eye is not None else 235
        frame[50:55, 60:69] = light
        made.append(frame)
    return made


def evidence(pictures, template=TEMPLATE):
    measuring = FrameMeasurements(MESH, template)
    for picture, level in zip(pictures, np.linspace(0, 1, 5), strict=True):
        measuring.add(picture, float(level))
    plan = Trajectory.equal_steps(5)
    return Evidence(plan, MESH, (small.SIZE,) * 2, measuring.scores())


def drifts(seen):
    return [f for f in check(seen) if f.code == "contrast-drift"]


@pytest.mark.parametrize("tone", [60, 110, 180])
def test_an_eye_that_shuts_is_no_drift(tone):
    assert drifts(evidence(frames(tone, eye=tone))) == []


@pytest.mark.parametrize("tone", [60, 110, 180])
def test_skin_that_loses_contrast_is(tone):
    (finding,) = drifts(evidence(frames(tone, eye=tone, spread=0.6)))
    assert finding.severity == "warning"
    assert finding.value < -0.1
    assert "step 3" in finding.message


def test_the_face_alone_would_report_dark_skin_and_not_light_skin():
    """The reason for the rule."""
    found = []
    for tone in (60, 180):
        seen = evidence(frames(tone, eye=190))
        per_frame = dict(seen.scores.per_frame)
        del per_frame["skin_contrast"]  # as in packs of earlier versions
        scores = replace(seen.scores, per_frame=per_frame)
        found.append(len(drifts(replace(seen, scores=scores))))
    assert found == [1, 0]


def test_skin_is_what_lies_outside_of_openings():
    flat = [np.full((small.SIZE[1], small.SIZE[0], 3), 90, np.uint8) for _ in range(5)]
    for frame in flat:
        frame[50:55, 60:69] = 250
    scores = evidence(flat).scores.per_frame
    assert (scores["skin_contrast"] < 1e-6).all()
    assert (scores["contrast"] > 0.02).all()
    blind = evidence(flat, template=None).scores.per_frame
    assert (blind["skin_contrast"] == blind["contrast"]).all()
    # Lids belong to the eye.
    flat[2][50:55, 57:72] = 250
    assert evidence(flat).scores.per_frame["skin_contrast"][2] < 1e-6
    flat[2][30:34, 90:94] = 250
    assert evidence(flat).scores.per_frame["skin_contrast"][2] > 1e-3


@pytest.mark.parametrize(("place", "found"), [(WIDE, 0), (np.s_[60:76, 40:90], 1)])
def test_a_cast_is_one_of_the_skin(place, found):
    pictures = [small.coloured(0) for _ in range(5)]
    pictures[-1][place] = (200, 90, 20)
    seen = evidence(pictures)
    assert [f.code for f in check(seen)].count("colour-cast") == found
