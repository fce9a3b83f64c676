"""Whose mouth is seen where a difference opens one.

A mouth that opens shows what lies behind the lips of those from whom the difference was
learnt. Their teeth and tongues are at different places, and some have no teeth yet: the
mean of them is half-transparent, with every tooth as often as there are people. So one
photograph is seen alone there.
"""

from collections.abc import Sequence

import numpy as np

from morphkit._core.arrays import Nodes
from morphkit.faces.face import Face
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.teeth import gum_below_teeth, shows_teeth


def one_mouth(
    faces: Sequence[Face],
    places: Nodes,
    among: Sequence[int],
    mouth: Opening,
) -> int:
    """Return which of some faces with open mouths is to be seen alone.

    Of those that show as many teeth as most of them do (many, a few of the lower jaw,
    none), it is the one whose lips are nearest to those of all the others.

    Parameters
    ----------
    faces : sequence of Face
        As they are shown, mirrored where they are.
    places : ndarray, shape (K, L, 2), dtype int32
        Their landmarks in the frame, units of 1/256 px.
    among : sequence of int
        The faces in question; of equal ones the first counts.
    mouth : Opening
    """
    kinds = [_teeth_in(faces[k], mouth) for k in among]
    usual = max(dict.fromkeys(kinds), key=kinds.count)
    alike = [k for k, kind in zip(among, kinds, strict=True) if kind == usual]
    lips = places[:, [*mouth.upper, *mouth.lower]].astype(np.int64)
    far = {k: int(np.abs(lips[k] - lips[list(among)]).sum()) for k in alike}
    return min(alike, key=lambda k: far[k])


def _teeth_in(face: Face, mouth: Opening) -> str:
    """Return which teeth an open mouth shows."""
    if not {"nose", "mouth"} <= {*face.landmarks.template.regions}:
        return "unknown"
    if shows_teeth(face.image, face.landmarks, mouth):
        return "many"
    gum = gum_below_teeth(face.image, face.landmarks, mouth)
    return "none" if gum is None else "few"
