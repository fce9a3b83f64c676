"""From a frozen correspondence to one frame: the part that is reproducible bit for bit.

Nothing here may depend on the machine. Levels become integer weights, nodes move
along straight lines in integers, and `morphkit.pixels` does the rest.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.morph.blend import BLENDS
from morphkit.morph.choices import DIFFERENCES
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import Rendering
from morphkit.pixels import (
    RenderJob,
    Source,
    blend_nodes,
    cover_of,
    render,
    render_both,
    render_samples,
)
from morphkit.pixels.spec import WHITE, Int16, code_table, decode_table, encode_table_16

Codes = npt.NDArray[np.float64]


def prepare_sources(
    correspondence: Correspondence,
    photos: Sequence[Image],
    rendering: Rendering | None = None,
) -> tuple[Source, ...]:
    """Return the photographs prepared for rendering many frames.

    Raises
    ------
    InputError
        If there is not exactly one photograph per endpoint.
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
            cover=_cover(correspondence, k, (photo.shape[1], photo.shape[0])),
        )
        for k, photo in enumerate(photos)
    )


def _cover(correspondence: Correspondence, k: int, size: tuple[int, int]) -> Int16:
    """Return where a photograph is seen alone: in openings, and around the face."""
    insides, around = (
        cover_of(outlines[k], size, filters[k].tolist())
        for outlines, filters in (
            (correspondence.insides, correspondence.feathers),
            (correspondence.surroundings, correspondence.fades),
        )
    )
    return np.maximum(insides, around)


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
        Between two photographs.
    sources : sequence of Source
        From `prepare_sources`.
    level : float
        0 first endpoint, 1 second; values outside are caricatures.
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
    """Return the image of a mixture of photographs.

    Parameters
    ----------
    correspondence : Correspondence
    sources : sequence of Source
        From `prepare_sources`.
    shares : sequence of three or four sequences of int
        Shares of every photograph in shape, colour, texture and, if a difference is
        added, the colour of the base face, in units of 1/16384; see
        `morphkit.morph.integer_weights`.
    rendering : Rendering, optional
        The default is bicubic. ``detail="plain"`` ignores shares in texture.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8
    """
    return render(_job(correspondence, sources, shares, rendering))


def render_deep(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None = None,
) -> Image:
    """Return the image of a mixture of photographs with 16 bits.

    Parameters
    ----------
    correspondence, sources, shares, rendering
        As for `render_mixed`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint16
        The samples that `render_mixed` encodes with 8 bits.
    """
    samples = render_samples(_job(correspondence, sources, shares, rendering))
    return np.asarray(encode_table_16(sources[0].scale)[samples])


def render_with_samples(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None = None,
    *,
    deep: bool = False,
) -> tuple[Image, npt.NDArray[np.int16]]:
    """Return the image of a mixture, and its samples before they were rounded.

    Parameters
    ----------
    correspondence, sources, shares, rendering
        As for `render_mixed`.
    deep : bool, optional
        Return an image of 16 bits, as `render_deep`.

    Returns
    -------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
    samples : ndarray, shape (H, W, 3), dtype int16
        As from `render_unrounded`.
    """
    job = _job(correspondence, sources, shares, rendering)
    if not deep:
        return render_both(job)
    samples = render_samples(job)
    return np.asarray(encode_table_16(sources[0].scale)[samples]), samples


def render_unrounded(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None = None,
) -> npt.NDArray[np.int16]:
    """Return the image of a mixture before rounding, on the scale of its sources.

    Parameters
    ----------
    correspondence, sources, shares, rendering
        As for `render_mixed`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype int16
        0 to 32767; `morphkit.pixels.spec.code_table` has their code values.
    """
    return render_samples(_job(correspondence, sources, shares, rendering))


def render_light(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None = None,
) -> npt.NDArray[np.int16]:
    """Return the image of a mixture as linear light, before rounding to 8 bits.

    Parameters
    ----------
    correspondence, sources, shares, rendering
        As for `render_mixed`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype int16
        0 to 32767. If samples are light, `morphkit.pixels.spec.encode_table` maps it
        to the result of `render_mixed`.
    """
    samples = render_samples(_job(correspondence, sources, shares, rendering))
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
    """Return the image of a mixture before rounding to 8 bits, for measurements.

    Parameters
    ----------
    correspondence, sources, shares, rendering
        As for `render_mixed`.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype float64
        sRGB code values from 0 to 1, in steps of 1/32767 of linear light. Multiplied
        by 255 and rounded, they equal those of `render_mixed`, except for ties.
    """
    samples = render_samples(_job(correspondence, sources, shares, rendering))
    return np.asarray(code_table(sources[0].scale)[samples])


def _job(
    correspondence: Correspondence,
    sources: Sequence[Source],
    shares: Sequence[Sequence[int]],
    rendering: Rendering | None,
) -> RenderJob:
    """Return the job from which the pixel engine renders a mixture."""
    rendering = rendering or Rendering()
    shape, colour, texture, *base = shares
    by_pairs = not correspondence.mixed and _level_by_pairs(colour, texture)
    if rendering.difference not in DIFFERENCES:
        raise InputError(
            f'unknown difference "{rendering.difference}"',
            allowed=f"one of {', '.join(DIFFERENCES)}",
        )
    change = None
    if base and rendering.difference == "ratio":
        change = [c - b for c, b in zip(colour, base[0], strict=True)]
    return RenderJob(
        sources,
        list(correspondence.photo_nodes),
        blend_nodes(list(correspondence.frame_nodes), shape),
        correspondence.triangles,
        colour,
        size=correspondence.size,
        sampling=rendering.sampling,
        detail=rendering.detail,
        shaded=correspondence.shaded,
        behind=correspondence.behind,
        texture=None if rendering.detail == "plain" or by_pairs else texture,
        change=change,
    )


def _level_by_pairs(colour: Sequence[int], texture: Sequence[int]) -> bool:
    """Return whether a frame blends at most two photographs, texture with colour."""
    return tuple(colour) == tuple(texture) and sum(map(bool, colour)) <= 2
