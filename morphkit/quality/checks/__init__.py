"""Checks of a continuum, and the measurements that they judge."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from morphkit._core.finding import Finding
from morphkit._core.registry import Table
from morphkit._core.text import first_line
from morphkit.quality.checks.colour import find_colour_cast, find_grey_end
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
from morphkit.quality.limits import LIMITS, Limit
from morphkit.quality.measure import FrameMeasurements, face_region

__all__ = [
    "CHECKS",
    "Check",
    "Evidence",
    "FrameMeasurements",
    "check",
    "departures",
    "face_region",
    "known_limits",
]


@dataclass(frozen=True)
class Check:
    """A check of one continuum.

    Parameters
    ----------
    find : callable
        ``find(evidence)`` yields what is wrong, under the name of the check as code;
        the first line of its docstring says what that is.
    limits : mapping of str to Limit, optional
        Limits that `morphkit.quality.limits.LIMITS` does not have; recipes may change
        them, and ``evidence.judge(name, value)`` asks them.
    needs_photographs : bool, optional
        Whether it looks at the photographs, which a pack does not have: what the build
        found stands when a pack is checked again.
    needs_mesh : bool, optional
        Whether it looks at ``evidence.mesh``, which a public copy of a pack does not
        have: there, too, what the build found stands.
    """

    find: Callable[[Evidence], Iterator[Finding]]
    limits: Mapping[str, Limit] = field(default_factory=dict)
    needs_photographs: bool = False
    needs_mesh: bool = False

    @property
    def summary(self) -> str:
        """One line for listings."""
        return first_line(self.find.__doc__)


#: In the order of reports.
CHECKS = Table(
    "checks",
    Check,
    {
        "fold": Check(find_folds, needs_mesh=True),
        "outside-photo": Check(find_outside, needs_photographs=True, needs_mesh=True),
        "enlarged": Check(find_enlarged, needs_mesh=True),
        "ghosting": Check(find_ghosting),
        "opening-state": Check(find_opening_states),
        "landmark-error": Check(find_landmark_errors),
        "grey-end": Check(find_grey_end),
        "colour-cast": Check(find_colour_cast),
        "luminance-drift": Check(find_luminance_drift),
        "contrast-drift": Check(find_contrast_drift),
        "detail-loss": Check(find_detail_loss),
        "detail-gain": Check(find_detail_gain),
        "clipping": Check(find_clipping),
        "spacing-uneven": Check(find_uneven_spacing),
        "edge-steps": Check(find_edge_steps),
        "not-monotone": Check(find_setbacks),
        "not-additive": Check(find_not_additive),
        "identity": Check(find_identity_change),
    },
)


def known_limits() -> dict[str, Limit]:
    """Return every limit that there is, by name."""
    limits = dict(LIMITS)
    for each in CHECKS.values():
        limits |= each.limits
    return limits


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Return the findings of all checks that can look, in the order of the table."""
    blind = evidence.correspondence is None
    return tuple(
        finding
        for each in CHECKS.values()
        if not (blind and each.needs_mesh)
        for finding in each.find(evidence)
    )
