"""Settings of morphing, under the names that recipes use.

Small frozen values. Names are looked up where they are used, so that an entry is
available as soon as it is in its table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.faces.template import Template
from morphkit.geometry.align import ALIGNMENTS, Alignment, alignment_for
from morphkit.geometry.choices import OUTLINE, REFINEMENT, wider
from morphkit.geometry.correspondence import SPACING, refinements
from morphkit.geometry.correspondence.refinements import Refinement
from morphkit.geometry.outline import OUTLINES, USUAL, Outline
from morphkit.geometry.warp import WARPS, Warp
from morphkit.morph.masks import MASKS
from morphkit.morph.normalise import MATCHINGS, Matching

Entry = TypeVar("Entry")


def _look_up(
    table: Mapping[str, Entry], name: str, *, kind: str, also: tuple[str, ...] = ()
) -> Entry | None:
    """Return the entry with a name; None for ``"none"``."""
    if name == "none":
        return None
    return look_up(table, name, kind=kind, also=(*also, "none"))


@dataclass(frozen=True)
class Rendering:
    """How frames are rendered from a correspondence.

    Parameters
    ----------
    sampling : {"bicubic", "bilinear"}, optional
        How photographs are interpolated.
    blend : str, optional
        Name in `morphkit.morph.blend.BLENDS`.
    detail : {"plain", "level"}, optional
        ``"level"`` restores the fine detail that blending averages away; ``"plain"``
        does not.
    difference : {"ratio", "sum"}, optional
        How the difference between two faces is added to the colours of a third, as in
        a transform: ``"ratio"`` in proportion to the light that is there, ``"sum"`` as
        so much light. Between photographs alone nothing is added.
    """

    sampling: str = "bicubic"
    blend: str = "linear"
    detail: str = "plain"
    difference: str = "ratio"


@dataclass(frozen=True)
class MorphSettings:
    """How faces are aligned, matched and rendered; ``[align]`` and ``[morph]``.

    Parameters
    ----------
    align : str, optional
        How faces are aligned: a name in `ALIGNMENTS`; ``"none"`` leaves them where
        they are; ``"auto"`` is ``"two_point"`` if the template defines eyes, otherwise
        ``"procrustes"``.
    warp : str, optional
        Name in `WARPS`.
    refine : str, optional
        How faces are matched beyond their landmarks: a name in the table of
        refinements. For several people and for mirror images it is the one that begins
        wider, where the table has one. ``"none"`` matches landmarks only.
    outline : str, optional
        How the outline of the head is found: a name in `OUTLINES`, or ``"none"``.
        ``"auto"`` finds it for means of several people alone, and uses it where it is
        clear in every photograph and the heads are alike.
    blend : str, optional
        Name in `morphkit.morph.blend.BLENDS`.
    detail : {"level", "plain"}, optional
        Whether the fine detail that blending averages away is restored.
    sampling : {"bicubic", "bilinear"}, optional
        How photographs are interpolated.
    difference : {"ratio", "sum"}, optional
        How the difference between two faces is added to the colours of a third:
        ``"ratio"`` in proportion to the light that is there, so that it suits every
        skin; ``"sum"`` as so much light, as older tools do.
    spacing : int, optional
        Pixels between the nodes of the mesh.
    """

    align: str = "auto"
    warp: str = "tps"
    refine: str = REFINEMENT
    outline: str = OUTLINE
    blend: str = "linear"
    detail: str = "level"
    sampling: str = "bicubic"
    difference: str = "ratio"
    spacing: int = SPACING

    @property
    def rendering(self) -> Rendering:
        """How frames are rendered."""
        return Rendering(self.sampling, self.blend, self.detail, self.difference)

    def find_alignment(self, template: Template) -> Alignment | None:
        """Return the alignment for faces of a template; None for ``"none"``.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        name = alignment_for(template) if self.align == "auto" else self.align
        return _look_up(ALIGNMENTS, name, kind="alignment")

    def find_warp(self) -> Warp:
        """Return the warp.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        return look_up(WARPS, self.warp, kind="warp")

    def find_refinement(self, *, wide: bool) -> Refinement | None:
        """Return the refinement; None for ``"none"``.

        Parameters
        ----------
        wide : bool
            Whether the photographs show several people or include mirror images.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        name = wider(self.refine) if wide else self.refine
        return _look_up(refinements.REFINEMENTS, name, kind="refinement")

    def find_outline(self, *, means: bool) -> Outline | None:
        """Return the method that finds the outline of the head, if any is to.

        Parameters
        ----------
        means : bool
            Whether means of several people are shown.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        usual = USUAL if means else "none"
        name = usual if self.outline == OUTLINE else self.outline
        return _look_up(OUTLINES, name, kind="outline", also=(OUTLINE,))


@dataclass(frozen=True)
class MatchSettings:
    """Which low-level properties are matched over a set; ``[match]``.

    Parameters
    ----------
    method : str, optional
        Name in `morphkit.morph.normalise.MATCHINGS`, or ``"none"``.
    over : {"sources", "frames"}, optional
        Whether photographs are changed before morphing, or frames after it; defaults
        to the first of these that the method supports.
    within : {"set", "identity"}, optional
        Whether statistics are taken over all continua of the set, or separately for
        each identity.
    rescale : {0, 1, 2}, optional
        How images with matched spectra are rescaled between black and white (SHINE).

    Raises
    ------
    InputError
        If there is no such method, or it does not support `over`.
    """

    method: str = "none"
    over: str = ""
    within: str = "set"
    rescale: int = 1

    def __post_init__(self) -> None:
        entry = self.entry
        over = self.over or (entry.over[0] if entry else "")
        object.__setattr__(self, "over", over)
        if entry and over not in entry.over:
            raise InputError(
                f"{self.method} cannot be matched over {over}",
                where="over",
                allowed=", ".join(entry.over),
            )

    @property
    def entry(self) -> Matching | None:
        """The method; None for ``"none"``."""
        return _look_up(MATCHINGS, self.method, kind="match")

    def group_of(self, identity: str) -> str:
        """Return the name of the group within which an identity is matched."""
        return identity if self.within == "identity" else "set"


@dataclass(frozen=True)
class FinishSettings:
    """What happens to frames after rendering; ``[frame]``, ``[match]``, mask.

    Parameters
    ----------
    grey : bool, optional
        Whether colour is removed.
    match : MatchSettings, optional
    mask : str, optional
        Name in `morphkit.morph.masks.MASKS`; ``"none"`` hides nothing.
    feather : float, optional
        Width of the fading edge of the mask as a fraction of its width.
    background : str, optional
        Colour of masked and padded pixels: ``"#rrggbb"``, or ``"mean"`` for the mean
        luminance of the faces at both ends.
    crop : {"none", "mask"} or four int, optional
        Pixels cut off at the left, top, right and bottom; ``"mask"`` keeps what the
        masks of the set show.
    pad : four int, optional
        Pixels added at the left, top, right and bottom.
    bit_depth : {8, 16}, optional
        Bits of every sample of the images.

    Raises
    ------
    InputError
        If a name is unknown, the background is not a colour, or two settings conflict.
    """

    grey: bool = False
    match: MatchSettings = MatchSettings()
    mask: str = "none"
    feather: float = 0.04
    background: str = "#808080"
    crop: str | tuple[int, int, int, int] = "none"
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    bit_depth: int = 8

    def __post_init__(self) -> None:
        _look_up(MASKS, self.mask, kind="mask")
        if self.crop == "mask" and self.mask == "none":
            raise InputError('crop is "mask", but mask is "none"')
        if self.match.entry and self.match.entry.grey and not self.grey:
            raise InputError(
                f"the match {self.match.method} is defined on grey images",
                remedy="set grey=True",
            )
        if self.bit_depth not in (8, 16):
            raise InputError(f"a bit depth of {self.bit_depth}", allowed="8 or 16")
        if self.bit_depth == 16 and self.match.entry and self.match.over == "frames":
            raise InputError(
                "matched frames have 8 bits, but the bit depth is 16",
                remedy='match over "sources", or choose a bit depth of 8',
            )
        if not re.fullmatch("mean|#[0-9a-fA-F]{6}", self.background):
            raise InputError(
                f'the background "{self.background}" is not a colour',
                allowed='six digits such as "#808080", or "mean"',
            )

    @property
    def needs_set(self) -> bool:
        """Whether an image depends on the other images of the set."""
        return self.match.method != "none" or self.background == "mean"
