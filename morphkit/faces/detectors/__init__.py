"""Faces found in images, and their landmarks.

A detector is a module with ``find(image) -> tuple[Landmarks, ...]``, named in
`DETECTORS`. It finds every face and returns them in reading order, in its own template;
`detect` chooses one face and converts it to the requested template. Wherever a detector
is named, the file of one that a lab trained (`trained`) may be named instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from morphkit._core.arrays import Image, Points
from morphkit._core.registry import Table, look_up
from morphkit.errors import InputError
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors import convert, dlib_68, mesh
from morphkit.faces.detectors.choice import choose_face
from morphkit.faces.detectors.trained.detector import read_detector
from morphkit.faces.detectors.trained.model_file import SUFFIX, is_model_file
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

#: Template of landmarks where nothing says which: of photographs without any.
DEFAULT_TEMPLATE = "ibug_68"


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
    own_template : Template, optional
        Definition of `template`, of a detector that brings it; landmarks of others are
        of built-in templates.
    look : callable, optional
        As `find`, but returns also, apart, the landmarks of places that may be faces:
        where there are any, which face is meant has to be said.
    """

    find: Callable[[Image], tuple[Landmarks, ...]]
    template: str
    any_angle: bool
    description: str
    licence: str
    conversions: Mapping[str, Callable[[Points], Points]] = field(default_factory=dict)
    own_template: Template | None = None
    look: (
        Callable[[Image], tuple[tuple[Landmarks, ...], tuple[Landmarks, ...]]] | None
    ) = None

    def way_to(self, template: str) -> Callable[[Points], Points]:
        """Return what turns its landmarks into those of a template.

        Raises
        ------
        InputError
            If nothing leads there.
        """
        own = {self.template: convert.unchanged} if self.own_template else {}
        known = conversions_from(self.template) | own
        if template in known:
            return known[template]
        raise InputError(
            f'{self.template} landmarks cannot be converted to "{template}"',
            where="template",
            allowed=f"{self.template} converts to {', '.join(known)}",
            remedy="give every photograph a landmark file of this template, carried "
            "over from another photograph of the face (morphkit landmarks propagate) "
            "or placed in the studio; or train a detector of your own; or take away "
            "the files of this template: without one a face is detected",
        )

    def defines(self, template: str) -> Template:
        """Return the definition of a template that it places."""
        if self.own_template is not None and template == self.template:
            return self.own_template
        return builtin_template(template)


DETECTORS = Table(
    "detectors",
    Detector,
    {
        "mesh": Detector(
            find=mesh.find,
            look=mesh.look,
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


def find_detector(name: str | Path) -> Detector:
    """Return a detector by its name, or the trained one in a file.

    Parameters
    ----------
    name : str or Path
        Name in `DETECTORS`, or a path: anything that ends in ``.npz``.

    Raises
    ------
    InputError
        If there is none, or the file is not a trained detector.
    PlugInError
        If it is a plug-in's and cannot be loaded.
    """
    if not is_model_file(name):
        try:
            return look_up(DETECTORS, str(name), kind="detector")
        except InputError as error:
            allowed = f"{error.allowed}; or the file of a trained one, NAME{SUFFIX}"
            raise InputError(
                error.problem, allowed=allowed, remedy=error.remedy
            ) from None
    trained = read_detector(Path(name))
    return Detector(
        find=trained.find,
        template=trained.model.template.name,
        any_angle=True,
        description="a detector that was trained with morphkit landmarks train",
        licence="that of the faces that it was trained on",
        own_template=trained.model.template,
    )


def recorded_name(name: str | Path) -> str:
    """Return the name of a detector as placements record it, without its folder.

    Raises
    ------
    InputError
        If it is a file that cannot be read.
    """
    return read_detector(Path(name)).name if is_model_file(name) else str(name)


def template_of_detector(name: str | Path) -> Template:
    """Return what a detector places where nothing else is asked for.

    Raises
    ------
    InputError
        If it is a file that cannot be read.
    """
    own = find_detector(name).own_template if is_model_file(name) else None
    return own or builtin_template(DEFAULT_TEMPLATE)


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
    detector: str | Path = "mesh",
    template: str | None = None,
    face: FaceChoice = None,
    where: str = "",
) -> Landmarks:
    """Return the landmarks of the face in an image.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    detector : str or Path, optional
        Name in `DETECTORS`, or the file of a trained one.
    template : str, optional
        Template of the landmarks returned; by default ``ibug_68``, or what a trained
        detector places.
    face : int or "largest", optional
        Which of several faces, counted from 1 in reading order; places that may be
        faces are counted after those that are.
    where : str, optional
        The image's name, for messages.

    Returns
    -------
    Landmarks
        In the frame of `image`; some may lie outside it if the face is cut off. Of
        several faces, their placement says which was taken.

    Raises
    ------
    InputError
        If the detector or the conversion does not exist, there is no face, there are
        several and `face` does not say which, there is no face of that number, or it is
        not clear which is the largest.
    MissingExtraError
        If the detector needs a library that is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> photo = mk.read_photo(mk.shipped_faces() / "source_faces/maja_happy.png")
    >>> mk.detect(photo.image).points.shape
    (68, 2)
    """
    entry = find_detector(detector)
    if template is None:
        template = entry.template if entry.own_template else DEFAULT_TEMPLATE
    way = entry.way_to(template)
    faces, maybe = entry.look(image) if entry.look else (entry.find(image), ())
    found = choose_face(faces, maybe, face, where)
    return Landmarks(entry.defines(template), way(found.points), found.placement)
