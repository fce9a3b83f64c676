"""Landmarks of a face carried to another photograph of the same face.

Between two expressions lips part and lids shut. No smooth map of the plane does that:
splines through the displacements of a whole face, and optical flow, tear lips that were
closed by a tenth of the inter-ocular distance. So landmarks are carried part by part:
those along the upper lip by what a detector sees of the upper lip, those along the
lower lip by the lower one, lids likewise, and the rest by the skin around them
(`carry`). Then each side of an opening is matched with the photographs by itself
(`match`). How sure that is, is estimated for every landmark (`confidence`), and whether
both photographs show one person at all by their foreheads (`forehead`).

Which landmarks lie along which edge is known from the lines and openings of a template
(`edges`): any template is carried by any detector.
"""

from morphkit.geometry.propagation.carry import unclear_landmarks
from morphkit.geometry.propagation.forehead import UNLIKE
from morphkit.geometry.propagation.frame import View
from morphkit.geometry.propagation.propagated import Propagated, propagate

__all__ = ["UNLIKE", "Propagated", "View", "propagate", "unclear_landmarks"]
