"""Checks of how well both ends match."""

from collections.abc import Iterator

from morphkit._core.finding import Finding
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks.evidence import Evidence


def find_ghosting(evidence: Evidence) -> Iterator[Finding]:
    """Find edges that appear twice because the ends do not match."""
    ends = evidence.ends
    if ends is None or not (judged := evidence.judge("ghosting", ends.ghosting)):
        return
    yield Finding(
        "ghosting",
        judged[0],
        f"{ends.ghosting:.1%} of the edges of the face are doubled halfway, mostly "
        f"{evidence.told(ends.ghosting_place)}, by {ends.ghosting_shift:.0f} px; check "
        f"the landmarks there, or refine (allowed {judged[1]:.0%})",
        value=ends.ghosting,
        limit=judged[1],
    )


def find_doubled_spots(evidence: Evidence) -> Iterator[Finding]:
    """Find a mole that appears twice because the ends do not match around it."""
    ends = evidence.ends
    if ends is None or ends.spot_places is None:
        return
    if judged := evidence.judge("doubled-spot", ends.spot):
        one, other = (evidence.told(place, "at") for place in ends.spot_places)
        yield Finding(
            "doubled-spot",
            judged[0],
            f"a dark spot, such as a mole, appears twice halfway: {one} and {other}, "
            f"{ends.spot:.1%} darker than the skin around it (allowed {judged[1]:.0%})",
            value=ends.spot,
            limit=judged[1],
        )


def find_opening_states(evidence: Evidence) -> Iterator[Finding]:
    """Find a mouth or eye that is open in one image only, unlike its landmarks."""
    if evidence.ends is None or not evidence.ends.openings:
        return
    states = evidence.ends.openings
    name = max(states, key=lambda opening: states[opening])
    if judged := evidence.judge("opening-state", states[name]):
        yield Finding(
            "opening-state",
            judged[0],
            f"the {name} differs between the ends by CIEDE2000 {states[name]:.1f} more "
            "than the face does, but its landmarks agree: teeth or an eyeball will be "
            "half transparent; place the landmarks of its edges by hand "
            f"(allowed {judged[1]:g})",
            value=states[name],
            limit=judged[1],
        )


def find_landmark_errors(evidence: Evidence) -> Iterator[Finding]:
    """Find the landmark that disagrees most with the image."""
    ends = evidence.ends
    if ends is None or ends.landmark_error is None:
        return
    if judged := evidence.judge("landmark-error", ends.landmark_error):
        known = ends.landmark_place
        place = "" if known is None else f" {evidence.told(known, 'at')}"
        yield Finding(
            "landmark-error",
            judged[0],
            landmark_error_message(ends, judged[1], place),
            value=ends.landmark_error,
            limit=judged[1],
        )


def landmark_error_message(ends: EndAgreement, limit: float, place: str = "") -> str:
    """Return what the finding on the worst landmark says, with its place in words."""
    return (
        f"{ends.landmark}{place} lies {ends.landmark_error:.1f} % of the eye distance "
        f"from its matched position; check it at both ends (allowed {limit:g} %)"
    )
