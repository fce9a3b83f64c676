"""Checks of a continuum, and the measurements that they judge."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    find_doubled_spots,
    find_ghosting,
    find_landmark_errors,
    find_opening_states,
)
from morphkit.quality.checks.evidence import Evidence, View, departures
from morphkit.quality.checks.framing import find_cut_off, find_outside_frame
from morphkit.quality.checks.geometry import find_enlarged, find_folds, find_outside
from morphkit.quality.checks.identity import find_identity_change
from morphkit.quality.checks.kinds import FindingKind, Place, Sight
from morphkit.quality.checks.made_elsewhere import MADE_ELSEWHERE
from morphkit.quality.checks.places import (
    at_clipping,
    at_detail_gain,
    at_detail_loss,
    at_differing_opening,
    at_doubled_spot,
    at_ghosting,
    at_said_point,
    at_worst_landmark,
    whole_at_said_step,
    whole_edges,
    whole_ends,
    whole_steps,
)
from morphkit.quality.checks.steps import (
    find_edge_steps,
    find_not_additive,
    find_setbacks,
    find_uneven_spacing,
)
from morphkit.quality.limits import Limit
from morphkit.quality.measure import FrameMeasurements, face_region

__all__ = [
    "CHECKS",
    "Check",
    "Evidence",
    "FindingKind",
    "FrameMeasurements",
    "Place",
    "Sight",
    "View",
    "check",
    "departures",
    "face_region",
    "kind_of",
    "place_of",
    "spoilt",
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
        Whether it looks at ``evidence.mesh``, or names a place in the images, which
        takes it: a public copy of a pack has none, and what the build found stands
        there, too.
    kind : FindingKind, optional
        How findings are told to people, and where they are seen.
    spoils : bool, optional
        Whether no use of the images is known where an error of it stands, so that
        ``morph`` and ``build`` end with exit code 4.
    """

    find: Callable[[Evidence], Iterator[Finding]]
    limits: Mapping[str, Limit] = field(default_factory=dict)
    needs_photographs: bool = False
    needs_mesh: bool = False
    kind: FindingKind = field(default_factory=FindingKind)
    spoils: bool = False

    @property
    def summary(self) -> str:
        """One line for listings."""
        return first_line(self.find.__doc__)


_MATCH = (
    'method = "line" under [match] removes it, and with it what the expression itself '
    "does to the skin: rule it out as a cue, or report it"
)

