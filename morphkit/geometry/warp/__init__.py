"""Warps: smooth maps that take landmarks to landmarks.

A warp is a fitter, which only knows ``start -> end``, and the mesh on which its map is
frozen for rendering.
"""

from collections.abc import Callable
from dataclasses import dataclass

from morphkit._core.arrays import Points
from morphkit._core.registry import Table
from morphkit.geometry.warp import piecewise_affine, tps
from morphkit.geometry.warp.mesh import Mesh

WarpMap = Callable[[Points], Points]
Size = tuple[int, int]


@dataclass(frozen=True)
class Warp:
    """A warping method.

    Parameters
    ----------
    fit : callable
        ``fit(start, end) -> map`` for points ``(N, 2)``; the map takes every start
        to its end and is defined on the whole frame.
    mesh : callable
        ``mesh(start, size, spacing) -> Mesh``: where the map is evaluated once.
    summary : str
        One line for listings.
    in_methods : str
        What a paper says after "warped by".
    """

    fit: Callable[[Points, Points], WarpMap]
    mesh: Callable[[Points, Size, int], Mesh]
    summary: str
    in_methods: str


WARPS = Table(
    "warps",
    Warp,
    {
        "tps": Warp(
            fit=tps.fit,
            mesh=tps.mesh,
            summary="thin-plate spline, frozen on a fine regular mesh",
            in_methods="thin-plate splines",
        ),
        "piecewise_affine": Warp(
            fit=piecewise_affine.fit,
            mesh=piecewise_affine.mesh,
            summary="affine in each Delaunay triangle of the landmarks",
            in_methods="piecewise affine maps",
        ),
    },
)

__all__ = ["WARPS", "Mesh", "Warp", "WarpMap"]
