"""Prototype: the mean of faces in shape and colour."""

from collections.abc import Sequence

from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.geometry.align import share_in, to_common_frame
from morphkit.morph.derived_face import DerivedFace, derive_face, numbered
from morphkit.morph.hidden import with_hidden_filled
from morphkit.morph.mixture import Mixture
from morphkit.morph.settings import MorphSettings


def prototype(
    faces: Sequence[Face],
    *,
    frame: str = "faces",
    size: tuple[int, int] | None = None,
    settings: MorphSettings | None = None,
) -> DerivedFace:
    """Return the mean of faces in shape and colour, with detail as strong as theirs.

    Parameters
    ----------
    faces : sequence of Face
        2 to 256, all of one template.
    frame : {"faces", "photos"}, optional
        Where the frame lies: around the faces, with the mean face in its middle and
        what some photograph does not show hidden by background; or where it shows on
        average what the photographs show. Without alignment it is theirs.
    size : (int, int), optional
        Width and height, pixels. By default that of the photographs if they have one
        size; around the faces else 512 × 512, or less where they are small.
    settings : MorphSettings, optional
        How faces are aligned, matched and rendered.

    Returns
    -------
    DerivedFace
        `frame` is the image; `face` is the image with its landmarks, for further use.

    Raises
    ------
    InputError
        If the faces do not fit together.

    Examples
    --------
    >>> from morphkit.faces.formats import read_landmarks
    >>> from morphkit.faces.images import read_image
    >>> from morphkit.pipeline.demo import shipped_faces
    >>> def read(name):
    ...     return Face(
    ...         read_image(shipped_faces() / "source_faces" / f"{name}.png"),
    ...         read_landmarks(shipped_faces() / "landmarks" / f"{name}.json"),
    ...     )
    >>> mean = prototype([read("maja_happy"), read("nilo_happy")], size=(96, 96))
    >>> mean.frame.shape, mean.frame.dtype
    ((96, 96, 3), dtype('uint8'))
    """
    if not faces:
        raise InputError("a prototype of 0 faces", allowed="at least 2")
    settings = settings or MorphSettings()
    known = with_hidden_filled(numbered(faces))
    mixture = Mixture.mean([Mixture.of(*key) for key in known])
    alignment = settings.find_alignment(faces[0].landmarks.template)
    share = share_in(frame, alignment)
    moves, size = to_common_frame(
        list(known.values()), alignment=alignment, size=size, share=share
    )
    placed = dict(zip(known, moves, strict=True))
    return derive_face(mixture, known, placed, size, settings, hide=share is not None)
