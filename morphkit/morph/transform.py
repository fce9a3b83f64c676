"""Transform: a face plus fractions of the difference between two prototypes."""

from collections.abc import Sequence
from dataclasses import replace

from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.geometry.align import Alignment
from morphkit.geometry.similarity import Similarity
from morphkit.morph.choices import REGIONS
from morphkit.morph.derived_face import DerivedFace, derive_face, numbered
from morphkit.morph.hidden import with_hidden_filled
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.morph.settings import MorphSettings


def transform(
    face: Face,
    source: Sequence[Face],
    target: Sequence[Face],
    *,
    shape: float = 1.0,
    colour: float = 1.0,
    texture: float = 1.0,
    region: str = "face",
    settings: MorphSettings | None = None,
) -> DerivedFace:
    """Return a face plus fractions of the difference between two prototypes.

    new = face + fraction · (mean of target - mean of source), separately for shape,
    colour and texture. The result lies in the frame of the face; the others are aligned
    to it first, so that rotation and position of the head are not part of the
    difference.

    Parameters
    ----------
    face : Face
    source, target : sequence of Face
        One or more faces each. The same object counts as one face.
    shape, colour, texture : float, optional
        Fractions of the difference; 0 adds nothing, negative values reverse it.
    region : {"face", "everywhere"}, optional
        Where colour and texture of the difference are added. With ``"face"``, hair,
        clothes and background stay those of the photograph.
    settings : MorphSettings, optional
        How faces are aligned, matched and rendered. Without an alignment, all
        photographs must have the same size.

    Returns
    -------
    DerivedFace
        `frame` is the image; `face` is the image with its landmarks, for further use.

    Raises
    ------
    InputError
        If the faces do not fit together, or the fractions are too large.

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
    >>> smile = [read("nilo_distressed")], [read("nilo_happy")]
    >>> less = MorphSettings(refine="none")
    >>> happier = transform(read("maja_distressed"), *smile, shape=0.5, settings=less)
    >>> happier.frame.shape
    (640, 640, 3)
    """
    settings = settings or MorphSettings()
    if region not in REGIONS:
        raise InputError(
            f'unknown region "{region}"', allowed=f"one of {', '.join(REGIONS)}"
        )
    known = numbered(list({id(one): one for one in (face, *source, *target)}.values()))
    names = {id(one): key for key, one in known.items()}
    known = with_hidden_filled(known)
    mixture = Mixture.of(*names[id(face)]).transformed(
        _mean([Mixture.of(*names[id(one)]) for one in source], "source"),
        _mean([Mixture.of(*names[id(one)]) for one in target], "target"),
        shape=shape,
        colour=colour,
        texture=texture,
    )
    alignment = settings.find_alignment(face.landmarks.template)
    base = known[names[id(face)]]
    moves = {key: lay_on(base, one, alignment) for key, one in known.items()}
    keep = [Ingredient(*names[id(face)])] if region == "face" else []
    made = derive_face(mixture, known, moves, face.size, settings, keep=keep)
    if not mixture.is_photograph:
        return made
    same = sorted(map(id, source)) == sorted(map(id, target))
    return replace(made, findings=(*made.findings, _no_change(same=same)))


def lay_on(face: Face, other: Face, alignment: Alignment | None) -> Similarity:
    """Return the map that aligns another face to a face.

    Raises
    ------
    InputError
        If there is no alignment and the photographs differ in size.
    """
    if other is face:
        return Similarity.identity()
    if alignment is None:
        if other.size != face.size:
            raise InputError(
                f"a photograph of {other.size[0]}×{other.size[1]} beside one of "
                f"{face.size[0]}×{face.size[1]}",
                where=other.name,
                remedy="lay the faces upon each other with an alignment",
            )
        return Similarity.identity()
    points = alignment.points_of
    return alignment.fit(points(other.landmarks), points(face.landmarks))


def _mean(faces: Sequence[Mixture], what: str) -> Mixture:
    """Return the mean of faces, or the face itself if there is only one."""
    if not faces:
        raise InputError(f"no face is the {what} of the difference")
    return faces[0] if len(faces) == 1 else Mixture.mean(faces)


def _no_change(*, same: bool) -> Finding:
    """Return the note that a transform changes nothing."""
    why = "the difference is between a face and itself" if same else "fractions are 0"
    return Finding("no-change", "note", f"nothing changes: {why}")
