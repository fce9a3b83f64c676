"""From rendered frames to the images of a pack: matching, grey, mask, background, box.

What depends on the whole set (what a match has learnt, the mean background) is found
once, by rendering everything that is looked at, and frozen in the pack; each frame is
then finished alone, in the same way when it is built and when it is reproduced.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image, Nodes
from morphkit.errors import InputError
from morphkit.faces.template import Template
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.morph.frame import prepare_sources, render_light, render_mixed
from morphkit.morph.framing import (
    Box,
    Framing,
    Sides,
    check_padding,
    cut_of,
    in_grey,
    inside_landmarks,
)
from morphkit.morph.integer_weights import step_shares
from morphkit.morph.masks import MASKS, MaskShape
from morphkit.morph.normalise import MATCHINGS, Learnt, Shown
from morphkit.morph.normalise.light import luminance_of, on_codes, on_photo
from morphkit.morph.normalise.sets import frozen_array, line_of
from morphkit.morph.scene import Scene, mask_of
from morphkit.morph.trajectory import Trajectory
from morphkit.pipeline.settings import morph_settings
from morphkit.pixels import ONE, Source, blend_nodes
from morphkit.pixels.spec import WHITE, Int16, decode_table, encode_table
from morphkit.recipe import Recipe

Codes = npt.NDArray[np.float64]


def needs_set(recipe: Recipe) -> bool:
    """Return whether an image depends on the other images of the set."""
    return recipe.match.method != "none" or recipe.frame.background == "mean"


def outline_of(
    recipe: Recipe,
    mesh: Correspondence,
    trajectory: Trajectory,
    template: Template,
) -> MaskShape | None:
    """Return the mask of a continuum, or None if nothing is hidden."""
    if recipe.morph.mask == "none":
        return None
    return mask_of(
        MASKS[recipe.morph.mask],
        mesh,
        trajectory,
        template,
        feather=recipe.frame.feather,
    )


class Finishing:
    """How the frames of a set are finished.

    Parameters
    ----------
    recipe : Recipe
    scenes : sequence of Scene
        Every continuum of the set.
    learnt : mapping of str to ndarray, optional
        What was frozen; without it, it is found from the scenes.

    Attributes
    ----------
    learnt : dict of str to ndarray
        What depends on the set; empty if nothing does.
    rendering : Rendering
        How its frames are rendered.

    Raises
    ------
    InputError
        If the set cannot be matched, or nothing is left of an image.
    """

    def __init__(
        self, recipe: Recipe, scenes: Sequence[Scene], learnt: Learnt | None = None
    ) -> None:
        self._recipe = recipe
        self.rendering = morph_settings(recipe).rendering
        self._matching = MATCHINGS.get(recipe.match.method)
        self._scenes = scenes
        self._cuts = self._find_cuts()
        self._shares = {scene.name: step_shares(scene.trajectory) for scene in scenes}
        self.learnt: dict[str, npt.NDArray[Any]] = dict(learnt or {})
        if learnt is None and needs_set(recipe):
            self._learn()

    def photos(self, scene: Scene) -> Sequence[Image]:
        """Return the photographs of a scene as they go into rendering."""
        if self._matching is None or self._recipe.match.over != "sources":
            return scene.photos
        return [
            on_photo(photo, line_of(scene.name, k, self._learnt_of(scene)))
            for k, photo in enumerate(scene.photos)
        ]

    def pictures(self, scene: Scene) -> Iterator[Frame]:
        """Yield the frame of every step, matched and in grey, before mask and box."""
        sources = prepare_sources(scene.mesh, self.photos(scene), self.rendering)
        shares = self._shares[scene.name]
        for step in range(shares.n_steps):
            yield self._picture(scene, sources, step)

    def codes(self, scene: Scene, level: float, codes: Codes) -> Codes:
        """Return unrounded code values matched and in grey, for measuring.

        SHINE's matches are defined on rounded values, and give those.

        Parameters
        ----------
        scene : Scene
        level : float
            Of the frame; between two steps, what was learnt of both counts.
        codes : ndarray, shape (H, W, 3), dtype float64
            sRGB code values from 0 to 1, from `render_codes` and the
            photographs that `photos` returns.
        """
        grey = self._recipe.frame.grey
        if self._matching is None or self._recipe.match.over == "sources":
            return on_codes(codes, grey=grey) if grey else codes
        levels, learnt = scene.trajectory.levels, self._learnt_of(scene)
        if self._matching.grey:
            step = int(np.abs(levels - level).argmin())
            frame = np.rint(on_codes(codes, grey=True) * 255).astype(np.uint8)
            light = np.asarray(decode_table("uint8")[frame])
            return self._matching.change(self._shown(scene, step, light), learnt) / 255
        lines = frozen_array(learnt, f"lines_{scene.name}", (len(levels), 4))
        line = [float(np.interp(level, levels, column)) for column in lines.T]
        return on_codes(codes, line, grey=grey)

    def framing(self, scene: Scene) -> Framing:
        """Return mask, background and box of a scene."""
        cover = None if scene.mask is None else scene.mask.cover(scene.mesh.size)
        pad = Sides(*self._recipe.frame.pad)
        return Framing(self._cuts[scene.name], pad, self._background(), cover)

    def _background(self) -> tuple[int, int, int]:
        """Return the code values of the background."""
        if self._recipe.frame.background == "mean":
            found = frozen_array(self.learnt, "background", (3,))
            red, green, blue = found.tolist()
        else:
            red, green, blue = bytes.fromhex(self._recipe.frame.background[1:])
        return red, green, blue

    def _find_cuts(self) -> dict[str, Box]:
        """Return what is left of every scene: the same of all frames of one size."""
        part = self._recipe.frame
        cuts = {}
        for scene in self._scenes:
            masks = [
                other.mask
                for other in self._scenes
                if other.mask is not None and other.mesh.size == scene.mesh.size
            ]
            cuts[scene.name] = cut_of(scene.mesh.size, part.crop, masks)
            check_padding(cuts[scene.name], Sides(*part.pad))
        return cuts

    def _group(self, scene: Scene) -> str:
        """Return the name of what a scene is matched within."""
        return scene.identity if self._recipe.match.within == "identity" else "set"

    def _learnt_of(self, scene: Scene) -> Learnt:
        """Return what was learnt of the group of a scene."""
        start = f"{self._group(scene)}."
        return {
            name.removeprefix(start): found
            for name, found in self.learnt.items()
            if name.startswith(start)
        }

    def _learn(self) -> None:
        """Find what depends on the set."""
        part = self._recipe.match
        if self._matching is not None:
            for group in sorted({self._group(scene) for scene in self._scenes}):
                scenes = [s for s in self._scenes if self._group(s) == group]
                look = self._sources if part.over == "sources" else self._frames
                found = self._matching.learn(partial(look, scenes), part.rescale)
                self.learnt |= {f"{group}.{name}": found[name] for name in found}
        if self._recipe.frame.background == "mean":
            self.learnt["background"] = self._mean_background()

    def _picture(self, scene: Scene, sources: Sequence[Source], step: int) -> Frame:
        """Return the frame of a step, matched and in grey."""
        rows = self._shares[scene.name].rows(step)
        matched = self._matching is not None and self._recipe.match.over == "frames"
        if not (matched or self._recipe.frame.grey):
            return render_mixed(scene.mesh, sources, rows, self.rendering)
        light = self._light(scene, sources, step)
        if self._matching is None or not matched:
            return np.asarray(encode_table()[light])
        shown = self._shown(scene, step, light)
        return self._matching.change(shown, self._learnt_of(scene))

    def _light(self, scene: Scene, sources: Sequence[Source], step: int) -> Int16:
        """Return the light of a step, in grey where asked for, before it is matched."""
        rows = self._shares[scene.name].rows(step)
        light = render_light(scene.mesh, sources, rows, self.rendering)
        return in_grey(light) if self._recipe.frame.grey else light

    def _frames(self, scenes: Sequence[Scene]) -> Iterator[Shown]:
        """Yield every frame of some continua before it is matched."""
        for scene in scenes:
            if scene.trajectory.via and self._recipe.match.method == "line":
                raise InputError(
                    "passes a third face, so there is no one line between its ends",
                    where=scene.name,
                    remedy='choose another match.method, or "none"',
                )
            sources = prepare_sources(scene.mesh, scene.photos, self.rendering)
            for step in range(scene.trajectory.n_steps):
                yield self._shown(scene, step, self._light(scene, sources, step))

    def _sources(self, scenes: Sequence[Scene]) -> Iterator[Shown]:
        """Yield every photograph of some continua alone in its frame."""
        for scene in scenes:
            mesh = scene.mesh
            sources = prepare_sources(mesh, scene.photos, self.rendering)
            for k in range(mesh.n_ends):
                alone = tuple(ONE if end == k else 0 for end in range(mesh.n_ends))
                light = render_light(mesh, sources, (alone,) * 3, self.rendering)
                yield _shown_inside(scene, k, light, mesh.landmarks[k])

    def _shown(self, scene: Scene, step: int, light: Int16) -> Shown:
        """Return a frame with what a match may know of it."""
        shares = self._shares[scene.name].rows(step)[0]
        landmarks = blend_nodes(list(scene.mesh.landmarks), shares)
        levels = scene.trajectory.levels
        share = (levels[step] - levels[0]) / (levels[-1] - levels[0])
        return _shown_inside(scene, step, light, landmarks, float(share))

    def _mean_background(self) -> npt.NDArray[np.uint8]:
        """Return the grey of the mean luminance of the faces at both ends."""
        total = n = 0
        for scene in self._scenes:
            sources = prepare_sources(scene.mesh, self.photos(scene), self.rendering)
            for step in (0, scene.trajectory.n_steps - 1):
                picture = self._picture(scene, sources, step)
                light = np.asarray(decode_table("uint8")[picture])
                inside = self._shown(scene, step, light).inside
                values = luminance_of(light[inside])
                total, n = total + int(values.sum()), n + values.size
        if n == 0:
            raise InputError("a mask without pixels has no mean luminance")
        code = int(encode_table()[(2 * total + n) // (2 * n)])
        return np.full(3, code, np.uint8)


def _shown_inside(
    scene: Scene, index: int, light: Int16, landmarks: Nodes, share: float = 0.0
) -> Shown:
    """Return an image of a scene with what a match may know of it.

    It looks inside the mask; where nothing is hidden, inside the landmarks of the very
    image.
    """
    if scene.mask is None:
        inside = inside_landmarks(landmarks, scene.mesh.size)
        return Shown(scene.name, index, share, light, inside)
    cover = scene.mask.cover(scene.mesh.size)
    return Shown(scene.name, index, share, light, cover > WHITE // 2, cover > 0)


def same_learnt(
    first: Mapping[str, npt.NDArray[Any]], second: Mapping[str, npt.NDArray[Any]]
) -> bool:
    """Return whether the same was learnt twice, number for number."""
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )
