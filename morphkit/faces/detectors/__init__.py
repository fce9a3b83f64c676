"""Faces found in images, and their landmarks.

A detector is a module with ``find(image) -> tuple[Landmarks, ...]``, named in
`DETECTORS`. It finds every face and returns them in reading order, in its own template;
`detect` chooses one face and converts it to the requested template.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from morphkit._core.arrays import Image, Points
from morphkit._core.registry import Table, look_up
from morphkit.errors import InputError
from morphkit.faces.detectors import convert, dlib_68, mesh
from morphkit.faces.detectors.boxes import bounding_box
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks


@dataclass(frozen=True)
class Detector:
    """A way to find faces and their landmarks.

    Parameters
    ----------
    find : callable
        Takes an image, returns the landmarks of all faces in reading order.
    template : str
        Template of the landmarks that it returns.
    any_angle : bool
        Whether it finds faces at any angle, not only roughly upright ones.
    description : str
        One sentence.
    licence : str
        Of the models, as an SPDX expression or a sentence.
    conversions : mapping of str to callable, optional
        Another template -> what turns ``(N, 2)`` points of `template` into its.
    """

    find: Callable[[Image], tuple[Landmarks, ...]]
    template: str
    any_angle: bool
    description: str
    licence: str
    conversions: Mapping[str, Callable[[Points], Points]] = field(default_factory=dict)


DETECTORS = Table(
    "detectors",
    Detector,
    {
        "mesh": Detector(
            find=mesh.find,
            template="mesh_478",
            any_angle=True,
            description="MediaPipe face mesh and irises, 478 points, at any angle",
            licence="Apache-2.0",
            conversions={
                "ibug_68": convert.to_ibug_68,
                "dlib_5": lambda points: convert.to_dlib_5(convert.to_ibug_68(points)),
            },
        ),
        "dlib_68": Detector(
            find=dlib_68.find,
            template="ibug_68",
            any_angle=False,
            description="dlib's face detector and 68-point predictor, upright faces",
            licence="trained on iBUG 300-W: not for commercial use",
            conversions={"dlib_5": convert.to_dlib_5},
        ),
    },
)


def conversions_from(template: str) -> dict[str, Callable[[Points], Points]]:
    """Return the templates to which landmarks can be converted, with the conversions.

    Parameters
    ----------
    template : str
        Template of the landmarks.
    """
    found: dict[str, Callable[[Points], Points]] = {}
    for detector in DETECTORS.values():
        if detector.template == template:
            found |= {template: convert.unchanged, **detector.conversions}
    return found


def detect(
    image: Image,
    *,
    detector: str = "mesh",
    template: str = "ibug_68",
    face: int | None = None,
    where: str = "",
) -> Landmarks:
    """Return the landmarks of the face in an image.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    detector : str, optional
        Name in `DETECTORS`.
    template : str, optional
        Template of the landmarks returned.
    face : int, optional
        Which of several faces, counted from 1 in reading order.
    where : str, optional
        The image's name, for messages.

    Returns
    -------
    Landmarks
        In the frame of `image`; some may lie outside it if the face is cut off.

    Raises
    ------
    InputError
        If the detector or the conversion does not exist, there is no face, there are
        several and `face` does not say which, or there is no face of that number.
    MissingExtraError
        If the detector needs a library that is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> photo = mk.read_photo(mk.shipped_faces() / "source_faces/ada_happy.png")
    >>> mk.detect(photo.image).points.shape
    (68, 2)
    """
    entry = look_up(DETECTORS, detector, kind="detector")
    conversion = _conversion(entry.template, template)
    faces = entry.find(image)
    found = _choose(faces, face, where)
    return Landmarks(
        builtin_template(template), conversion(found.points), found.placement
    )


def _conversion(start: str, end: str) -> Callable[[Points], Points]:
    """Return the conversion from one template to another."""
    known = conversions_from(start)
    if end not in known:
        raise InputError(
            f'{start} landmarks cannot be converted to "{end}"',
            where="template",
            allowed=f"{start} converts to {', '.join(known)}",
        )
    return known[end]


def _choose(faces: Sequence[Landmarks], face: int | None, where: str) -> Landmarks:
    """Return the requested face, or the only one."""
    if not faces:
        raise InputError(
            "no face was found",
            where=where,
            remedy="crop the image so that the face fills most of it, make it "
            "brighter, try another detector, or place the landmarks by hand",
        )
    if face is None and len(faces) == 1:
        return faces[0]
    if face is not None and 1 <= face <= len(faces):
        return faces[face - 1]
    problem = f"{len(faces)} faces were found"
    if face is not None:
        problem = f"there is no face {face}, found {len(faces)}"
    listed = "".join(f"\n  {i}: {_describe_face(f)}" for i, f in enumerate(faces, 1))
    raise InputError(
        problem,
        where=where,
        allowed="faces are numbered from 1 in reading order",
        remedy="choose one with --face N (morph: --face-a, --face-b), or crop the "
        f"image to one face:{listed}",
    )


def _describe_face(face: Landmarks) -> str:
    """Describe the position and score of a face in words."""
    x0, y0, x1, y1 = np.rint(bounding_box(face.points)).astype(int)
    score = face.placement.score
    said = "" if score is None else f", score {score:.2f}"
    return f"x {x0}, y {y0}, width {x1 - x0}, height {y1 - y0}{said}"
