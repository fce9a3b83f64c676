"""Frames from photos and a mesh, by the selected implementation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.pixels import detail_oracle, oracle, texture
from morphkit.pixels.backend import native
from morphkit.pixels.job import RenderJob, checked_nodes, checked_weights
from morphkit.pixels.spec import (
    HALF,
    ONE_BITS,
    Int16,
    Int32,
    UInt8,
    encode_table,
)


def render(job: RenderJob) -> UInt8:
    """Return the frame: every photo warped by the mesh, blended in linear light.

    Parameters
    ----------
    job : RenderJob

    Returns
    -------
    (height, width, 3) ndarray of uint8
        sRGB code values, RGB order; the same bits on every machine.

    Raises
    ------
    InputError
        If a pixel of the frame is in no triangle.

    Examples
    --------
    >>> from morphkit.pixels import Source
    >>> photo = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    >>> corners = np.array([[-128, -128], [896, -128], [896, 1152], [-128, 1152]])
    >>> mesh = [corners], corners, [[0, 1, 2], [0, 2, 3]]
    >>> frame = render(RenderJob([Source(photo)], *mesh, [16384], size=(4, 5)))
    >>> bool((frame == photo).all())
    True
    """
    if job.by_photo:
        return np.asarray(encode_table(job.scale)[texture.samples_of(job)])
    (frame,) = _draw(job, [encode_table(job.scale)])
    return frame.view(np.uint8)


def render_samples(job: RenderJob) -> Int16:
    """Return the frame before rounding to 8 bits, for measurements.

    Parameters
    ----------
    job : RenderJob

    Returns
    -------
    (height, width, 3) ndarray of int16
        Samples from 0 to 32767 on the scale of the sources; `encode_table` of them is
        the frame that `render` returns.

    Raises
    ------
    InputError
        If a pixel of the frame is in no triangle.
    """
    if job.by_photo:
        return texture.samples_of(job)
    (samples,) = _draw(job, [None])
    return samples.view(np.int16)


def render_both(job: RenderJob) -> tuple[UInt8, Int16]:
    """Return what `render` and `render_samples` return, drawn once.

    Raises
    ------
    InputError
        If a pixel of the frame is in no triangle.
    """
    encode = encode_table(job.scale)
    if job.by_photo:
        samples = texture.samples_of(job)
        return np.asarray(encode[samples]), samples
    frame, light = _draw(job, [encode, None])
    return frame.view(np.uint8), light.view(np.int16)


def _draw(job: RenderJob, tables: Sequence[UInt8 | None]) -> list[UInt8 | Int16]:
    """Return the frame written through every table, or as samples; see `render`."""
    width, height = job.size
    layers, holes = job.layers(), (job.covered, job.first_behind, *job.holes)
    shape = height, width, 3
    images: list[UInt8 | Int16] = [
        np.empty(shape, np.int16) if table is None else np.empty(shape, np.uint8)
        for table in tables
    ]
    if job.detail == "level" and len(layers.weights) == 2 and min(layers.weights) > 0:
        uncovered, first = _write_level(layers, holes, tables, images)
    else:
        engine = native() or oracle
        for table, image in zip(tables, images, strict=True):
            uncovered, first = engine.render(*layers, table, image, *holes)
    if uncovered:
        y, x = divmod(first, width)
        raise InputError(
            f"{uncovered} of {width * height} pixels of the frame are in no triangle, "
            f"the first at ({x}, {y})",
            where="frame_nodes",
            allowed="the mesh must cover the frame",
            remedy="let its border reach from -128 to 256·width - 128 and "
            "256·height - 128 units or further",
        )
    return images


def _write_level(
    layers: oracle.Layers,
    holes: tuple[int, ...],
    tables: Sequence[UInt8 | None],
    images: Sequence[UInt8 | Int16],
) -> tuple[int, int]:
    """Write a frame of two photos, its detail level, and return the report of `render`.

    It is drawn once, written through the first table and, if asked for, without one.
    """
    engine = native() or detail_oracle
    planes: Int16 = np.empty((*images[0].shape[:2], 4), np.int16)
    uncovered, first = engine.render_planes(*layers, planes, *holes)
    if not uncovered:
        engine.level(planes, layers.weights, tables[0], *images)
    return uncovered, first


def blend_nodes(nodes: Sequence[npt.NDArray[Any]], weights: Sequence[int]) -> Int32:
    """Return the weighted mean of node positions, rounded half up.

    Parameters
    ----------
    nodes : sequence of (n, 2) ndarray of int
        Positions in units of 1/256 px, one array per photo.
    weights : sequence of int
        In units of 1/16384, as for `render`.

    Returns
    -------
    (n, 2) ndarray of int32
        floor((sum of weight · position) / 16384 + 1/2); the order of the photos does
        not matter.

    Raises
    ------
    InputError
        If weights or positions are invalid.

    Examples
    --------
    >>> blend_nodes([np.array([[0, 1]]), np.array([[256, 2]])], [12288, 4096])
    array([[64,  1]], dtype=int32)
    """
    shares = checked_weights(weights, len(nodes), "arrays of nodes")
    arrays = [checked_nodes(array, f"nodes[{k}]") for k, array in enumerate(nodes)]
    total = np.full(arrays[0].shape, HALF, np.int64)
    for k, (array, share) in enumerate(zip(arrays, shares, strict=True)):
        if array.shape != total.shape:
            raise InputError(
                f"{len(array)} nodes, but the first has {len(total)}",
                where=f"nodes[{k}]",
                allowed="all arrays have the same nodes",
            )
        total += share * array.astype(np.int64)
    return (total >> ONE_BITS).astype(np.int32)
