"""Settings of morphing, by the names that a recipe gives them.

Small frozen values. What a name stands for is looked up where it is used, so that an
entry of a table is known here as soon as it is in its table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from morphkit._core.registry import look_up
from morphkit.faces.template import Template
from morphkit.geometry.align import ALIGNMENTS, Alignment, alignment_for
from morphkit.geometry.correspondence import SPACING
from morphkit.geometry.correspondence.refinements import REFINEMENTS, Refinement
from morphkit.geometry.outline import OUTLINES, Outline
from morphkit.geometry.warp import WARPS, Warp

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Rendering:
    """How pixels are made from a correspondence.

    Parameters
    ----------
    sampling : {"bicubic", "bilinear"}, optional
        How photographs are interpolated.
    blend : str, optional
        Name in `morphkit.morph.blend.BLENDS`.
    detail : {"plain", "level"}, optional
        ``"level"`` makes up for the fine structure that blending averages away;
        ``"plain"`` does not.
    """

    sampling: str = "bicubic"
    blend: str = "linear"
    detail: str = "plain"


@dataclass(frozen=True)
class MorphSettings:
    """How faces are aligned, matched and rendered; ``[align]`` and ``[morph]``.

    Parameters
    ----------
    align : str, optional
        How faces are laid upon each other: a name in `ALIGNMENTS`; ``"none"`` takes
        them as they lie; ``"auto"`` is ``"two_point"`` where the template knows the
        eyes, else ``"procrustes"``.
    warp : str, optional
        Name in `WARPS`.
    refine : str, optional
        How faces are matched beyond their landmarks: a name in `REFINEMENTS`;
        ``"none"`` matches landmarks alone; ``"auto"`` is ``"flow"`` for photographs of
        one face, ``"wide-flow"`` for those of several and for mirror images.
    outline : str, optional
        How the outline of the head is found: a name in `OUTLINES`, or ``"none"``.
    blend : str, optional
        Name in `morphkit.morph.blend.BLENDS`.
    detail : {"level", "plain"}, optional
        Whether the fine structure that blending averages away is made up for.
    sampling : {"bicubic", "bilinear"}, optional
        How photographs are interpolated.
    spacing : int, optional
        Pixels between the nodes of the mesh.
    """

    align: str = "auto"
    warp: str = "tps"
    refine: str = "auto"
    outline: str = "none"
    blend: str = "linear"
    detail: str = "level"
    sampling: str = "bicubic"
    spacing: int = SPACING

    @property
    def rendering(self) -> Rendering:
        """How pixels are made."""
        return Rendering(self.sampling, self.blend, self.detail)

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
            Whether the photographs are of several faces, or mirror images: what
            ``"auto"`` depends on.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        auto = "wide-flow" if wide else "flow"
        name = auto if self.refine == "auto" else self.refine
        return _look_up(REFINEMENTS, name, kind="refinement")

    def find_outline(self) -> Outline | None:
        """Return what finds the outline of the head; None for ``"none"``.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        return _look_up(OUTLINES, self.outline, kind="outline")


def _look_up(table: Mapping[str, Entry], name: str, *, kind: str) -> Entry | None:
    """Return the entry of a name; None for ``"none"``."""
    known: dict[str, Entry | None] = {**table, "none": None}
    return look_up(known, name, kind=kind)
