"""Correspondence between photographs: from landmarks to a frozen mesh."""

from morphkit.geometry.correspondence.landmarks import (
    SPACING,
    MatchedFaces,
    correspond,
    fold_finding,
)

__all__ = ["SPACING", "MatchedFaces", "correspond", "fold_finding"]
