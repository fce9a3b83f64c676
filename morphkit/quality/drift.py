"""Checks of light, contrast and detail along the frames."""

from collections.abc import Iterator

import numpy as np

from morphkit.finding import Finding
from morphkit.quality.evidence import Evidence, departures


def find_luminance_drift(evidence: Evidence) -> Iterator[Finding]:
    """Find frames whose face is brighter or darker than between the ends."""
    yield from _find_drift(evidence, "luminance-drift", "luminance", "light")


def find_contrast_drift(evidence: Evidence) -> Iterator[Finding]:
    """Find frames whose face has more or less contrast than between the ends."""
    yield from _find_drift(evidence, "contrast-drift", "contrast", "contrast")


def _find_drift(
    evidence: Evidence, code: str, name: str, word: str
) -> Iterator[Finding]:
    """Find the frame whose measurement is farthest off the line between the ends."""
    drift = departures(evidence, name)
    step = int(np.abs(drift).argmax())
    if judged := evidence.judge(code, abs(float(drift[step]))):
        yield Finding(
            code,
            judged[0],
            f"the {word} of the face at step {step + 1} is {drift[step]:+.1%} off the "
            f"line between the ends (allowed {judged[1]:.0%})",
            value=float(drift[step]),
            limit=judged[1],
        )


def find_detail_loss(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that are softer than between the ends."""
    loss = -departures(evidence, "detail")
    step = int(loss.argmax())
    if judged := evidence.judge("detail-loss", float(loss[step])):
        yield Finding(
            "detail-loss",
            judged[0],
            f"the face at step {step + 1} has {loss[step]:.0%} less fine detail than "
            f"the line between the ends (allowed {judged[1]:.0%})",
            value=float(loss[step]),
            limit=judged[1],
        )


def find_detail_gain(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that are crisper than between the ends."""
    gain = departures(evidence, "detail")
    step = int(gain.argmax())
    if judged := evidence.judge("detail-gain", float(gain[step])):
        yield Finding(
            "detail-gain",
            judged[0],
            f"the face at step {step + 1} has {gain[step]:.0%} more fine detail than "
            f"the line between the ends (allowed {judged[1]:.0%})",
            value=float(gain[step]),
            limit=judged[1],
        )


def find_clipping(evidence: Evidence) -> Iterator[Finding]:
    """Find faces with blown-out or blocked-up skin."""
    values = evidence.scores.per_frame["clipped"]
    step = int(values.argmax())
    if judged := evidence.judge("clipping", float(values[step])):
        yield Finding(
            "clipping",
            judged[0],
            f"{values[step]:.1%} of the face at step {step + 1} is at the end of the "
            f"scale (allowed {judged[1]:.0%})",
            value=float(values[step]),
            limit=judged[1],
        )
