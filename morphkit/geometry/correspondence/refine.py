"""Refinement of a mesh by dense correspondence.

The photographs are rendered in the mean shape, the remaining displacement is estimated,
and each end moves by its share of it, from coarse to fine. The result is only a better
mesh: it costs nothing per frame and is frozen with everything else.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Frame, Points
from morphkit.geometry.correspondence.frozen_mesh import to_nodes
from morphkit.geometry.correspondence.refinements import Pass, Refinement
from morphkit.geometry.polygon import drawn
from morphkit.geometry.sampled import sample_cubic, sample_linear
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp.mesh import Mesh
from morphkit.pixels import ONE, RenderJob, Source, render
from morphkit.pixels.matching import reduce_frame

#: Largest displacement towards the edge of the mesh, and along it, as a fraction of the
#: distance to it. The edge is fixed, so larger displacements beside it would fold.
_TOWARDS, _ALONG = 0.45, 0.75
#: Sides that frames are not reduced below; smaller frames are not matched, pixels.
_LEAST_SIDE = 16
#: Largest number of photographs that are compared pairwise.
_MAX_PAIRED = 4


def refine_ends(
    mesh: Mesh,
    ends: Sequence[Points],
    sources: Sequence[Source],
    to_frame: Sequence[Similarity],
    *,
    refinement: Refinement,
    size: tuple[int, int],
    ignore: Sequence[Points] = (),
    hold: Sequence[Points] = (),
    keep: Sequence[tuple[Points, float]] = (),
    twins: Sequence[tuple[int, int]] = (),
) -> list[Points]:
    """Return the nodes of all ends, moved so that the photographs match better.

    Parameters
    ----------
    mesh : Mesh
        A regular mesh in the mean shape.
    ends : sequence of ndarray, shape (N, 2)
        Two or more: its nodes as warped to each end, pixels of the frame.
    sources : sequence of Source
        The photographs.
    to_frame : sequence of Similarity
        From each photograph to the frame.
    refinement : Refinement
        An entry of `morphkit.geometry.correspondence.refinements.REFINEMENTS`.
    size : (int, int)
        Width and height of the frame, pixels.
    ignore : sequence of ndarray, shape (P, 2), optional
        Outlines in the mean shape in which the photographs show different things, such
        as a mouth that is closed in one of them; pixels.
    hold : sequence of ndarray, shape (P, 2), optional
        Outlines in the mean shape inside which the warp is kept as it is; pixels.
    keep : sequence of (ndarray, float), shape (P, 2), optional
        Outlines in the mean shape that the warp already places correctly, but for an
        error, pixels: nothing beside them moves across them by more.
    twins : sequence of (int, int), optional
        Ends that are mirror images of each other in the frame, and stay so.

    Returns
    -------
    list of ndarray, shape (N, 2)
        These may fold; see `morphkit.geometry.warp.unfold`.
    """
    grids = [_as_grid(mesh, end) for end in ends]
    shifts = [np.zeros_like(grids[0]) for _ in ends]
    most = _room(mesh, keep)
    for one in refinement.passes:
        moved = [_move_nodes(mesh, g, s) for g, s in zip(grids, shifts, strict=True)]
        frames = [
            _render_to_mean(mesh, end, source, place, size)
            for end, source, place in zip(moved, sources, to_frame, strict=True)
        ]
        steps = _steps(mesh, frames, refinement.estimate, one, (ignore, hold))
        for first, second in twins:
            steps[first], steps[second] = _mirror_pair(
                mesh, steps[first], steps[second], size
            )
        shifts = [
            _limit_near_rim(
                mesh, _limit_to_room(step + _sample(mesh, shift, step), most)
            )
            for step, shift in zip(steps, shifts, strict=True)
        ]
    return [_move_nodes(mesh, g, s) for g, s in zip(grids, shifts, strict=True)]


def _as_grid(mesh: Mesh, nodes: Points) -> npt.NDArray[np.float64]:
    """Return nodes arranged in rows and columns."""
    return nodes.reshape(*mesh.grid, 2)


def _sample(
    mesh: Mesh, grid: npt.NDArray[np.float64], shift: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Sample a grid of values at shifted positions, by cubic splines."""
    rows, columns = mesh.grid
    row, column = np.mgrid[:rows, :columns].astype(float)
    x, y = np.moveaxis(shift / mesh.spacing, -1, 0)
    return sample_cubic(grid, row + y, column + x)


def _room(
    mesh: Mesh, keep: Sequence[tuple[Points, float]]
) -> npt.NDArray[np.float64] | None:
    """Return how far every node may move without crossing an outline."""
    if not keep:
        return None
    rooms = []
    for outline, slack in keep:
        far = fixed_order.nearest(mesh.nodes, outline) - mesh.spacing / 2
        rooms.append(slack / 2 + np.maximum(far, 0.0))
    return np.asarray(np.min(rooms, axis=0).reshape(mesh.grid))


