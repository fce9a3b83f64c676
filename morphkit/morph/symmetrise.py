"""Symmetrise: a face half way to its mirror image."""

from morphkit.faces.face import Face
from morphkit.geometry.align import to_common_frame
from morphkit.morph.derived_face import DerivedFace, derive_face, numbered
from morphkit.morph.mixture import Mixture
from morphkit.morph.settings import MorphSettings


def symmetrise(
    face: Face,
    *,
    shape: float = 1.0,
    colour: float = 1.0,
    texture: float = 1.0,
    size: tuple[int, int] | None = None,
    settings: MorphSettings | None = None,
) -> DerivedFace:
    """Return a face half way to its mirror image.

    Aligned, its middle is put upright into the middle of the frame; without alignment
    the mirror stands in the middle of the photograph as it is.

    Parameters
    ----------
    face : Face
        Its template needs mirror partners.
    shape, colour, texture : float, optional
        1 is symmetric, 0 as it was, negative exaggerates what is not symmetric.
    size : (int, int), optional
        Width and height, pixels; that of the photograph if not given.
    settings : MorphSettings, optional
        How the face and its mirror image are aligned, matched and rendered.

    Returns
    -------
    DerivedFace
        `frame` is the picture, `face` the same with its landmarks, to go on from.

    Raises
    ------
    InputError
        If the template has no mirror partners.

    Examples
    --------
    >>> from morphkit.faces.formats import read_landmarks
    >>> from morphkit.faces.images import read_image
    >>> from morphkit.pipeline.demo import shipped_faces
    >>> ada = Face(
    ...     read_image(shipped_faces() / "source_faces" / "ada_happy.png"),
    ...     read_landmarks(shipped_faces() / "landmarks" / "ada_happy.json"),
    ... )
    >>> even = symmetrise(ada, size=(96, 96)).frame.astype(int)
    >>> bool(abs(even - even[:, ::-1]).mean() < 0.5)
    True
    """
    settings = settings or MorphSettings()
    known = numbered([face])
    (key,) = known
    mixture = Mixture.of(*key).symmetrised(shape=shape, colour=colour, texture=texture)
    moves, size = to_common_frame(
        (face, face.mirrored()),
        alignment=settings.find_alignment(face.landmarks.template),
        size=size or face.size,
    )
    return derive_face(mixture, known, {key: moves[0]}, size, settings)
