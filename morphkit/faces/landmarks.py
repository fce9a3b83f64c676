"""The landmarks of one face and how they were placed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Points, as_points
from morphkit.errors import InputError
from morphkit.faces.template import Template

#: What places landmarks.
PLACED_BY = ("hand", "detector", "propagated", "render", "unknown")
#: Left, top, width and height of a face in a photograph, whole pixels.
FaceBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class Placement:
    """How the landmarks were placed: by hand, by a detector, or unknown.

    Parameters
    ----------
    by : str
        ``"hand"``, ``"detector"``, ``"propagated"`` (carried here from another
        photograph of the same face), ``"render"`` (known by construction) or
        ``"unknown"``.
    detector : str, optional
        Name in the table of detectors.
    models : mapping of str to str, optional
        SHA-256 of every model file that the detector used, by file name.
    score : float, optional
        The detector's confidence, 0 to 1.
    origin : str, optional
        SHA-256 of the photograph from which landmarks were propagated.
    confidence : tuple of float, optional
        Of every propagated landmark the chance that it lies within 3 % of the
        inter-ocular distance of its true place, 0 to 1.
    face : int, optional
        Which of several faces in the photograph was taken, from 1; None where there was
        nothing to choose.
    faces : tuple of (int, int, int, int), optional
        Left, top, width and height of all of them, pixels.

    Raises
    ------
    InputError
        If `by` is none of these, a confidence is not between 0 and 1, or the face that
        was taken is none of those listed.
    """

    by: str = "unknown"
    detector: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    score: float | None = None
    origin: str = ""
    confidence: tuple[float, ...] = ()
    face: int | None = None
    faces: tuple[FaceBox, ...] = ()

    def __post_init__(self) -> None:
        if self.by not in PLACED_BY:
            raise InputError(
                f'unknown placement "{self.by}"', allowed=f"one of {PLACED_BY}"
            )
        object.__setattr__(self, "confidence", tuple(self.confidence))
        if not all(0 <= chance <= 1 for chance in self.confidence):
            raise InputError("a confidence is not between 0 and 1")
        object.__setattr__(self, "faces", tuple(map(tuple, self.faces)))
        if self.faces and not 1 <= (self.face or 0) <= len(self.faces):
            raise InputError(
                f"face {self.face} was taken",
                allowed=f"{len(self.faces)} faces are listed",
            )

    @property
    def choice(self) -> str:
        """Which of several faces was taken: ``face 2 of 3``, or ``""``."""
        if self.face is None:
            return ""
        of = f" of {len(self.faces)}" if self.faces else ""
        return f"face {self.face}{of}"

    @property
    def choice_and_size(self) -> str:
        """The same with its size: ``face 2 of 3, 210 × 240 px``."""
        if self.face is None or not self.faces:
            return self.choice
        _, _, width, height = self.faces[self.face - 1]
        return f"{self.choice}, {width} × {height} px"


@dataclass(frozen=True, eq=False)
class Landmarks:
    """The landmarks of one face in the frame of its image.

    Parameters
    ----------
    template : Template
        What the points are.
    points : array-like, shape (N, 2)
        Positions in pixels, in the order of the template.
    placement : Placement, optional
        How they were placed.
    image_sha256 : str, optional
        Hash of the image file that they belong to; empty if unknown.
    hidden : frozenset of int, optional
        Indices of landmarks that a hand, a dummy or hair hides: where they stand is a
        guess, and a morph takes their place from the others.

    Raises
    ------
    InputError
        If the number of points differs from the template's or one is not finite, a
        hidden one does not exist, or not all have a confidence although some have.
    """

    template: Template
    points: Points
    placement: Placement = Placement()
    image_sha256: str = ""
    hidden: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        try:
            points = as_points(self.points, n_points=self.template.n_points)
        except InputError as error:
            raise InputError(
                error.problem,
                allowed=error.allowed
                or f"template {self.template.name} has {self.template.n_points}",
            ) from None
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "hidden", frozenset(self.hidden))
        n = self.template.n_points
        if not self.hidden <= set(range(n)):
            raise InputError(
                f"hidden landmarks {sorted(self.hidden)}",
                allowed=f"points are numbered from 0 to {n - 1}",
            )
        if len(self.placement.confidence) not in (0, n):
            raise InputError(
                f"{len(self.placement.confidence)} confidences",
                allowed=f"one for each of the {n} landmarks, or none",
            )

    def with_points(self, points: npt.ArrayLike) -> "Landmarks":
        """Return landmarks of the same template and placement at other positions."""
        return replace(self, points=np.asarray(points))

    def mirrored(self, width: int) -> "Landmarks":
        """Return the landmarks of the photograph mirrored left to right.

        Every landmark takes the place of its partner: the image-left eye stays the
        image-left eye. Column x of the photograph becomes column width - 1 - x.

        Parameters
        ----------
        width : int
            Width of the photograph, pixels.

        Raises
        ------
        InputError
            If the template does not define mirror partners.
        """
        if not self.template.mirror:
            raise InputError(
                f"template {self.template.name} has no mirror partners",
                remedy='give it a "mirror" entry, or use a template that has one: '
                '"morphkit list templates"',
            )
        partners = self.template.mirror
        points = self.points[list(partners)]
        exchanged = np.column_stack([width - 1 - points[:, 0], points[:, 1]])
        hidden = frozenset(partners[i] for i in self.hidden)
        confidence = self.placement.confidence
        placement = replace(
            self.placement,
            confidence=tuple(confidence[i] for i in partners) if confidence else (),
        )
        return Landmarks(self.template, exchanged, placement, hidden=hidden)

    def eye_centres(self) -> Points:
        """Return the centres of the image-left and the image-right eye.

        Returns
        -------
        ndarray, shape (2, 2)
            Pixels.

        Raises
        ------
        InputError
            If the template does not define the eyes.
        """
        if len(self.template.eyes) != 2:
            raise InputError(
                f"template {self.template.name} does not define the eyes",
                remedy='give it an "eyes" entry or use an alignment without eyes',
            )
        return np.array(
            [fixed_order.mean(self.points[list(eye)]) for eye in self.template.eyes]
        )

    def inside(self, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """Return whether each point lies in an image of `size`.

        Parameters
        ----------
        size : tuple of int
            Width and height in pixels.

        Returns
        -------
        ndarray, shape (N,), dtype bool
            The image extends half a pixel beyond its outermost pixel centres.
        """
        limit = np.array(size, dtype=float) - 0.5
        inside = (self.points >= -0.5) & (self.points <= limit)
        return np.asarray(inside.all(axis=1))
