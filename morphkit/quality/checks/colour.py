"""Checks of the colours of the ends: a difference in colour tells the level."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from morphkit._core.finding import Finding
from morphkit.morph.trajectory import VIA
from morphkit.quality.checks.evidence import Evidence

#: Spread of colour below which a face is grey or of one tone, code values.
_GREY = 4.0


def find_grey_end(evidence: Evidence) -> Iterator[Finding]:
    """Find ends of which one is in colour, and one in grey or in one tone."""
    found = _of_anchors(evidence, "colour")
    if found is None or found.max() < _GREY:
        return
    loss = float(1 - found.min() / found.max())
    if judged := evidence.judge("grey-end", loss):
        yield Finding(
            "grey-end",
            judged[0],
            f"an end has {loss:.0%} less colour than another (grey, a sepia tone, or "
            "faded): the level can be seen by colour alone "
            f"(allowed {judged[1]:.0%})",
            value=loss,
            limit=judged[1],
        )


def find_colour_cast(evidence: Evidence) -> Iterator[Finding]:
    """Find ends of which one is yellower or bluer than the other as a whole."""
    found, colours = _of_anchors(evidence, "cast"), _of_anchors(evidence, "colour")
    if found is None or colours is None or colours.min() < _GREY:
        return  # without colour there is no cast: `find_grey_end` tells that
    apart = float(found.max() - found.min())
    if judged := evidence.judge("colour-cast", apart):
        yield Finding(
            "colour-cast",
            judged[0],
            f"the faces at the ends differ between blue and yellow by {apart:.1%} of "
            "their lightness, as by another white balance, or by a face that flushes: "
            f"the level can be seen by it (allowed {judged[1]:.0%})",
            value=apart,
            limit=judged[1],
        )


def _of_anchors(evidence: Evidence, name: str) -> npt.NDArray[np.float64] | None:
    """Return a measurement at the ends and the third anchor.

    None if it was not made: packs of earlier versions do not hold it.
    """
    values = evidence.scores.per_frame.get(name)
    if values is None:
        return None
    steps = [0, -1]
    if evidence.trajectory.via:
        steps.append(int(np.abs(evidence.trajectory.levels - VIA).argmin()))
    return np.asarray(values[steps])
