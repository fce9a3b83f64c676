"""Unfolding sums of faces: where a difference is added to a mesh, and how.

No end of a correspondence folds by itself (`morphkit.geometry.warp.unfold` makes sure
of that, mesh by mesh), and no mean of ends does; but a face plus the difference of two
others may. Landmarks define the difference. Beyond them, dense matching adds what it
found between hair, clothes and backgrounds of different people, and the errors of two
matches do not cancel in a difference, nor those of one in a caricature. So the ends
are moved until the sums, which are all that is shown, do not fold.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit.faces.template import Opening, Template
from morphkit.geometry.align import procrustes
from morphkit.geometry.correspondence import MatchedFaces, fold_finding
from morphkit.geometry.correspondence.frozen_mesh import (
    UNITS_PER_PIXEL,
    Correspondence,
    to_nodes,
)
from morphkit.geometry.correspondence.openings import is_open, openness, tie
from morphkit.geometry.hull import convex_hull
from morphkit.geometry.polygon import from_polygon
from morphkit.geometry.warp import Warp
from morphkit.geometry.warp.controls import make_controls
from morphkit.geometry.warp.mesh import Mesh, centre_of_largest_group, signed_areas
from morphkit.geometry.warp.unfold import MIN_AREA_RATIO, unfold
from morphkit.morph.integer_weights import integer_shares
from morphkit.morph.mixture import Mixture
from morphkit.morph.trajectory import ingredients_of
from morphkit.pixels import blend_nodes

#: Distance from the line of an opening within which the whole mesh is kept, and
#: distance over which landmarks take over, as shares of the height of the face.
RIM, FADE = 0.1, 0.12
#: Distance from the landmarks beyond which a difference moves nothing, as such a share.
BEYOND = 0.35


def unfold_mixtures(
    matched: MatchedFaces,
    anchors: Sequence[Mixture],
    *,
    warp: Warp,
    template: Template,
    refined: bool,
    kept: bool = False,
) -> MatchedFaces:
    """Return a correspondence whose sums do not fold, as far as that is possible.

    If an anchor is a face plus a difference, the face is warped by its landmarks, and
    hair and clothes follow smoothly. Only around openings, which may open where
    landmarks coincide, is the whole mesh used. Where the nodes of an anchor still fold,
    they are smoothed. The ends are moved by the smallest amount that achieves this;
    anchors that do not fold are left unchanged.

    Parameters
    ----------
    matched : MatchedFaces
        Its ends are the ingredients of the anchors, in their order.
    anchors : sequence of Mixture
    warp : Warp
        Warp of the correspondence.
    template : Template
        Template of the landmarks.
    refined : bool
        Whether the correspondence was refined beyond the landmarks.
    kept : bool, optional
        Whether surroundings are kept: a difference then moves less and less beyond the
        landmarks, and far from them nothing.
    """
    mesh = matched.correspondence
    ingredients = ingredients_of(anchors)
    columns = [[one.column("shape"), one.base_of("shape")] for one in anchors]
    shares, bases = (
        np.array([[pair[k].get(i, 0.0) for i in ingredients] for pair in columns])
        for k in range(2)
    )
    how = warp, template.openings
    ends = mesh.frame_nodes / UNITS_PER_PIXEL
    nodes = np.array([_weighed(share, ends) for share in shares])
    wanted, findings = nodes.copy(), []
    for k in range(len(anchors)):
        rest = _at_rest(mesh, _weighed(bases[k], ends))
        # Between two faces all of the mesh is shown; beyond them, what dense matching
        # found of hair and clothes would be exaggerated with its errors.
        beyond = mesh.n_ends > 2 or (shares[k] < 0).any()
        if beyond and (bases[k] != shares[k]).any():
            if refined:
                wanted[k] = _carried(mesh, rest, wanted[k], shares[k], bases[k], how)
            if kept:
                start = _weighed(bases[k], mesh.landmarks / UNITS_PER_PIXEL)
                moved = wanted[k] - rest.nodes
                wanted[k] = rest.nodes + _reached(rest.nodes, start) * moved
        result = unfold(rest, wanted[k], _least(rest))
        wanted[k] = result.nodes
        if result.n_folded:
            findings.append(fold_finding(rest, result))
    off = wanted - nodes
    if not off.any():
        return matched
    inverse = fixed_order.pseudo_inverse(shares)
    moved = ends + np.array([_weighed(row, off) for row in inverse])
    return replace(
        matched,
        correspondence=replace(mesh, frame_nodes=to_nodes(moved)),
        findings=(*matched.findings, *findings),
    )


def find_fold(mesh: Correspondence, mixture: Mixture) -> tuple[Finding, ...]:
    """Return a finding if the mesh of a face folds, as it is rendered.

    Parameters
    ----------
    mesh : Correspondence
        Its ends are the ingredients of the mixture, in order.
    mixture : Mixture
    """
    shares = integer_shares(list(mixture.column("shape").values()), what="shape")
    nodes = blend_nodes(list(mesh.frame_nodes), shares)
    folded = signed_areas(nodes, mesh.triangles) <= 0
    if not folded.any():
        return ()
    n = int(folded.sum())
    centre = centre_of_largest_group(nodes / UNITS_PER_PIXEL, mesh.triangles[folded])
    x, y = np.rint(np.clip(centre, 0, np.array(mesh.size) - 1)).astype(int).tolist()
    return (
        Finding(
            "fold",
            "error",
            f"the mesh folds: {n} triangles around ({x}, {y}); check the "
            "landmarks there, or ask for a smaller fraction in shape",
            value=float(n),
            limit=0.0,
        ),
    )


def _at_rest(mesh: Correspondence, nodes: Points) -> Mesh:
    """Return a mesh with the nodes of the face to which a difference is added."""
    edge = np.array(mesh.size) - 1.0
    first = mesh.frame_nodes[0]
    beyond = (first <= 0) | (first >= edge * UNITS_PER_PIXEL)
    still = (mesh.frame_nodes == first).all(axis=(0, 2))
    return Mesh(nodes, mesh.triangles, still & beyond.any(axis=1))


def _least(rest: Mesh) -> npt.NDArray[np.float64]:
    """Return twice the area that every triangle must keep, square pixels.

    Where the base itself is compressed, as between closed lips, it is an eighth of the
    area there.
    """
    areas = signed_areas(rest.nodes, rest.triangles)
    return np.asarray(np.minimum(areas / 8, MIN_AREA_RATIO * np.median(areas)))


def _carried(
    mesh: Correspondence,
    rest: Mesh,
    nodes: Points,
    shares: npt.NDArray[np.float64],
    base: npt.NDArray[np.float64],
    how: tuple[Warp, Sequence[Opening]],
) -> Points:
    """Return the base warped by the landmarks, except around openings."""
    warp, openings = how
    landmarks = mesh.landmarks / UNITS_PER_PIXEL
    start, end = (_weighed(share, landmarks) for share in (base, shares))
    opens = [is_open(start, one) for one in openings]
    # An eyeball that is seen through the last pixel is a bright line, not a lash line.
    shut = [
        not is_open(end, one) if was_open else openness(end, one) <= 0
        for one, was_open in zip(openings, opens, strict=True)
    ]
    for one, is_shut, was_open in zip(openings, shut, opens, strict=True):
        if is_shut:
            tie(end, one)
            if not was_open:
                tie(start, one)
    controls = make_controls([start, end], mesh.size, start=start)
    carried = warp.fit(*controls.ends)(rest.nodes)
    carried[rest.rim] = rest.nodes[rest.rim]
    for one, is_shut, was_open in zip(openings, shut, opens, strict=True):
        if is_shut and was_open:
            continue  # its edges meet where the landmarks say
        own = _near(rest.nodes, start, one)[:, None]
        # An opening that would close past its own edges moves as a whole.
        seen = _as_a_whole(rest.nodes, start, end, one) if is_shut else nodes
        carried += own * (seen - carried)
    return carried


def _as_a_whole(points: Points, start: Points, end: Points, one: Opening) -> Points:
    """Return points moved by the similarity of the landmarks around an opening."""
    around = _near(start, start, one) > 0.5
    return procrustes.fit(start[around], end[around])(points)


def _reached(points: Points, landmarks: Points) -> npt.NDArray[np.float64]:
    """Return 1 within the landmarks, falling to 0 beyond them, shape (N, 1).

    No landmark says where a skull or a shoulder is, and a spline through brows that
    are drawn together would make a crown pointed.
    """
    height = float(np.ptp(landmarks, axis=0).max())
    away = from_polygon(points, convex_hull(landmarks)) / (BEYOND * height)
    part = np.minimum(away, 1.0)
    return np.asarray(1 - part**2 * (3 - 2 * part))[:, None]


def _near(
    points: Points, landmarks: Points, opening: Opening
) -> npt.NDArray[np.float64]:
    """Return 1 at an opening and its lips or lids, falling to 0 around it."""
    height = float(np.ptp(landmarks, axis=0).max())
    edges = landmarks[[*opening.upper, *opening.lower]]
    part = np.clip((_from_line(points, edges) / height - RIM) / FADE, 0.0, 1.0)
    return np.asarray(1 - part**2 * (3 - 2 * part))


def _from_line(points: Points, inner: Points) -> npt.NDArray[np.float64]:
    """Return the distance of points from the line between two corners, pixels.

    The line runs through the middle of the inner points along their longer side, so
    that it is also defined for a closed opening.
    """
    middle = fixed_order.mean(inner)
    across = _longer_side(inner - middle)
    along = fixed_order.dot(inner - middle, across)
    at = np.clip(fixed_order.dot(points - middle, across), along.min(), along.max())
    return fixed_order.length(points - middle - at[:, None] * across)


def _longer_side(points: Points) -> Points:
    """Return the direction in which centred points vary most: a principal axis."""
    x, y = points.T
    half = float(fixed_order.total(x * x - y * y)) / 2
    both = float(fixed_order.total(x * y))
    turn = math.sqrt(half * half + both * both)
    # The longer of two multiples of it, of which one may vanish.
    axis = np.array([both, turn - half] if half < 0 else [turn + half, both])
    length = float(fixed_order.length(axis))
    return axis / length if length else np.array([1.0, 0.0])


def _weighed(shares: npt.NDArray[np.float64], ends: Points) -> Points:
    """Return a sum of ends, (K, N, 2), each with its share, one after the other."""
    return fixed_order.total(shares[:, None, None] * ends)
