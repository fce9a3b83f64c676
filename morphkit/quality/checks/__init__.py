"""What is measured on a continuum, and the checks that judge it."""

from collections.abc import Callable, Iterator, Mapping

from morphkit._core.finding import Finding
from morphkit.quality.checks.drift import (
    find_clipping,
    find_contrast_drift,
    find_detail_gain,
    find_detail_loss,
    find_luminance_drift,
)
from morphkit.quality.checks.ends import (
    find_ghosting,
    find_landmark_errors,
    find_opening_states,
)
from morphkit.quality.checks.evidence import Evidence, departures
from morphkit.quality.checks.geometry import find_enlarged, find_folds, find_outside
from morphkit.quality.checks.identity import find_identity_change
from morphkit.quality.checks.steps import (
    find_edge_steps,
    find_not_additive,
    find_setbacks,
    find_uneven_spacing,
)
from morphkit.quality.measure import FrameMeasurements, face_region

__all__ = [
    "CHECKS",
    "Evidence",
    "FrameMeasurements",
    "check",
    "departures",
    "face_region",
]

#: Name of a check -> what it finds, in the order of reports.
CHECKS: Mapping[str, Callable[[Evidence], Iterator[Finding]]] = {
    "fold": find_folds,
    "outside-photo": find_outside,
    "enlarged": find_enlarged,
    "ghosting": find_ghosting,
    "opening-state": find_opening_states,
    "landmark-error": find_landmark_errors,
    "luminance-drift": find_luminance_drift,
    "contrast-drift": find_contrast_drift,
    "detail-loss": find_detail_loss,
    "detail-gain": find_detail_gain,
    "clipping": find_clipping,
    "spacing-uneven": find_uneven_spacing,
    "edge-steps": find_edge_steps,
    "not-monotone": find_setbacks,
    "not-additive": find_not_additive,
    "identity": find_identity_change,
}


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Return the findings of all checks, in the order of the table."""
    return tuple(f for find in CHECKS.values() for f in find(evidence))