def _limit_to_room(
    shift: npt.NDArray[np.float64], most: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float64]:
    """Return displacements limited to the available room."""
    if most is None:
        return shift
    length = np.maximum(fixed_order.length(shift), 1e-9)
    return np.asarray(shift * np.minimum(1.0, most / length)[..., None])


def _limit_near_rim(
    mesh: Mesh, shift: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return displacements limited near the edge of the mesh, which is fixed."""
    down, across = (
        mesh.spacing * np.minimum(np.arange(n), np.arange(n)[::-1])[:, None]
        for n in mesh.grid
    )
    across = across.T
    most = np.stack(
        [
            np.minimum(_TOWARDS * across, _ALONG * down),
            np.minimum(_TOWARDS * down, _ALONG * across),
        ],
        axis=-1,
    )
    return np.clip(shift, -most, most)


def _move_nodes(
    mesh: Mesh, grid: npt.NDArray[np.float64], shift: npt.NDArray[np.float64]
) -> Points:
    """Return the nodes of an end at the shifted positions of the mean shape."""
    nodes = _sample(mesh, grid, shift).reshape(-1, 2)
    nodes[mesh.rim] = mesh.nodes[mesh.rim]
    return nodes


def _render_to_mean(
    mesh: Mesh, end: Points, source: Source, to_frame: Similarity, size: tuple[int, int]
) -> Frame:
    """Return a photograph rendered in the mean shape."""
    return render(
        RenderJob(
            [source],
            [to_nodes(to_frame.inverse()(end))],
            to_nodes(mesh.nodes),
            mesh.triangles,
            [ONE],
            size=size,
            sampling="bilinear",
        )
    )


def _mirror_pair(
    mesh: Mesh,
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    size: tuple[int, int],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return two displacements made mirror images of each other by averaging."""
    rows, columns = mesh.grid
    x = mesh.nodes[:, 0].reshape(rows, columns)
    across = np.zeros((rows, columns, 2))
    across[..., 0] = size[0] - 1 - 2 * x
    flip = np.array([-1.0, 1.0])
    return (
        (first + flip * _sample(mesh, second, across)) / 2,
        (second + flip * _sample(mesh, first, across)) / 2,
    )


def _steps(
    mesh: Mesh,
    frames: Sequence[Frame],
    estimate: Callable[..., npt.NDArray[np.float64]],
    one: Pass,
    kept: tuple[Sequence[Points], Sequence[Points]],
) -> list[npt.NDArray[np.float64]]:
    """Return the displacement of every end at the nodes; they sum to zero.

    A few photographs are compared in pairs: with d_jk = u_k - u_j and Σu = 0, the
    least-squares solution is u_k = Σ_j d_jk / K. Many are compared with their mean,
    which takes one comparison each.
    """
    n = len(frames)

    def apart(first: Frame, second: Frame) -> npt.NDArray[np.float64]:
        return _displacement(mesh, (first, second), estimate, one, kept)

    if n == 2:
        left = apart(*frames)
        return [-left / 2, left / 2]
    if n <= _MAX_PAIRED:
        steps = [np.zeros((*mesh.grid, 2)) for _ in frames]
        for j in range(n):
            for k in range(j + 1, n):
                left = apart(frames[j], frames[k])
                steps[j] -= left / n
                steps[k] += left / n
        return steps
    total = np.sum([frame.astype(np.int64) for frame in frames], axis=0)
    mean = ((total + n // 2) // n).astype(np.uint8)
    steps = [-apart(frame, mean) for frame in frames]
    common = fixed_order.mean(np.array(steps))
    return [step - common for step in steps]


def _displacement(
    mesh: Mesh,
    frames: Sequence[Frame],
    estimate: Callable[..., npt.NDArray[np.float64]],
    one: Pass,
    kept: tuple[Sequence[Points], Sequence[Points]],
) -> npt.NDArray[np.float64]:
    """Return the displacement at the nodes, pixels."""
    height, width = frames[0].shape[:2]
    if min(height, width) < _LEAST_SIDE:
        return np.zeros((*mesh.grid, 2))
    factor = min(1.0, one.side / max(height, width))
    small = (
        max(round(width * factor), _LEAST_SIDE),
        max(round(height * factor), _LEAST_SIDE),
    )
    reduced = [reduce_frame(frame, small) for frame in frames]
    longer = max(small)
    scale = np.array([width / small[0], height / small[1]])
    ignore, hold = (_inside_outlines(outlines, small, scale) for outlines in kept)
    field = estimate(
        *reduced,
        smooth=one.smooth * longer,
        most=one.most * longer,
        even=one.even,
        ignore=ignore,
        hold=hold,
    )
    x, y = ((mesh.nodes + 0.5) / scale - 0.5).T
    return _as_grid(mesh, sample_linear(field, y, x) * scale)


def _inside_outlines(
    outlines: Sequence[Points], size: tuple[int, int], scale: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Return which pixels of a frame reduced by `scale` lie within outlines."""
    inside = np.zeros(size[::-1], dtype=bool)
    for outline in outlines:
        corners = np.rint((outline + 0.5) / scale - 0.5).astype(np.int32)
        inside |= drawn(corners, size)
    return inside
