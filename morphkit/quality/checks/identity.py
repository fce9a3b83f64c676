"""Whether the images of a continuum show one person, according to an embedding."""

from collections.abc import Iterator

from morphkit._core.finding import Finding
from morphkit.quality.checks.evidence import Evidence


def shows_one_person(evidence: Evidence) -> bool | None:
    """Return whether all images are as close as images of one person.

    None if that was not measured, or if the embedding does not apply to such people.
    """
    found = evidence.identity
    if found is None or not found.judged:
        return None
    return evidence.judge("identity", found.measured) is None


def find_identity_change(evidence: Evidence) -> Iterator[Finding]:
    """Find ends, or an image and its nearer end, as far apart as two people."""
    found = evidence.identity
    if found is None:
        return
    judged = evidence.judge("identity", found.measured)
    if judged is None:
        return
    severity, limit = judged
    what = (
        f"the ends are {found.ends:.2f} apart in {found.embedding}"
        if found.ends >= found.largest
        else f"step {found.farthest} is {found.largest:.2f} from the nearer end in "
        f"{found.embedding}"
    )
    about = ""
    if not found.judged:
        about = (
            f"; {found.embedding} was trained on adults, so for a child of "
            f"{found.age_months:g} months this is reported, not judged"
        )
    elif found.adults_only and found.age_months is None:
        about = "; no age is given, so an adult is assumed"
    yield Finding(
        "identity",
        severity if found.judged else "note",
        f"{what}, as far apart as two people{about} (allowed {limit:g})",
        value=found.measured,
        limit=limit,
    )
