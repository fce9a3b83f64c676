"""Agreement of two placements of the same landmarks: the noise of a lab's own hands.

Conventions
-----------
Differences are second minus first, in percent of the inter-ocular distance: between the
outer eye corners, the mean of both placements (what stands for it in a template without
them is in `landmark_checks.measures`). Each face is turned upright first: x runs along
the line of its eyes to the image-right one, y downwards across it.

References
----------
.. [1] Bland, J. M., & Altman, D. G. (1986). Statistical methods for assessing agreement
       between two methods of clinical measurement. Lancet 327(8476), 307-310.
       https://doi.org/10.1016/S0140-6736(86)90837-8
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import procrustes
from morphkit.quality.landmark_checks.measures import scale_of

#: Share of differences between the limits of agreement.
COVERED = 0.95


@dataclass(frozen=True)
class Difference:
    """How two placements differ at a landmark, or at the centre of a feature.

    All but the names in percent of the inter-ocular distance.

    Parameters
    ----------
    name : str
        Landmark or feature.
    distance : float
        Mean distance of the two placements; of a feature the mean over its landmarks.
    bias_x, bias_y : float
        Mean difference: what one of both does otherwise, every time.
    spread_x, spread_y : float or None
        Standard deviation of the difference over faces; None of a single face.
    limits_x, limits_y : (float, float) or None
        Limits of agreement: where 95 % of differences of further faces are expected.
    noise : float or None
        Standard deviation of one placement along an axis, without the bias: the
        difference has the noise of two.
    """

    name: str
    distance: float
    bias_x: float
    bias_y: float
    spread_x: float | None
    spread_y: float | None
    limits_x: tuple[float, float] | None
    limits_y: tuple[float, float] | None
    noise: float | None


@dataclass(frozen=True, eq=False)
class LandmarkAgreement:
    """How two people, or one on two days, place the same landmarks.

    Parameters
    ----------
    template : str
        Name of the template.
    n_faces : int
    normaliser : str
        Name of the length to which percent relate.
    features, points : tuple of Difference
        For each region of the template and ``"all"``; for each landmark.
    shape : ndarray, shape (N, 2)
        Mean shape of both, upright, in percent of the inter-ocular distance.
    """

    template: str
    n_faces: int
    normaliser: str
    features: tuple[Difference, ...]
    points: tuple[Difference, ...]
    shape: Points

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the mean shape as a JSON object."""
        return {
            "template": self.template,
            "n_faces": self.n_faces,
            "unit": f"percent of the {self.normaliser}",
            "features": [asdict(one) for one in self.features],
            "points": [asdict(one) for one in self.points],
        }


def compare_placements(
    first: Sequence[Landmarks], second: Sequence[Landmarks]
) -> LandmarkAgreement:
    """Return how two placements of the same faces agree.

    Parameters
    ----------
    first, second : sequence of Landmarks
        The same faces in the same order, all of one template.

    Raises
    ------
    InputError
        If there is no face, or the templates differ.
    """
    if not first or len(first) != len(second):
        raise InputError(
            f"{len(first)} and {len(second)} faces",
            allowed="the same faces twice, one at least",
        )
    template = first[0].template
    if any(face.template != template for face in (*first, *second)):
        raise InputError("the landmarks have several templates", allowed="one template")
    scales = [(scale_of(a), scale_of(b)) for a, b in zip(first, second, strict=True)]
    units = np.array([(a.length + b.length) / 200 for a, b in scales])
    turns = np.array(
        [_upright(a, b) / unit for a, b, unit in zip(first, second, units, strict=True)]
    )
    off = np.array(
        [(b.points - a.points) @ [1, 1j] for a, b in zip(first, second, strict=True)]
    )
    off = off * turns[:, None]
    regions = {**template.regions, "all": tuple(range(template.n_points))}
    return LandmarkAgreement(
        template.name,
        len(first),
        scales[0][0].name,
        tuple(
            _difference(name, off[:, list(indices)])
            for name, indices in regions.items()
        ),
        tuple(_difference(name, off[:, [i]]) for i, name in enumerate(template.points)),
        _mean_shape(first, second, turns),
    )


def _upright(a: Landmarks, b: Landmarks) -> complex:
    """Return the turn that makes the line of the eyes horizontal; 1 without eyes."""
    if len(a.template.eyes) != 2:
        return 1 + 0j
    left, right = (a.eye_centres() + b.eye_centres()) / 2
    across = complex(*(right - left))
    return abs(across) / across if across else 1 + 0j


def _difference(name: str, off: npt.NDArray[np.complex128]) -> Difference:
    """Return bias, spread and limits of the differences of one feature.

    Parameters
    ----------
    name : str
    off : ndarray, shape (M, N), dtype complex128
        Of N landmarks in M faces; their mean is the shift of the feature.
    """
    n = len(off)
    shift = off.mean(axis=1)
    bias = shift.mean()
    about: dict[str, Any] = {
        "spread_x": None, "spread_y": None, "limits_x": None, "limits_y": None,
        "noise": None,
    }  # fmt: skip
    if n > 1:
        x, y = (float(axis.std(ddof=1)) for axis in (shift.real, shift.imag))
        # Limits for further faces: the mean and the spread are estimates, too.
        reach = float(scipy.stats.t.ppf((1 + COVERED) / 2, n - 1)) * np.sqrt(1 + 1 / n)
        own = off - off.mean(axis=0)
        about = {
            "spread_x": x,
            "spread_y": y,
            "limits_x": _around(bias.real, reach * x),
            "limits_y": _around(bias.imag, reach * y),
            "noise": float(
                np.sqrt((np.abs(own) ** 2).sum() / (n - 1) / off.shape[1] / 4)
            ),
        }
    return Difference(
        name, float(np.abs(off).mean()), float(bias.real), float(bias.imag), **about
    )


def _around(middle: float, reach: float) -> tuple[float, float]:
    """Return the limits at a distance around a value."""
    return float(middle - reach), float(middle + reach)


def _mean_shape(
    first: Sequence[Landmarks],
    second: Sequence[Landmarks],
    turns: npt.NDArray[np.complex128],
) -> Points:
    """Return the mean shape, upright, in percent of the inter-ocular distance."""
    both = [(a.points + b.points) / 2 for a, b in zip(first, second, strict=True)]
    z = np.array([shape @ [1, 1j] for shape in both]) * turns[:, None]
    shapes = [np.column_stack([one.real, one.imag]) for one in z]
    return procrustes.mean_shape(shapes) if len(shapes) > 1 else shapes[0]
