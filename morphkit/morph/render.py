"""From a frozen correspondence to frames: the half that repeats bit for bit.

Nothing here may depend on the machine. Levels become integer weights, nodes move
along straight lines in integers, and `morphkit.pixels` does the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.geometry.align import ALIGNMENTS, Alignment, align_set, fill_frame
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.geometry.correspondence.refinements import REFINEMENTS, Refinement
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS, Warp
from morphkit.morph.blend import BLENDS
from morphkit.morph.continuum import Continuum
from morphkit.morph.integer_weights import StepShares, integer_weights, step_shares
from morphkit.morph.trajectory import Trajectory
from morphkit.pixels import Source, blend_nodes, cover_of, render, render_samples
from morphkit.pixels.spec import WHITE, code_table, decode_table
from morphkit.pixels.texture import render_textured, render_textured_samples

Codes = npt.NDArray[np.float64]
Pixels = TypeVar("Pixels", bound=npt.NDArray[Any])

__all__ = [
    "Rendering",
    "continuum",
    "integer_weights",
    "prepare_sources",
    "render_codes",
    "render_frame",
    "render_frames",
    "render_light",
    "render_mixed",
    "render_steps",
    "to_common_frame",
]


@dataclass(frozen=True)
class Rendering:
    """How pixels are made from a correspondence.

    Parameters
    ----------
    sampling : str
        ``"bicubic"`` or ``"bilinear"``.
    blend : str
        Name in `morphkit.morph.blend.BLENDS`.
    detail : str
        ``"level"`` makes up for the fine structure that blending averages away;
        ``"plain"`` does not.
    """

    sampling: str = "bicubic"
    blend: str = "linear"
    detail: str = "plain"


def prepare_sources(
    correspondence: Correspondence,
    photos: Sequence[Image],
    rendering: Rendering | None = None,
) -> tuple[Source, ...]:
    """Return the photographs made ready for rendering many frames.

    Raises
    ------
    InputError
        If there is not one photograph for every endpoint.
    """
    if len(photos) != correspondence.n_ends:
        raise InputError(
            f"{len(photos)} photographs for {correspondence.n_ends} endpoints"
        )
    blend = look_up(BLENDS, (rendering or Rendering()).blend, kind="blend")
    return tuple(
        Source(
            photo,
            taps=tuple(correspondence.taps[k].tolist()),
            scale=blend.scale,
            cover=cover_of(
                correspondence.insides[k],
                (photo.shape[1], photo.shape[0]),
                correspondence.feathers[k].tolist(),
            ),
        )
        for k, photo in enumerate(photos)
    )


def render_frame(
    correspondence: Correspondence,
    sources: Sequence[Source],
    level: float,
    rendering: Rendering | None = None,
) -> Frame:
    """Return the frame of a continuum between two photographs at one level.

    Parameters
    ----------
    correspondence : Correspondence
        Of two photographs.
    sources : sequence of Source
        From `prepare_sources`.
    level : float
        0 first endpoint, 1 second, outside is caricature.
    rendering : Rendering, optional
        The default is bicubic.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8
    """
    weights = integer_weights(level)
    return render_mixed(correspondence, sources, (weights,) * 3, rendering)


def render_mixed(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None = None,
) -> Frame:
    """Return the picture of a mixture of photographs.

    Parameters
    ----------
    correspondence : Correspondence
    sources : sequence of Source
        From `prepare_sources`.
    shares : sequence of three sequences of int
        Shares of every photograph in shape, colour and texture, in units of 1/16384;
        see `morphkit.morph.integer_weights`.
    rendering : Rendering, optional
        The default is bicubic. With ``detail="plain"`` shares in texture are not used.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8
    """
    return _mixed(correspondence, sources, shares, rendering, render, render_textured)


def render_light(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None = None,
) -> npt.NDArray[np.int16]:
    """Return the picture of a mixture as linear light, before it is rounded to 8 bits.

    Parameters
    ----------
    correspondence, sources, shares, rendering
        As for `render_mixed`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype int16
        0 to 32767. `morphkit.pixels.spec.encode_table` of it is what `render_mixed`
        returns, where samples are light.
    """
    samples = _mixed(
        correspondence,
        sources,
        shares,
        rendering,
        render_samples,
        render_textured_samples,
    )
    if sources[0].scale == "light":
        return samples
    codes = (2 * 65535 * samples.astype(np.int64) + WHITE) // (2 * WHITE)
    return np.asarray(decode_table("uint16")[codes])


def render_codes(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None = None,
) -> Codes:
    """Return the picture of a mixture before it is rounded to 8 bits, for measuring.

    Parameters
    ----------
    correspondence, sources, shares, rendering
        As for `render_mixed`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype float64
        sRGB code values from 0 to 1, in steps of 1/32767 of linear light. Times 255
        and rounded they are those of `render_mixed`, but for ties.
    """
    samples = _mixed(
        correspondence,
        sources,
        shares,
        rendering,
        render_samples,
        render_textured_samples,
    )
    return np.asarray(code_table(sources[0].scale)[samples])


def _mixed(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None,
    plain: Callable[..., Pixels],
    textured: Callable[..., Pixels],
) -> Pixels:
    """Return a mixture made by one of two functions of the pixel specification."""
    rendering = rendering or Rendering()
    shape, colour, texture = shares
    frame_nodes = blend_nodes(list(correspondence.frame_nodes), shape)
    scene = (
        sources,
        list(correspondence.photo_nodes),
        frame_nodes,
        correspondence.triangles,
        colour,
    )
    size, sampling = correspondence.size, rendering.sampling
    by_pairs = not correspondence.mixed and _level_by_pairs(colour, texture)
    if rendering.detail == "level" and not by_pairs:
        return textured(*scene, texture, size=size, sampling=sampling)
    return plain(
        *scene,
        size=size,
        sampling=sampling,
        detail=rendering.detail,
        shaded=correspondence.shaded,
    )


def _level_by_pairs(colour: Sequence[int], texture: Sequence[int]) -> bool:
    """Return whether a frame is of one or two photographs, with texture like colour."""
    return tuple(colour) == tuple(texture) and sum(map(bool, colour)) <= 2


def render_frames(
    correspondence: Correspondence,
    photos: Sequence[Image],
    trajectory: Trajectory,
    rendering: Rendering | None = None,
) -> Iterator[Frame]:
    """Yield the frame of every step of a trajectory, one after the other."""
    yield from render_steps(correspondence, photos, step_shares(trajectory), rendering)


def render_steps(
    correspondence: Correspondence,
    photos: Sequence[Image],
    shares: StepShares,
    rendering: Rendering | None = None,
) -> Iterator[Frame]:
    """Yield the frame of every step, one after the other.

    Parameters
    ----------
    correspondence : Correspondence
    photos : sequence of ndarray, shape (H, W, 3)
    shares : StepShares
        Of every photograph at every step.
    rendering : Rendering, optional
        The default is bicubic.
    """
    sources = prepare_sources(correspondence, photos, rendering)
    for step in range(shares.n_steps):
        yield render_mixed(correspondence, sources, shares.rows(step), rendering)


def to_common_frame(
    faces: Sequence[Face], *, alignment: Alignment | None, size: tuple[int, int] | None
) -> tuple[list[Similarity], tuple[int, int]]:
    """Return the map of each face to the common frame, and the size of the frame.

    Parameters
    ----------
    faces : sequence of Face
        All of one template.
    alignment : Alignment or None
        None keeps the frame of the photographs.
    size : (int, int) or None
        Width and height of the frame; None takes the size of the photographs, which
        is the only one possible without alignment.

    Raises
    ------
    InputError
        If the photographs differ in size where their size is to be kept, or another
        size is asked for without alignment.
    """
    sizes = sorted({face.size for face in faces})
    if size is None or alignment is None:
        if len(sizes) > 1:
            raise InputError(
                "the photographs differ in size: "
                + ", ".join(f"{w}×{h}" for w, h in sizes),
                remedy="align them to a frame of a stated width and height",
            )
        if size not in (None, sizes[0]):
            raise InputError(
                f"a frame of {size[0]}×{size[1]} for photographs of "
                f"{sizes[0][0]}×{sizes[0][1]} without alignment",
                remedy="choose an alignment, or leave the size out",
            )
        size = sizes[0]
    if alignment is None:
        return [Similarity.identity() for _ in faces], size
    moves = align_set(
        [face.landmarks for face in faces],
        [face.size for face in faces],
        alignment=alignment,
        size=size,
    )
    return fill_frame(moves, [face.size for face in faces], size), size


def continuum(
    first: Face,
    second: Face,
    trajectory: Trajectory,
    *,
    alignment: Alignment | None = ALIGNMENTS["procrustes"],
    warp: Warp = WARPS["tps"],
    refinement: Refinement | None = REFINEMENTS["flow"],
    size: tuple[int, int] | None = None,
    rendering: Rendering | None = None,
    via: Face | None = None,
) -> Continuum:
    """Return the continuum between two faces.

    Parameters
    ----------
    first, second : Face
        The endpoints.
    trajectory : Trajectory
        Levels of the frames; with a third anchor where `via` is given.
    alignment : Alignment or None, optional
        None keeps the frame of the photographs, which must have one size.
    warp : Warp, optional
        An entry of `WARPS`.
    refinement : Refinement or None, optional
        An entry of `REFINEMENTS`; None matches landmarks alone.
    size : (int, int), optional
        Width and height of the frames, pixels.
    rendering : Rendering, optional
        The default is bicubic.
    via : Face, optional
        What is shown at level 0.5: below it the continuum leads from `first` to this
        face, above it from this face to `second`.

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    faces = (first, second) if via is None else (first, via, second)
    if trajectory.via != (via is not None):
        raise InputError(
            "a trajectory with a third anchor needs a third face, and the reverse",
            remedy="make it with via=True, and give the face as via",
        )
    moves, size = to_common_frame(faces, alignment=alignment, size=size)
    photos = [face.image for face in faces]
    matched = correspond(
        [face.landmarks for face in faces],
        moves,
        warp=warp,
        size=size,
        photos=photos,
        refinement=refinement,
    )
    frames = render_frames(matched.correspondence, photos, trajectory, rendering)
    return Continuum(trajectory, matched.correspondence, tuple(frames))
