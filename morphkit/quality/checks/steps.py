"""Checks of the predicted spacing."""

from collections.abc import Iterator, Sequence

from morphkit._core.finding import SEVERITIES, Finding
from morphkit.quality.checks.evidence import Evidence
from morphkit.quality.distances import ADDITIVE


def find_uneven_spacing(evidence: Evidence) -> Iterator[Finding]:
    """Find continua whose steps differ in size in the primary measure."""
    found = evidence.primary
    if found is None:
        return
    if found.max_min is None:
        step = int(found.steps.argmin()) + 1
        yield Finding(
            "spacing-uneven",
            "error",
            f"steps {step} and {step + 1} are identical in {found.measure} (they must "
            "differ)",
            value=0.0,
            limit=None,
        )
        return
    judged = evidence.judge("spacing-uneven", found.max_min)
    by_curve = evidence.judge("spacing-departure", found.departure or 0.0)
    severities = [one[0] for one in (judged, by_curve) if one]
    if not severities:
        return
    curve = ""
    if by_curve:
        curve = (
            f", the path departs from equal steps by {found.departure:.3f} "
            f"(allowed {by_curve[1]:g})"
        )
    limit = judged[1] if judged else evidence.limits["spacing-uneven"].note
    allowed = "" if limit is None else f" (allowed {limit:g})"
    about = 'uneven steps, which "morphkit calibrate respace" can equalise'
    if evidence.human_scale:
        about = (
            f"the levels were equalised on a perceptual scale ({evidence.human_scale}),"
            " which an image measure need not follow"
        )
    yield Finding(
        "spacing-uneven",
        "note" if evidence.human_scale else min(severities, key=SEVERITIES.index),
        f"{about}: the largest is {found.max_min:.2f} times the smallest in "
        f"{found.measure}{allowed}{curve}",
        value=found.max_min,
        limit=limit,
    )


def find_edge_steps(evidence: Evidence) -> Iterator[Finding]:
    """Find ends that stand apart from the frames between them."""
    found = evidence.primary
    if found is None or found.edge_ratio is None:
        return
    if judged := evidence.judge("edge-steps", found.edge_ratio):
        yield Finding(
            "edge-steps",
            judged[0],
            f"the first and last steps are {found.edge_ratio:.2f} times those between "
            f"them in {found.measure} (allowed {judged[1]:g})",
            value=found.edge_ratio,
            limit=judged[1],
        )


def find_setbacks(evidence: Evidence) -> Iterator[Finding]:
    """Find frames that do not move away from one end and towards the other."""
    turning = [s for s in evidence.spacings.values() if not s.monotone]
    if not turning:
        return
    straight = len(evidence.spacings) - len(turning)
    steps = sorted({step for spacing in turning for step in spacing.setbacks})
    names = ", ".join(spacing.measure for spacing in turning)
    severity = "error" if straight < min(2, len(evidence.spacings)) else "warning"
    yield Finding(
        "not-monotone",
        # A path through a third face bends there, as intended.
        "note" if evidence.trajectory.via else severity,
        f"{_named(steps)} no farther from the first image or no "
        f"nearer to the last than the one before in {names} (allowed 0 steps)",
        value=float(len(steps)),
        limit=0.0,
    )


def _named(steps: Sequence[int]) -> str:
    """Return steps with their verb.

    >>> _named([4]), _named([3, 4, 9])
    ('step 4 is', 'steps 3, 4 and 9 are')
    """
    *others, last = map(str, steps)
    return f"steps {', '.join(others)} and {last} are" if others else f"step {last} is"


def find_not_additive(evidence: Evidence) -> Iterator[Finding]:
    """Find a primary measure whose steps do not add up to a path length."""
    found = evidence.primary
    if found is None or found.additive or found.exponent is None:
        return
    low, high = ADDITIVE
    yield Finding(
        "not-additive",
        "note",
        f"distances in {found.measure} grow with the step to the power of "
        f"{found.exponent:.3f}, so they do not add up to a path length "
        f"(allowed {low} to {high})",
        value=found.exponent,
        limit=low if found.exponent < low else high,
    )
