"""Correspondence between photographs: from landmarks to a frozen mesh."""

from morphkit.geometry.correspondence.frozen_mesh import CORRESPONDENCE_SPECIFICATION
from morphkit.geometry.correspondence.landmarks import (
    SPACING,
    MatchedFaces,
    correspond,
    fold_finding,
)

__all__ = [
    "CORRESPONDENCE_SPECIFICATION",
    "SPACING",
    "MatchedFaces",
    "correspond",
    "fold_finding",
]
