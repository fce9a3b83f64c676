"""Which place in one photograph is which in the other: landmarks to frozen mesh."""

from morphkit.geometry.correspondence.landmarks import (
    SPACING,
    MatchedFaces,
    correspond,
    fold_finding,
)

__all__ = ["SPACING", "MatchedFaces", "correspond", "fold_finding"]
