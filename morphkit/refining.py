"""Refining a mesh: dense correspondence folded into its nodes.

Both photographs are rendered to the mean shape, the displacement that is left is
estimated, and each end moves by half of it; from coarse to fine. The result is only a
better mesh: it costs nothing per frame and is frozen with everything else.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from morphkit.arrays import Frame, Points
from morphkit.correspondence import to_nodes
from morphkit.pixels import ONE, Source, render
from morphkit.refine import Pass, Refinement
from morphkit.similarity import Similarity
from morphkit.warp.mesh import Mesh

#: Cells over which a displacement fades to nothing at the edge of the mesh.
_FADE = 4


def refine_ends(
    mesh: Mesh,
    ends: Sequence[Points],
    sources: Sequence[Source],
    to_frame: Sequence[Similarity],
    *,
    refinement: Refinement,
    size: tuple[int, int],
    ignore: Sequence[Points] = (),
) -> list[Points]:
    """Return the nodes of both ends, moved so that the photographs agree better.

    Parameters
    ----------
    mesh : Mesh
        A regular mesh in the mean shape.
    ends : sequence of two ndarrays, shape (N, 2)
        Where a warp carries its nodes in each end, pixels of the frame.
    sources : sequence of two Source
        The photographs.
    to_frame : sequence of two Similarity
        From each photograph to the frame.
    refinement : Refinement
        An entry of `morphkit.refine.REFINEMENTS`.
    size : (int, int)
        Width and height of the frame, pixels.
    ignore : sequence of ndarray, shape (P, 2), optional
        Outlines in the mean shape in which the photographs show different things, such
        as an eye that is shut in one of them; pixels.

    Returns
    -------
    list of two ndarrays, shape (N, 2)
        It may fold; see `morphkit.warp.untangle`.
    """
    grids = [_as_grid(mesh, end) for end in ends]
    shifts = [np.zeros_like(grids[0]) for _ in ends]
    for one in refinement.passes:
        moved = [_moved(mesh, g, s) for g, s in zip(grids, shifts, strict=True)]
        frames = [
            _seen(mesh, end, source, place, size)
            for end, source, place in zip(moved, sources, to_frame, strict=True)
        ]
        left = _displacement(mesh, frames, refinement.estimate, one, ignore)
        shifts = [
            sign * left / 2 + _sample(mesh, shift, sign * left / 2)
            for sign, shift in zip((-1, 1), shifts, strict=True)
        ]
    return [_moved(mesh, g, s) for g, s in zip(grids, shifts, strict=True)]


def _as_grid(mesh: Mesh, nodes: Points) -> npt.NDArray[np.float64]:
    """Return nodes in rows and columns."""
    return nodes.reshape(*mesh.grid, 2)


def _sample(
    mesh: Mesh, grid: npt.NDArray[np.float64], shift: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return a grid of values at its shifted places, by cubic splines."""
    rows, columns = mesh.grid
    row, column = np.mgrid[:rows, :columns].astype(float)
    at = [row + shift[..., 1] / mesh.spacing, column + shift[..., 0] / mesh.spacing]
    values = [
        map_coordinates(grid[..., k], at, order=3, mode="nearest")
        for k in range(grid.shape[2])
    ]
    return np.stack(values, axis=-1)


def _moved(
    mesh: Mesh, grid: npt.NDArray[np.float64], shift: npt.NDArray[np.float64]
) -> Points:
    """Return the nodes of an end at the shifted places of the mean shape."""
    nodes = _sample(mesh, grid, shift).reshape(-1, 2)
    nodes[mesh.rim] = mesh.nodes[mesh.rim]
    return nodes


def _seen(
    mesh: Mesh, end: Points, source: Source, to_frame: Similarity, size: tuple[int, int]
) -> Frame:
    """Return a photograph as seen in the mean shape."""
    return render(
        [source],
        [to_nodes(to_frame.inverse()(end))],
        to_nodes(mesh.nodes),
        mesh.triangles,
        [ONE],
        size=size,
        sampling="bilinear",
    )


def _displacement(
    mesh: Mesh,
    frames: Sequence[Frame],
    estimate: Callable[..., npt.NDArray[np.float64]],
    one: Pass,
    ignore: Sequence[Points],
) -> npt.NDArray[np.float64]:
    """Return the displacement at the nodes, faded out at the edge, pixels."""
    import cv2

    height, width = frames[0].shape[:2]
    factor = min(1.0, one.side / max(height, width))
    small = (max(round(width * factor), 16), max(round(height * factor), 16))
    reduced = [cv2.resize(f, small, interpolation=cv2.INTER_AREA) for f in frames]
    longer = max(small)
    scale = np.array([width / small[0], height / small[1]])
    hidden = np.zeros(small[::-1], dtype=np.uint8)
    for outline in ignore:
        corners = np.rint((outline + 0.5) / scale - 0.5).astype(np.int32)
        cv2.fillConvexPoly(hidden, cv2.convexHull(corners), 1)
    field = estimate(
        *reduced,
        smooth=one.smooth * longer,
        most=one.most * longer,
        ignore=hidden.astype(bool),
    )
    x, y = ((mesh.nodes + 0.5) / scale - 0.5).T
    at = [
        map_coordinates(field[..., k], [y, x], order=1, mode="nearest")
        for k in range(2)
    ]
    rows, columns = mesh.grid
    inward = [
        np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / _FADE, 0, 1)
        for n in (rows, columns)
    ]
    fade = np.minimum.outer(*inward)
    return _as_grid(mesh, np.stack(at, axis=-1) * scale) * fade[..., None]
