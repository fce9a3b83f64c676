"""A face made from others: what `prototype`, `transform` and `symmetrise` share.

Each verb expresses the face as a `Mixture` of photographs. The mixture is rendered in
one go: there are no intermediate images, and every photograph is resampled once.

Conventions
-----------
Shares are fractions of 1, never percentages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from morphkit._core.arrays import Frame, Image, Points
from morphkit._core.finding import Finding
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.geometry.similarity import Similarity
from morphkit.morph.clipping import find_clipping_in
from morphkit.morph.correspondence import Key, correspond_mixtures, face_of, move_of
from morphkit.morph.frame import prepare_sources, render_mixed
from morphkit.morph.integer_weights import integer_shares
from morphkit.morph.masks import fade
from morphkit.morph.masks.shown import shown_mask
from morphkit.morph.mixture import COLUMNS, Ingredient, Mixture
from morphkit.morph.settings import FinishSettings, MorphSettings
from morphkit.morph.shut_lids import eyes_that_shut, with_lids_over
from morphkit.morph.unfold import find_fold
from morphkit.pixels.spec import WHITE


@dataclass(frozen=True, eq=False)
class DerivedFace:
    """A face that was made from others.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3), dtype uint8
        sRGB code values.
    landmarks : Landmarks
        Its landmarks, in the template of its sources, not rounded.
    mixture : Mixture
        The source faces and their shares.
    correspondence : Correspondence
        The frozen mesh; its ends are the ingredients of the mixture, in order.
    photos : tuple of ndarray
        The photographs, in the same order, mirrored where the mixture says so, with
        lids over eyes that a difference shuts.
    findings : tuple of Finding
    """

    frame: Frame
    landmarks: Landmarks
    mixture: Mixture
    correspondence: Correspondence
    photos: tuple[Image, ...]
    findings: tuple[Finding, ...]

    @property
    def face(self) -> Face:
        """The result as a face, from which others can be made."""
        return Face(self.frame, self.landmarks)


def derive_face(
    mixture: Mixture,
    faces: Mapping[Key, Face],
    moves: Mapping[Key, Similarity],
    size: tuple[int, int],
    settings: MorphSettings,
    *,
    keep: Sequence[Ingredient] = (),
    hide: bool = False,
) -> DerivedFace:
    """Return the face that a mixture describes.

    Parameters
    ----------
    mixture : Mixture
    faces : mapping of (str, str) to Face
        Every source face of the mixture.
    moves : mapping of (str, str) to Similarity
        From each photograph to the frame.
    size : (int, int)
        Width and height of the frame, pixels.
    settings : MorphSettings
    keep : sequence of Ingredient, optional
        Faces whose surroundings are kept: outside the face, only they are shown.
    hide : bool, optional
        Whether what some photograph does not show is hidden by background.

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    matched = correspond_mixtures(
        [mixture], faces, moves, size=size, settings=settings, keep=keep
    )
    mesh = matched.correspondence
    used = [face_of(one, faces) for one in mixture.ingredients]
    placing = [move_of(one, faces, moves, size) for one in mixture.ingredients]
    shut = eyes_that_shut(mixture, [face.landmarks for face in used], placing)
    photos = tuple(with_lids_over(face, shut) for face in used)
    shares = {what: list(mixture.column(what).values()) for what in COLUMNS}
    frame = render_mixed(
        mesh,
        prepare_sources(mesh, photos, settings.rendering),
        [integer_shares(shares[what], what=what) for what in COLUMNS],
        settings.rendering,
    )
    placed = [
        move(face.landmarks.points) for move, face in zip(placing, used, strict=True)
    ]
    landmarks = Landmarks(
        used[0].landmarks.template,
        _mean_of(placed, shares["shape"]),
        Placement("render"),
    )
    findings = tuple(f for f in matched.findings if f.code != "fold")
    findings += find_fold(mesh, mixture)
    photo_sizes = [face.size for face in used]
    look = FinishSettings()
    mask = (
        shown_mask(mesh, placing, photo_sizes, feather=look.feather) if hide else None
    )
    if mask is not None:
        cover = mask.cover(size)
        red, green, blue = bytes.fromhex(look.background.removeprefix("#"))
        frame = np.asarray(fade(frame, cover, (red, green, blue)), np.uint8)
        findings += (_hidden(1 - float(cover.mean()) / WHITE),)
    findings += find_clipping_in(frame, landmarks.points)
    return DerivedFace(frame, landmarks, mixture, mesh, photos, findings)


def _hidden(share: float) -> Finding:
    """Return the note on what some photograph does not show."""
    return Finding(
        "outside-photo",
        "note",
        f"{share:.1%} of the image is not shown by every photograph and is hidden by "
        "background; photographs with more around the face avoid that",
        value=share,
    )


def numbered(faces: Sequence[Face]) -> dict[Key, Face]:
    """Return faces under unique names, in order; the names sort like numbers."""
    return {
        (f"face_{k:03d}", "photograph"): face for k, face in enumerate(faces, start=1)
    }


def _mean_of(points: Sequence[Points], shares: Sequence[float]) -> Points:
    """Return the landmarks of a mixture: positions weighted by shares in shape."""
    return np.asarray(
        sum(share * place for share, place in zip(shares, points, strict=True))
    )
