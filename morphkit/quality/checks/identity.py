"""Whether the images of a continuum still show one person, as an embedding sees it."""

from collections.abc import Iterator

from morphkit._core.finding import Finding
from morphkit.quality.checks.evidence import Evidence


def shows_one_person(evidence: Evidence) -> bool | None:
    """Return whether all images are as near as images of one person.

    None where that was not looked at, or the embedding says nothing of such people.
    """
    found = evidence.identity
    if found is None or not found.judged:
        return None
    return evidence.judge("identity", found.measured) is None


def find_identity_change(evidence: Evidence) -> Iterator[Finding]:
    """Find images that are as far from both ends as another person, or such ends."""
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
            f"; {found.embedding} is made for adults, so of a child of "
            f"{found.age_months:g} months this is told and not judged"
        )
    elif found.adults_only and found.age_months is None:
        about = "; no age is given, so an adult is taken for granted"
    yield Finding(
        "identity",
        severity if found.judged else "note",
        f"{what}, as far as two people are{about} (allowed {limit:g})",
        value=found.measured,
        limit=limit,
    )
