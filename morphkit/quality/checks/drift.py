"""Checks of luminance, contrast and detail along the frames."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from morphkit._core.finding import Finding
from morphkit.quality.checks.evidence import Evidence, departures

Array = npt.NDArray[np.float64]

_LINE = "the line between the ends"


def find_luminance_drift(evidence: Evidence) -> Iterator[Finding]:
    """Find frames whose face is brighter or darker than between the ends."""
    said = "the luminance of the face at step {step} is {value:+.1%} off " + _LINE
    drift = departures(evidence, "luminance")
    yield from _worst(evidence, "luminance-drift", drift, np.abs(drift), said)


def find_contrast_drift(evidence: Evidence) -> Iterator[Finding]:
    """Find frames whose face has more or less contrast than between the ends.

    Eyes that shut take as much light from every face, which is far more of the contrast
    of dark skin. So what eyes and mouth do alone does not count: skin must drift, too.
    """
    said = "the contrast of the face at step {step} is {value:+.1%} off " + _LINE
    drift = departures(evidence, "contrast")
    if "skin_contrast" in evidence.scores.per_frame:
        of_skin = departures(evidence, "skin_contrast")
        drift = np.where(np.abs(of_skin) < np.abs(drift), of_skin, drift)
    yield from _worst(evidence, "contrast-drift", drift, np.abs(drift), said)


def find_detail_loss(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that are softer than between the ends."""
    said = "the face at step {step} has {value:.0%} less fine detail than " + _LINE
    loss = -departures(evidence, "detail")
    yield from _worst(evidence, "detail-loss", loss, loss, said)


def find_detail_gain(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that are crisper than between the ends."""
    said = "the face at step {step} has {value:.0%} more fine detail than " + _LINE
    gain = departures(evidence, "detail")
    yield from _worst(evidence, "detail-gain", gain, gain, said)


def find_clipping(evidence: Evidence) -> Iterator[Finding]:
    """Find faces with blown-out or blocked-up skin."""
    said = "{value:.1%} of the face at step {step} is clipped to black or white"
    clipped = evidence.scores.per_frame["clipped"]
    yield from _worst(evidence, "clipping", clipped, clipped, said)


def _worst(
    evidence: Evidence, code: str, values: Array, sizes: Array, said: str
) -> Iterator[Finding]:
    """Find the frame with the largest absolute value, if that is over its limit."""
    step = int(sizes.argmax())
    if judged := evidence.judge(code, float(sizes[step])):
        value, limit = float(values[step]), judged[1]
        text = said.format(step=step + 1, value=value)
        yield Finding(
            code, judged[0], f"{text} (allowed {limit:.0%})", value=value, limit=limit
        )
