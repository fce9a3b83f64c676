"""Propagated landmarks that a person has to confirm."""

from collections.abc import Iterator, Sequence

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.quality.landmark_checks.evidence import Delineation

#: Confidence below which a person has to look at a propagated landmark.
SURE = 0.5


def find_unconfirmed(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find propagated landmarks whose place is not certain."""
    for face in faces:
        chances = face.landmarks.placement.confidence
        unsure = sorted(
            (i for i, chance in enumerate(chances) if chance < SURE),
            key=lambda i: chances[i],
        )
        if unsure:
            names = face.landmarks.template.points
            listed = ", ".join(f'"{names[i]}" {chances[i]:.0%}' for i in unsure)
            yield Finding(
                "unconfirmed",
                "note",
                f"{counted(len(unsure), 'propagated landmark')} to confirm, the least "
                f"certain first: {listed} (chance to lie within 3 % of the "
                "inter-ocular distance of its place)",
                where=face.where,
                points=tuple(unsure),
            )
