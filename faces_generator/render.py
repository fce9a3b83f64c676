"""From identity and expression to picture and landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from faces_generator.arrays import Array
from faces_generator.camera import develop
from faces_generator.colour import to_linear
from faces_generator.expression import express
from faces_generator.eyes import shade_eyes
from faces_generator.hair import Scene, draw_brows, draw_lashes, draw_scalp, draw_vellus
from faces_generator.head import load_head
from faces_generator.identities import IDENTITIES
from faces_generator.illumination import illuminate, scatter
from faces_generator.landmarks import Landmarker
from faces_generator.living_eyes import shade_living_eyes
from faces_generator.mesh import Fragments
from faces_generator.pose import Posed, pose_head
from faces_generator.relief import carve
from faces_generator.skin import shade_surface
from faces_generator.surface import see_surface

if TYPE_CHECKING:
    from faces_generator.expression import Expression
    from faces_generator.identity import Identity

SUPERSAMPLING = 2
N_LIGHTS = 220


def paint_background(identity: Identity, n: int) -> Array:
    """Return the background, a softly mottled wall, in linear light after exposure."""
    y, x = np.mgrid[0:n, 0:n] / n
    glow = 1.12 - 0.55 * ((x - 0.42) ** 2 + (y - 0.35) ** 2)
    coarse = np.random.default_rng(identity.seed).standard_normal((9, 9))
    clouds = cv2.resize(coarse, (n, n), interpolation=cv2.INTER_CUBIC)
    wall = to_linear(identity.background) * (glow * (1 + 0.03 * clouds))[..., None]
    return wall / identity.exposure


def render_posed(
    identity: Identity,
    posed: Posed,
    expression: Expression,
    size: int,
    *,
    n_lights: int = N_LIGHTS,
) -> Array:
    """Return the picture of a posed head.

    Parameters
    ----------
    identity : Identity
        Who.
    posed : Posed
        The head in its expression and pose.
    expression : Expression
        The expression in which it is posed.
    size : int
        Width and height in pixels.
    n_lights : int, optional
        Number of light directions; fewer are faster and noisier.

    Returns
    -------
    ndarray, shape (size, size, 3), dtype uint8
        sRGB, RGB order.
    """
    head, camera, n = load_head(), identity.camera(size), size * SUPERSAMPLING
    received, gloss, facing = illuminate(
        head, posed.level1, posed.level2, posed.normals, identity.light, n_lights
    )
    received = scatter(head, received, posed.level1)
    fragments = Fragments(
        camera.raster(posed.level2, SUPERSAMPLING),
        posed.level2[:, 2],
        head.triangles,
        (n, n),
    )
    surface = see_surface(head, fragments, posed.cloth, facing)
    light = fragments.of(received)
    relief = carve(identity, surface, fragments, expression, camera, SUPERSAMPLING)
    flush = expression.flush
    colour = shade_surface(identity, surface, light, fragments.of(gloss), flush, relief)
    eyes, eye_colour = (
        shade_eyes(identity, head, posed.level2, fragments, light, flush)
        if identity.nature is None
        else shade_living_eyes(
            identity, head, posed.level2, fragments, light, camera, SUPERSAMPLING, flush
        )
    )
    colour[eyes] = eye_colour
    picture = paint_background(identity, n)
    picture[fragments.covered] = colour
    scene = Scene(
        head,
        posed.calm,
        posed.coarse,
        posed.calm1,
        posed.level2,
        posed.normals,
        received,
        camera,
        SUPERSAMPLING,
        fragments.depth,
    )
    rng = np.random.default_rng(identity.seed)
    draw_brows(picture, scene, identity, rng)
    draw_lashes(picture, scene, identity, rng)
    draw_scalp(picture, scene, identity, rng)
    draw_vellus(picture, scene, identity)
    return develop(
        picture,
        size,
        exposure=identity.exposure,
        contrast=identity.contrast,
        grain_seed=identity.seed + 99,
    )


def locate_landmarks(
    identity: Identity, expression: Expression, size: int
) -> tuple[Array, Array]:
    """Return the 68 and the infant landmarks of a picture, without rendering it.

    Returns
    -------
    points68, points_infant : ndarray, shape (N, 2)
        Pixels; the centre of the top-left pixel is (0, 0).
    """
    head = load_head()
    posed = pose_head(head, identity, expression)
    return Landmarker(head, identity, posed, identity.camera(size)).locate()


def render_level(
    identity: str,
    from_label: str,
    to_label: str,
    level: float,
    path: str = "linear",
    size: int = 640,
    *,
    n_lights: int = N_LIGHTS,
) -> tuple[Array, Array, Array]:
    """Return the true picture and landmarks at a level between two expressions.

    Parameters
    ----------
    identity : str
        Name in `IDENTITIES`.
    from_label, to_label : str
        ``"happy"``, ``"neutral"`` or ``"distressed"``.
    level : float
        0 is `from_label`, 1 is `to_label`.
    path : str, optional
        ``"linear"`` or ``"eased"``.
    size : int, optional
        Width and height in pixels.
    n_lights : int, optional
        Number of light directions.

    Returns
    -------
    image : ndarray, shape (size, size, 3), dtype uint8
        sRGB, RGB order.
    points68 : ndarray, shape (68, 2)
        iBUG order. Pixels; the centre of the top-left pixel is (0, 0).
    points_infant : ndarray, shape (N, 2)
        In the order of the infant template.

    Raises
    ------
    ValueError
        If a name, the path or the level is not allowed.
    """
    if identity not in IDENTITIES:
        known = ", ".join(IDENTITIES)
        raise ValueError(f'identity "{identity}"; one of {known} is needed')
    who = IDENTITIES[identity]
    expression = express(from_label, to_label, level, path, who.repertoire)
    posed = pose_head(load_head(), who, expression)
    image = render_posed(who, posed, expression, size, n_lights=n_lights)
    return image, *Landmarker(load_head(), who, posed, who.camera(size)).locate()
