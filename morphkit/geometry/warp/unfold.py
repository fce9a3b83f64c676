"""Unfolding one warped mesh: finding and removing where it turns the plane over.

A fold shows a strip of skin twice, or inside out. It arises where landmarks cross (a
closed lip whose upper edge was placed below its lower one) or are pressed together.
This knows a mesh and its warped nodes alone; `morphkit.morph.unfold` uses it for faces
that are sums of others.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit.geometry.warp.mesh import Mesh, centre_of_largest_group, signed_areas

#: A triangle may shrink to this fraction of its area in the mean shape, not further.
MIN_AREA_RATIO = 0.02
#: Maximum number of smoothing rounds.
_ROUNDS = 400
#: Rounds after which the smoothed neighbourhood grows by one node.
_WIDEN_AFTER = 40
#: Bisections in the search for the least smoothing, found to within 2 %.
_HALVINGS = 6


@dataclass(frozen=True)
class UnfoldResult:
    """Unfolded nodes, and what was done to unfold them.

    Parameters
    ----------
    nodes : ndarray, shape (N, 2)
        Pixels.
    n_folded : int
        Triangles that were folded or flattened before.
    moved : float
        Largest displacement that was needed, pixels.
    where : (float, float) or None
        Centre of the largest group of folded triangles, pixels; None without any.
    clean : bool
        Whether all folds are gone.
    """

    nodes: Points
    n_folded: int
    moved: float
    where: tuple[float, float] | None
    clean: bool


def unfold(
    mesh: Mesh, nodes: Points, least: npt.NDArray[np.float64] | None = None
) -> UnfoldResult:
    """Return `nodes` with the displacement smoothed only where the mesh folds.

    In each round the displacement of the nodes of folded triangles is averaged with
    that of their neighbours, and the neighbourhood grows where that does not help. Then
    all nodes move back as far as they can without folding. A mesh without folds is
    returned unchanged.

    Parameters
    ----------
    mesh : Mesh
        Undeformed nodes, and triangles.
    nodes : ndarray, shape (N, 2)
        Their warped positions, pixels.
    least : ndarray, shape (M,), optional
        Twice the area below which a triangle counts as folded, square pixels;
        by default `MIN_AREA_RATIO` of the undeformed one.
    """
    if least is None:
        least = MIN_AREA_RATIO * signed_areas(mesh.nodes, mesh.triangles)
    start = _is_folded(mesh, nodes, least)
    if not start.any():
        return UnfoldResult(nodes, 0, 0.0, None, clean=True)
    neighbours = _neighbours(mesh)
    shift = nodes - mesh.nodes
    bad = start
    for done in range(_ROUNDS):
        touched = np.zeros(len(nodes), dtype=bool)
        touched[mesh.triangles[bad].ravel()] = True
        for _ in range(done // _WIDEN_AFTER):
            touched |= touched[neighbours].any(axis=1)
        touched &= ~mesh.rim
        asked = np.flatnonzero(touched)
        shift[asked] = 0.5 * (shift[asked] + _means(neighbours, shift, asked))
        bad = _is_folded(mesh, mesh.nodes + shift, least)
        if not bad.any():
            break
    result = mesh.nodes + shift
    if not bad.any():
        result = _move_towards(mesh, nodes, result, least)
    return UnfoldResult(
        result,
        int(start.sum()),
        float(fixed_order.length(result - nodes).max()),
        centre_of_largest_group(nodes, mesh.triangles[start]),
        clean=not bad.any(),
    )


def _move_towards(
    mesh: Mesh, folded: Points, clean: Points, least: npt.NDArray[np.float64]
) -> Points:
    """Return the clean nodes moved towards the folded ones until they nearly fold."""
    few, most = 0.0, 1.0
    for _ in range(_HALVINGS):
        share = (few + most) / 2
        if _is_folded(mesh, folded + share * (clean - folded), least).any():
            few = share
        else:
            most = share
    return folded + most * (clean - folded)


def _is_folded(
    mesh: Mesh, nodes: Points, least: npt.NDArray[np.float64]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which triangles are folded or flattened."""
    return np.asarray(signed_areas(nodes, mesh.triangles) < least)


def _neighbours(mesh: Mesh) -> npt.NDArray[np.intp]:
    """Return the neighbours of every node, growing, and its own number as often again.

    Shape (N, D): a row has as many entries as the node with most neighbours.
    """
    n = len(mesh.nodes)
    a, b, c = mesh.triangles.astype(np.intp).T
    # A pair as one number: sorting those is many times faster than sorting rows.
    ends = ((a, b), (b, c), (c, a))
    both = [n * x + y for one, other in ends for x, y in ((one, other), (other, one))]
    pairs = np.sort(np.concatenate(both))
    node, neighbour = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], n)
    place = np.arange(len(node)) - np.searchsorted(node, np.arange(n))[node]
    found = np.repeat(np.arange(n)[:, None], place.max() + 1, axis=1)
    found[node, place] = neighbour
    return found


def _means(
    neighbours: npt.NDArray[np.intp], values: Points, asked: npt.NDArray[np.intp]
) -> Points:
    """Return means over the neighbours of some nodes, added one after the other."""
    total = np.zeros((len(asked), 2))
    count = np.zeros((len(asked), 1))
    for column in neighbours[asked].T:
        other = (column != asked)[:, None]
        total += np.where(other, values[column], 0.0)
        count += other
    return total / np.maximum(count, 1.0)
