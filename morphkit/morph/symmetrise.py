"""Symmetrise: a face halfway to its mirror image."""

from morphkit.faces.face import Face
from morphkit.geometry.align import share_in, to_common_frame
from morphkit.morph.derived_face import DerivedFace, derive_face, numbered
from morphkit.morph.hidden import with_hidden_filled
from morphkit.morph.mixture import Mixture
from morphkit.morph.settings import MorphSettings


def symmetrise(
    face: Face,
    *,
    shape: float = 1.0,
    colour: float = 1.0,
    texture: float = 1.0,
    frame: str = "faces",
    size: tuple[int, int] | None = None,
    settings: MorphSettings | None = None,
) -> DerivedFace:
    """Return a face halfway to its mirror image.

    With an alignment, the midline of the face is placed upright in the centre of the
    frame; without one, the face is mirrored about the centre of the photograph.

    Parameters
    ----------
    face : Face
        Its template needs mirror partners.
    shape, colour, texture : float, optional
        1 is symmetric, 0 unchanged; negative values increase the asymmetry.
    frame : {"faces", "photos"}, optional
        Where the frame lies: around the face and its mirror image, with room for the
        crown, and what either does not show hidden by background; or where the
        photograph shows them. Without alignment it is the photograph's.
    size : (int, int), optional
        Width and height, pixels; that of the photograph if not given.
    settings : MorphSettings, optional
        How the face and its mirror image are aligned, matched and rendered.

    Returns
    -------
    DerivedFace
        `frame` is the image; `face` is the image with its landmarks, for further use.

    Raises
    ------
    InputError
        If the template has no mirror partners.

    Examples
    --------
    >>> from morphkit.faces.formats import read_landmarks
    >>> from morphkit.faces.images import read_image
    >>> from morphkit.pipeline.demo import shipped_faces
    >>> maja = Face(
    ...     read_image(shipped_faces() / "source_faces" / "maja_happy.png"),
    ...     read_landmarks(shipped_faces() / "landmarks" / "maja_happy.json"),
    ... )
    >>> even = symmetrise(maja, size=(96, 96)).frame.astype(int)
    >>> bool(abs(even - even[:, ::-1]).mean() < 0.5)
    True
    """
    settings = settings or MorphSettings()
    ((key, _),) = numbered([face]).items()
    # What one side hides, the other one shows.
    both = {key: face, (key[0], "mirrored"): face.mirrored()}
    known = {key: with_hidden_filled(both)[key]}
    face = known[key]
    mixture = Mixture.of(*key).symmetrised(shape=shape, colour=colour, texture=texture)
    alignment = settings.find_alignment(face.landmarks.template)
    share = share_in(frame, alignment)
    moves, size = to_common_frame(
        (face, face.mirrored()),
        alignment=alignment,
        size=size or face.size,
        share=share,
    )
    return derive_face(
        mixture, known, {key: moves[0]}, size, settings, hide=share is not None
    )
