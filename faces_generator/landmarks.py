"""Where the landmarks of a rendered face are, as a careful human would click them.

Three kinds of points:

* *on the skin*: a place at rest, carried along by the moving surface (brows, nose, lip
  borders, corners of the eyes and the mouth, cheeks, forehead);
* *at the edge of an opening*: the lids and the inner lips, where the eyeball or the
  inside of the mouth stops being visible; if nothing is open, on the closed seam;
* *on an outline*: jaw, cranium, ears, collar and shoulders, where the visible shape
  ends in the picture, whatever part of the skin that is at the moment.

The last two are measured in an enlarged picture that says what is visible at each
point. They are measured at one size and scaled, so that landmarks do not depend on the
size of the picture.

Conventions
-----------
Landmark coordinates: pixels, x right, y down, and the centre of the top-left pixel is
(0, 0). *Left* and *right* are those of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faces_generator import infant_template as names
from faces_generator.arrays import Array
from faces_generator.asset import LEFT_EYE, LOWER_GUM, RIGHT_EYE, SKIN, TONGUE
from faces_generator.camera import Camera
from faces_generator.closeup import (
    CloseUp,
    cast_rays,
    edges_of_opening,
    part_seam,
    smooth_line,
    space_evenly,
)
from faces_generator.hair import BROW_LENGTH, brow_frame, brow_rise
from faces_generator.skin import LOWER_LIP, UPPER_LIP

if TYPE_CHECKING:
    from faces_generator.head import Head
    from faces_generator.identity import Identity
    from faces_generator.pose import Posed

SIZE = 640
OUTLINE_ZOOM = 3
"""Size at which landmarks are measured, and the enlargement for outlines."""
SEAM_GAP = 0.3
"""Half the distance kept between the two sides of a closed seam, in pixels at 640."""

EYE_INNER, EYE_OUTER = (0.138, -0.003, 0.121), (0.295, -0.008, 0.080)
MOUTH_INNER = (0.118, -0.366, 0.122)
"""Corners of the visible openings at rest."""

NOSE = ((0, 0.022), (0, -0.032), (0, -0.086), (0, -0.142))
NOSE_BASE = ((0.082, -0.206), (0.042, -0.216), (0, -0.222))


class Landmarker:
    """Finds the landmarks of one posed head.

    Parameters
    ----------
    head : Head
        Topology.
    identity : Identity
        Whose head.
    posed : Posed
        Its surface in an expression and pose.
    camera : Camera
        Of the picture.
    """

    def __init__(
        self, head: Head, identity: Identity, posed: Posed, camera: Camera
    ) -> None:
        self.head, self.identity = head, identity
        self.posed, self.camera = posed, camera
        self.view = Camera(SIZE, camera.extent, camera.centre_y)
        self.raster = self.view.raster(posed.level2)
        self.points: dict[str, Array] = {}

    def locate_68(self) -> Array:
        """Return the 68 landmarks alone, also where an ear is out of sight."""
        self._place_skin_points()
        self._measure_eyes()
        self._measure_mouth()
        self._measure_face_outline()
        return self._in_picture(names.NAMES[:68])

    def locate(self) -> tuple[Array, Array]:
        """Return the 68 and the infant landmarks, in pixels of the picture."""
        self._place_skin_points()
        self._measure_eyes()
        self._measure_mouth()
        self._measure_face_outline()
        whole = CloseUp(
            self.head,
            self.raster,
            self.posed.level2[:, 2],
            (0, 0, SIZE, SIZE),
            OUTLINE_ZOOM,
        )
        self._measure_ears(whole)
        self._measure_clothes(whole)
        points = self._in_picture(names.NAMES)
        return points[:68], points

    def _in_picture(self, keys: Sequence[str]) -> Array:
        """Return measured points in pixels of the picture."""
        points = np.array([self.points[key] for key in keys])
        return np.asarray((points + 0.5) * self.camera.size / SIZE - 0.5)

    def _on_skin(self, places: npt.ArrayLike) -> Array:
        """Return landmark coordinates of places (x, y) at rest, shape (N, 2)."""
        index, weight = self.head.attach(np.asarray(places, float))
        posed = (self.posed.level2[index] * weight[..., None]).sum(1)
        return self.view.project(posed)

    def _at_surface(self, place: npt.ArrayLike) -> Array:
        """Return landmark coordinates of a place (x, y, z) on the skin at rest."""
        index, weight = self.head.attach_surface(place)
        return self.view.project((self.posed.level2[index] * weight[:, None]).sum(0))

    def _close_up(
        self, points: Array, pad: float | tuple[float, float], zoom: int
    ) -> CloseUp:
        """Return a close-up around landmark coordinates."""
        low, high = points.min(0) - pad, points.max(0) + pad
        return CloseUp(
            self.head,
            self.raster,
            self.posed.level2[:, 2],
            (*np.floor(low), *np.ceil(high)),
            zoom,
        )

    def _rest_places(self, close: CloseUp) -> tuple[Array, Array]:
        """Return distance from the midline and height at rest in a close-up."""
        rest = self.head.rest2
        return np.abs(close.picture(rest[:, 0])), close.picture(rest[:, 1])

    def _put(self, keys: Sequence[str], points: npt.ArrayLike) -> None:
        """Name points."""
        self.points.update(zip(keys, np.atleast_2d(points), strict=True))

    def _place_skin_points(self) -> None:
        """Place the points that stay on the skin."""
        self._put(names.NOSE_RIDGE, self._on_skin(NOSE))
        for sign, side in ((-1, "left"), (1, "right")):
            mirror = np.array([sign, 1])
            self._put(names.nose_base(side), self._on_skin(NOSE_BASE[:2] * mirror))
            self._put(names.brow(side), self._on_skin(self._brow_line() * mirror))
            for key, place in names.SIDE_PLACES.items():
                self._put([f"{side} {key}"], self._on_skin([place * mirror]))
        self._put(["nose base"], self._on_skin(NOSE_BASE[2:]))
        for key, place in names.MIDDLE_PLACES.items():
            self._put([key], self._on_skin([place]))
        for key, (border, x) in names.LIP_PLACES.items():
            line = np.array(UPPER_LIP if border == "upper" else LOWER_LIP).T
            self._put([key], self._on_skin([(x, np.interp(abs(x), *line))]))

    def _brow_line(self) -> Array:
        """Return five places along the middle of the brow's hairs, outside first."""
        t = np.array([1, 0.75, 0.5, 0.25, 0])
        point, tangent, normal = brow_frame(t)
        towards = tangent + normal * brow_rise(t)[:, None]
        part = np.array([0.75, 0.5, 0.5, 0.4, 0.1])[:, None]
        return point + towards * BROW_LENGTH * part

    def _measure_eyes(self) -> None:
        """Place the corners on the skin and the lids at the edge of the opening."""
        for sign, side, group in ((-1, "left", RIGHT_EYE), (1, "right", LEFT_EYE)):
            inner, outer = (
                self._at_surface(np.array(p) * (sign, 1, 1))
                for p in (EYE_INNER, EYE_OUTER)
            )
            close = self._close_up(np.array([inner, outer]), (4, 14), 10)
            x, y = self._rest_places(close)
            ends = np.array([EYE_INNER, EYE_OUTER])
            seam = np.interp(x, ends[:, 0], ends[:, 1])
            upper = close.covered & (close.group == SKIN) & (y > seam)
            t = np.arange(1, 6)[:, None] / 6
            columns = close.inside(outer + t * (inner - outer))[:, 0]
            rows = edges_of_opening(close.group == group, upper, columns)
            lids = [close.outside(np.stack([columns, r], 1)) for r in rows.T]
            upper_lid, lower_lid = part_seam(lids[0], lids[1], SEAM_GAP)
            self._put(
                [f"{side} eye outer corner", f"{side} eye inner corner"], [outer, inner]
            )
            self._put(names.lid(side, "upper"), upper_lid)
            self._put(names.lid(side, "lower"), lower_lid)

    def _measure_mouth(self) -> None:
        """Place the inner lips and the lower gum."""
        left, right = (
            self._at_surface(np.array(MOUTH_INNER) * (s, 1, 1)) for s in (-1, 1)
        )
        middle = self._on_skin([(0, -0.31)])[0]
        lips = np.array([self.points[k] for k in names.LIP_PLACES])
        close = self._close_up(lips, 2, 8)
        x, y = self._rest_places(close)
        lining = close.picture(self.head.masks["inside-mouth"]) > 0.5
        open_ = (lining & (close.group == SKIN)) | (close.group >= TONGUE)
        seam = np.interp(x, (0, MOUTH_INNER[0]), (-0.372, MOUTH_INNER[1]))
        upper = close.covered & ~open_ & (y > seam)
        t = np.arange(1, 4)[:, None] / 4
        line = np.concatenate(
            [
                left + t * (middle - left),
                middle[None],
                right + t[::-1] * (middle - right),
            ]
        )
        columns = close.inside(line)[:, 0]
        rows = edges_of_opening(open_, upper, columns)
        above, below = (close.outside(np.stack([columns, r], 1)) for r in rows.T)
        above, below = part_seam(above, below, SEAM_GAP)
        for side, corner in (("left", left), ("right", right)):
            corner = self._mouth_corner(close, open_, upper, corner)
            self._put([f"mouth {side} inner corner"], corner)
        self._put(names.INNER_UPPER_LIP, above)
        self._put(names.INNER_LOWER_LIP, below)
        self._place_gum(close, columns[2:5], above[2:5], below[2:5])

    def _mouth_corner(
        self, close: CloseUp, open_: Array, upper: Array, corner: Array
    ) -> Array:
        """Return the corner at the end of a wide opening, or on the closed seam.

        The nearer the opening ends to the place where the lips meet, the more it
        counts: a mouth that is open in the middle only still has its seam beside it.
        """
        column, _ = close.inside(corner)
        row = edges_of_opening(open_, upper, [column])[0].mean()
        found = np.array([column, row])
        seen = np.flatnonzero(open_.any(0))
        if len(seen):
            end = seen[0] if column < open_.shape[1] / 2 else seen[-1]
            tip = np.array([end, np.flatnonzero(open_[:, end]).mean()]) + 0.5
            pull = np.exp(-(((tip[0] - column) / (5 * close.zoom)) ** 2))
            found = found + pull * (tip - found)
        return close.outside(found)

    def _place_gum(
        self, close: CloseUp, columns: Array, above: Array, below: Array
    ) -> None:
        """Place the upper edge of the lower gum between the inner lips."""
        least = np.minimum((below[:, 1] - above[:, 1]) / 4, 1.0)
        rows = []
        for column in columns.astype(int):
            seen = np.flatnonzero(close.group[:, column] == LOWER_GUM)
            rows.append(seen[0] if len(seen) else np.inf)
        edge = close.outside(np.stack([columns, rows], 1))[:, 1]
        edge = np.clip(edge, above[:, 1] + least, below[:, 1] - least)
        self._put(names.GUM, np.stack([above[:, 0], edge], 1))

    def _shell(self, keep: Array) -> CloseUp:
        """Return an enlarged outline of the triangles whose vertices are all kept."""
        chosen = np.flatnonzero(
            keep[self.head.triangles].all(1) & (self.head.triangle_group == SKIN)
        )
        return CloseUp(
            self.head,
            self.raster,
            self.posed.level2[:, 2],
            (60, 0, SIZE - 60, SIZE),
            OUTLINE_ZOOM,
            chosen,
        )

    def _measure_face_outline(self) -> None:
        """Place jaw and cranium on the outline of the face and of the head."""
        y, z = self.head.rest2.T[1:]
        no_ear = self.head.masks["ears"] < 0.3
        face = no_ear & (z > -0.34) & (y < 0.2)
        face &= y > -0.605 + 0.35 * np.clip(-0.12 - z, 0, None)
        face &= self.posed.cloth < 0.5
        close = self._shell(face)
        across = (
            self.points["right eye outer corner"] - self.points["left eye outer corner"]
        )
        roll = np.arctan2(-across[1], across[0])
        base = close.inside(self.points["nose tip"])
        chin = close.inside(self._on_skin([(0, -0.53)]))[0]
        down = np.arctan2(base[1] - chin[1], chin[0] - base[0])
        start, end = (
            self._level_with_eyes(close, base, side, roll) for side in ("left", "right")
        )
        for keys, a, b in (
            (names.JAW[:9], start - 2 * np.pi, down),
            (names.JAW[8:], down, end),
        ):
            line = cast_rays(close.covered, base, np.linspace(a, b, 241))
            line = smooth_line(close.outside(line), 6)
            self._put(keys, space_evenly(line, 9))
        self._measure_cranium(roll)

    def _level_with_eyes(
        self, close: CloseUp, base: Array, side: str, roll: float
    ) -> float:
        """Return the angle of the ray that meets the outline level with the eyes."""
        eye = close.inside(self.points[f"{side} eye outer corner"])
        flip = -1 if side == "left" else 1
        spread = np.linspace(-0.1, 0.9, 401)
        angles = roll + spread if flip > 0 else roll + np.pi - spread
        line = cast_rays(close.covered, base, angles)
        along = np.array([np.cos(roll), -np.sin(roll)])
        off = (line - eye) @ np.array([-along[1], along[0]])
        hit = angles[np.argmin(np.abs(off))]
        return hit + 2 * np.pi if hit < 0 and flip < 0 else hit

    def _measure_cranium(self, roll: float) -> None:
        """Place points around the head from above one ear to above the other."""
        keep = (self.head.masks["ears"] < 0.3) & (self.head.rest2[:, 1] > -0.5)
        close = self._shell(keep)
        eyes = [self.points[f"{s} eye outer corner"] for s in ("left", "right")]
        centre = close.inside(np.mean(eyes, 0))
        angles = roll + np.pi - np.deg2rad(np.linspace(26, 154, 241))
        line = smooth_line(close.outside(cast_rays(close.covered, centre, angles)), 6)
        out = line - close.outside(centre)
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        line = line + out * self.identity.hair.thickness * SIZE / self.view.extent
        self._put(names.CRANIUM, space_evenly(line, len(names.CRANIUM)))

    def _measure_ears(self, close: CloseUp) -> None:
        """Place five points on the outline of each ear."""
        ears = close.picture(self.head.masks["ears"]) > 0.5
        x = close.picture(self.head.rest2[:, 0])
        for side, flip in (("left", -1), ("right", 1)):
            shape = ears & (x * flip > 0.2)
            rows, columns = np.nonzero(shape)
            centre = np.array([columns.mean(), rows.mean()]) + 0.5
            band = 2 * close.zoom
            tips = (rows <= rows.min() + band, rows >= rows.max() - band)
            ends = [
                (columns[tip].mean() + 0.5, rows[tip].mean() + 0.5) - centre
                for tip in tips
            ]
            top, lobe = (np.arctan2(-v, u * flip) for u, v in ends)
            turn = np.linspace(top, lobe, 181)
            angles = turn if flip > 0 else np.pi - turn
            line = close.outside(cast_rays(shape, centre, angles))
            self._put(names.ear(side), space_evenly(smooth_line(line, 4), 5))

    def _measure_clothes(self, close: CloseUp) -> None:
        """Place the collar and the shoulders on the upper edge of the clothes."""
        cloth = close.picture(self.posed.cloth) > 0.5
        top = np.where(cloth.any(0), cloth.argmax(0), cloth.shape[0]).astype(float)
        middle = int(close.inside(self.points["nose base"])[0])
        left = int(np.argmin(top[:middle]))
        right = middle + int(np.argmin(top[middle:]))
        n = cloth.shape[1]
        ends = np.flatnonzero(cloth[-1])
        first, last = max(ends[0], 8), min(ends[-1], n - 9)
        columns = np.concatenate(
            [
                left + (first - left) * np.array([0.96, 0.64, 0.32]),
                left + (middle - left) * np.array([0, 0.25, 0.5, 0.75]),
                right + (middle - right) * np.array([1, 0.75, 0.5, 0.25, 0]),
                right + (last - right) * np.array([0.32, 0.64, 0.96]),
            ]
        )
        rows = top[np.clip(columns.astype(int), 0, n - 1)]
        self._put(names.CLOTHES, close.outside(np.stack([columns + 0.5, rows], 1)))
