"""How far apart two placements of the same landmarks are, region by region."""

from collections.abc import Mapping

import numpy as np

from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks

REGIONS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "ibug_68": {
        "jaw": tuple(range(17)),
        "brows": tuple(range(17, 27)),
        "nose": tuple(range(27, 36)),
        "eyes": tuple(range(36, 48)),
        "mouth": tuple(range(48, 68)),
    },
}
OUTER_EYE_CORNERS: Mapping[str, tuple[int, int]] = {"ibug_68": (36, 45)}


def agreement(a: Landmarks, b: Landmarks) -> dict[str, float]:
    """Return the mean distance of two placements in each region of the face.

    Parameters
    ----------
    a, b : Landmarks
        The same face in the same image, both of template ``ibug_68``.

    Returns
    -------
    dict of str to float
        For each region, and for ``"all"`` points, the mean distance in percent of the
        distance of the outer eye corners (mean of `a` and `b`).

    Raises
    ------
    InputError
        If the templates differ or have no regions, or the eye corners coincide.

    Notes
    -----
    Two detectors that agree may both be wrong; a disagreement of more than about 5 % in
    a region (1 to 3 % is usual) calls for a look at the image.
    """
    if a.template != b.template:
        raise InputError(
            f"templates {a.template.name} and {b.template.name} cannot be compared",
            allowed="both must have the same template",
        )
    name = a.template.name
    if name not in REGIONS:
        raise InputError(
            f"no regions are known for template {name}",
            allowed=f"known: {', '.join(REGIONS)}",
        )
    left, right = OUTER_EYE_CORNERS[name]
    across = [np.hypot(*(face.points[right] - face.points[left])) for face in (a, b)]
    unit = float(np.mean(across)) / 100
    if unit == 0:
        raise InputError("the outer eye corners coincide")
    distance = np.hypot(*(a.points - b.points).T) / unit
    apart = {
        region: float(distance[list(indices)].mean())
        for region, indices in REGIONS[name].items()
    }
    return {**apart, "all": float(distance.mean())}
