"""How far apart two placements of the same landmarks are, region by region."""

import numpy as np

from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks


def agreement(a: Landmarks, b: Landmarks) -> dict[str, float]:
    """Return the mean distance of two placements in each region of the face.

    Parameters
    ----------
    a, b : Landmarks
        The same face in the same image, both of one template that has regions.

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
    template = a.template
    if not (template.regions and template.outer_eye_corners):
        raise InputError(
            f"no regions are known for template {template.name}",
            allowed="a template that gives regions and outer_eye_corners",
        )
    left, right = template.outer_eye_corners
    across = [np.hypot(*(face.points[right] - face.points[left])) for face in (a, b)]
    unit = float(np.mean(across)) / 100
    if unit == 0:
        raise InputError("the outer eye corners coincide")
    distance = np.hypot(*(a.points - b.points).T) / unit
    apart = {
        region: float(distance[list(indices)].mean())
        for region, indices in template.regions.items()
    }
    return {**apart, "all": float(distance.mean())}