#: In the order of reports.
CHECKS = Table(
    "checks",
    Check,
    {
        "fold": Check(
            find_folds,
            needs_mesh=True,
            kind=FindingKind(
                "the mesh folds",
                "correct the landmarks around the mark, in both photographs: morphkit "
                "studio shows them",
                place=at_said_point,
            ),
        ),
        "face-outside-frame": Check(
            find_outside_frame,
            needs_mesh=True,
            spoils=True,
            kind=FindingKind(
                "part of the face lies outside the images",
                'crop less, or have the frame found from the faces (frame = "faces" '
                "under [align]; morph: --frame faces)",
                place=whole_at_said_step,
                needs_mesh=False,
            ),
        ),
        "face-outside-photo": Check(
            find_cut_off,
            needs_photographs=True,
            needs_mesh=True,
            spoils=True,
            kind=FindingKind(
                "the edge of a photograph cuts the face off",
                "check the landmarks, or choose a photograph of the whole face",
                place=whole_ends,
                needs_mesh=False,
            ),
        ),
        "outside-photo": Check(
            find_outside,
            needs_photographs=True,
            needs_mesh=True,
            kind=FindingKind(
                "part of the frame lies outside a photograph",
                "choose a smaller frame, photographs with more around the face, or a "
                'mask (mask = "face" or "oval" under [morph])',
                place=whole_ends,
                needs_mesh=False,
            ),
        ),
        "enlarged": Check(
            find_enlarged,
            needs_mesh=True,
            kind=FindingKind(
                "a photograph is enlarged",
                "choose a smaller frame (width and height under [align]), or a larger "
                "copy of the photograph",
                place=whole_ends,
                needs_mesh=False,
            ),
        ),
        "ghosting": Check(
            find_ghosting,
            needs_mesh=True,
            kind=FindingKind(
                "doubled edges",
                "compare the landmarks around the mark in both photographs (morphkit "
                "studio): they must lie on the same edge; if only landmarks are "
                'matched, set refine = "integer-flow" under [morph]',
                place=at_ghosting,
            ),
        ),
        "doubled-spot": Check(
            find_doubled_spots,
            needs_mesh=True,
            kind=FindingKind(
                "a mole that appears twice",
                "retouch it in the photographs, or hold it together by landmarks: a "
                "landmark set of your own can have a point on it; if only landmarks "
                'are matched, set refine = "integer-flow" under [morph]',
                place=at_doubled_spot,
            ),
        ),
        "opening-state": Check(
            find_opening_states,
            kind=FindingKind(
                "open in one image, unlike the landmarks",
                "place the landmarks of its edges by hand, in both photographs: "
                "morphkit studio",
                place=at_differing_opening,
            ),
        ),
        "landmark-error": Check(
            find_landmark_errors,
            kind=FindingKind(
                "a landmark is off",
                "look at it in both photographs (morphkit studio), and correct it "
                "where it is wrong",
                place=at_worst_landmark,
            ),
        ),
        "grey-end": Check(
            find_grey_end,
            kind=FindingKind(
                "one end has less colour",
                "use photographs that are all in colour, or set grey = true under "
                "[frame]",
                place=whole_ends,
                needs_mesh=False,
            ),
        ),
        "colour-cast": Check(
            find_colour_cast,
            kind=FindingKind(
                "one end is yellower or bluer",
                "where the background differs, too, give the photographs one white "
                "balance; a face that flushes belongs to the expression; grey = true "
                "under [frame] leaves out either",
                place=whole_ends,
                needs_mesh=False,
            ),
        ),
        "luminance-drift": Check(
            find_luminance_drift,
            kind=FindingKind(
                "brighter or darker than between the ends",
                _MATCH,
                place=whole_at_said_step,
                needs_mesh=False,
            ),
        ),
        "contrast-drift": Check(
            find_contrast_drift,
            kind=FindingKind(
                "more or less contrast than between the ends",
                _MATCH,
                place=whole_at_said_step,
                needs_mesh=False,
            ),
        ),
        "detail-loss": Check(
            find_detail_loss,
            kind=FindingKind(
                "softer than between the ends",
                'set detail = "level" under [morph]; where it is set, compare the '
                "sharpness of the photographs",
                place=at_detail_loss,
            ),
        ),
        "detail-gain": Check(
            find_detail_gain,
            kind=FindingKind(
                "crisper than between the ends",
                "look at the mark: lashes and wrinkles that are squeezed together are "
                "as they should be, a hard edge or a pattern is not "
                '(detail = "plain" under [morph] adds nothing)',
                place=at_detail_gain,
            ),
        ),
        "clipping": Check(
            find_clipping,
            kind=FindingKind(
                "skin clipped to black or white",
                "use photographs that are exposed for the skin; if they are, match "
                "less (method under [match]), or transform by smaller fractions",
                place=at_clipping,
            ),
        ),
        "spacing-uneven": Check(
            find_uneven_spacing,
            kind=FindingKind(
                "uneven steps",
                "choose the scale on which steps shall be equal before you respace: "
                "equal in one measure is not equal in another, nor to people",
                place=whole_steps,
                needs_mesh=False,
            ),
        ),
        "edge-steps": Check(
            find_edge_steps,
            kind=FindingKind(
                "ends that stand apart",
                "see whether the photographs differ in sharpness or size from the "
                "images between them; leave the ends out of a study if they tell "
                "themselves apart",
                place=whole_edges,
                needs_mesh=False,
            ),
        ),
        "not-monotone": Check(
            find_setbacks,
            kind=FindingKind(
                "an image that goes back",
                "look at that step and at the one before; choose fewer steps, or "
                "correct the landmarks",
                place=whole_at_said_step,
                needs_mesh=False,
            ),
        ),
        "not-additive": Check(
            find_not_additive,
            kind=FindingKind(
                "a measure that does not add up",
                "give no path length in this measure",
                recorded=math.inf,
            ),
        ),
        "identity": Check(
            find_identity_change,
            kind=FindingKind(
                "as far apart as two people",
                "see whether both photographs show one person",
                place=whole_at_said_step,
                needs_mesh=False,
            ),
        ),
    },
)


def spoilt(findings: Iterable[Finding]) -> bool:
    """Return whether an error stands that no use of the images survives."""
    return any(
        finding.severity == "error"
        and finding.code in CHECKS
        and CHECKS[finding.code].spoils
        for finding in findings
    )


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Return the findings of all checks that can look, in the order of the table."""
    blind = evidence.correspondence is None
    return tuple(
        finding
        for each in CHECKS.values()
        if not (blind and each.needs_mesh)
        for finding in each.find(evidence)
    )


def kind_of(code: str) -> FindingKind:
    """Return what is known of a kind of finding; an empty one of unknown codes."""
    known = CHECKS[code].kind if code in CHECKS else MADE_ELSEWHERE.get(code)
    return known or FindingKind()


def place_of(finding: Finding, evidence: Evidence, sight: Sight) -> Place | None:
    """Return where a finding on a continuum is seen.

    None if nothing says where, or if that takes a mesh that a public copy has not.
    """
    kind = kind_of(finding.code)
    blind = kind.needs_mesh and evidence.correspondence is None
    if kind.place is None or blind:
        return None
    return kind.place(finding, evidence, sight)
