"""From a rendered frame to an image: matching, grey, mask, background, crop, padding.

Each frame is finished on its own, and identically in a build and a reproduction:
whatever depends on the other images of its set is in a `SetStatistics`, from
`morphkit.morph.measure_set.measure_set` or from a pack.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Nodes
from morphkit.morph.framing import (
    Box,
    Framing,
    Sides,
    check_padding,
    cut_of,
    in_grey,
    inside_landmarks,
)
from morphkit.morph.masks import MaskShape
from morphkit.morph.normalise import SetImage
from morphkit.morph.normalise.light import on_codes, on_photo
from morphkit.morph.normalise.sets import frozen_array, line_of
from morphkit.morph.scene import PreparedScene, Scene
from morphkit.morph.set_statistics import SetStatistics
from morphkit.morph.settings import FinishSettings
from morphkit.pixels import blend_nodes
from morphkit.pixels.spec import (
    WHITE,
    Int16,
    decode_table,
    encode_table,
    encode_table_16,
)

Codes = npt.NDArray[np.float64]
Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Finish:
    """How the frames of a set are finished.

    Parameters
    ----------
    settings : FinishSettings
    statistics : SetStatistics
        Statistics of the set.
    boxes : mapping of (int, int) to Box
        The part kept of frames of each size; from `crop_boxes`.
    """

    settings: FinishSettings
    statistics: SetStatistics
    boxes: Mapping[Size, Box]

    def match_photos(self, scene: Scene) -> Scene:
        """Return a scene with its photographs as they enter rendering.

        The scene itself is returned unless matching changes photographs.
        """
        match = self.settings.match
        if match.method == "none" or match.over != "sources":
            return scene
        learned = self.statistics.learnt_of(match.group_of(scene.identity))
        photos = [
            on_photo(photo, line_of(scene.name, k, learned))
            for k, photo in enumerate(scene.photos)
        ]
        return replace(scene, photos=photos)

    def pictures(self, prepared: PreparedScene) -> Iterator[Image]:
        """Yield the image of every step, in order."""
        for step in range(prepared.shares.n_steps):
            yield self.picture(prepared, step)

    def picture(self, prepared: PreparedScene, step: int) -> Image:
        """Return the frame of a step, matched and in grey, before mask and crop.

        Parameters
        ----------
        prepared : PreparedScene
            Prepared from a scene returned by `match_photos`.
        step : int
            Numbered from 0.
        """
        match, grey = self.settings.match, self.settings.grey
        matched = match.entry is not None and match.over == "frames"
        deep = self.settings.bit_depth == 16
        if not (matched or grey):
            return prepared.deep_frame(step) if deep else prepared.frame(step)
        light = light_of_step(prepared, step, grey=grey)
        if match.entry is None or not matched:
            if deep:
                return np.asarray(encode_table_16()[light])
            return np.asarray(encode_table()[light])
        learned = self.statistics.learnt_of(match.group_of(prepared.scene.identity))
        return match.entry.change(shown_step(prepared, step, light), learned)

    @property
    def keeps_frames(self) -> bool:
        """Whether frames are shown as they are rendered: neither matched nor grey."""
        match = self.settings.match
        return not self.settings.grey and (
            match.entry is None or match.over == "sources"
        )

    def picture_and_samples(
        self, prepared: PreparedScene, step: int
    ) -> tuple[Image, Int16 | None]:
        """Return the image of a step, as `picture`, and what it was rounded from.

        The samples are those of `PreparedScene.samples`; None where an image is not
        shown as it was rendered.
        """
        if not self.keeps_frames:
            return self.picture(prepared, step), None
        deep = self.settings.bit_depth == 16
        return prepared.frame_and_samples(step, deep=deep)

    def codes(self, prepared: PreparedScene, level: float, codes: Codes) -> Codes:
        """Return unrounded code values, matched and in grey, for measurements.

        SHINE's methods are defined on rounded values, and return rounded values.

        Parameters
        ----------
        prepared : PreparedScene
            Prepared from a scene returned by `match_photos`.
        level : float
            Level of the frame; between two steps, their corrections are interpolated.
        codes : ndarray, shape (H, W, 3), dtype float64
            sRGB code values from 0 to 1, from `PreparedScene.codes`.
        """
        scene, match, grey = prepared.scene, self.settings.match, self.settings.grey
        if match.entry is None or match.over == "sources":
            return on_codes(codes, grey=grey) if grey else codes
        levels = scene.trajectory.levels
        learned = self.statistics.learnt_of(match.group_of(scene.identity))
        if match.entry.grey:
            step = int(np.abs(levels - level).argmin())
            frame = np.rint(on_codes(codes, grey=True) * 255).astype(np.uint8)
            light = np.asarray(decode_table("uint8")[frame])
            return match.entry.change(shown_step(prepared, step, light), learned) / 255
        lines = frozen_array(learned, f"lines_{scene.name}", (len(levels), 4))
        line = [float(np.interp(level, levels, column)) for column in lines.T]
        return on_codes(codes, line, grey=grey)

    def framing(self, scene: Scene) -> Framing:
        """Return mask, background and box of a scene."""
        size = scene.mesh.size
        cover = None if scene.mask is None else scene.mask.cover(size)
        pad = Sides(*self.settings.pad)
        return Framing(self.boxes[size], pad, self._background(), cover)

    def _background(self) -> tuple[int, int, int]:
        """Return the code values of the background."""
        if self.settings.background == "mean":
            return self.statistics.background()
        red, green, blue = bytes.fromhex(self.settings.background[1:])
        return red, green, blue


def crop_boxes(
    shown: Iterable[tuple[Size, MaskShape | None]], settings: FinishSettings
) -> dict[Size, Box]:
    """Return the part kept of the frames of a set: one box per frame size.

    Parameters
    ----------
    shown : iterable of ((int, int), MaskShape or None)
        Size of the frames of every continuum, and its mask.
    settings : FinishSettings

    Raises
    ------
    InputError
        If almost nothing of an image is left, or padding makes it too large.
    """
    boxes = {}
    by_size: dict[Size, list[MaskShape]] = {}
    for size, mask in shown:
        by_size.setdefault(size, []).extend([] if mask is None else [mask])
    for size, masks in by_size.items():
        boxes[size] = cut_of(size, settings.crop, masks)
        check_padding(boxes[size], Sides(*settings.pad))
    return boxes


def light_of_step(prepared: PreparedScene, step: int, *, grey: bool) -> Int16:
    """Return the light of a step before matching, in grey if requested."""
    light = prepared.light(step)
    return in_grey(light) if grey else light


def shown_step(prepared: PreparedScene, step: int, light: Int16) -> SetImage:
    """Return a frame as matching methods take it."""
    scene = prepared.scene
    shares = prepared.shares.rows(step)[0]
    landmarks = blend_nodes(list(scene.mesh.landmarks), shares)
    levels = scene.trajectory.levels
    share = (levels[step] - levels[0]) / (levels[-1] - levels[0])
    return _shown(scene, step, light, landmarks, float(share))


def shown_photo(prepared: PreparedScene, end: int) -> SetImage:
    """Return a single photograph in its frame as matching methods take it."""
    scene = prepared.scene
    light = prepared.light_of_photo(end)
    return _shown(scene, end, light, scene.mesh.landmarks[end], 0.0)


def _shown(
    scene: Scene, index: int, light: Int16, landmarks: Nodes, share: float
) -> SetImage:
    """Return an image of a scene as matching methods take it.

    The region measured is inside the mask; without a mask, inside the landmarks of
    that image.
    """
    if scene.mask is None:
        inside = inside_landmarks(landmarks, scene.mesh.size)
        return SetImage(scene.name, index, share, light, inside)
    cover = scene.mask.cover(scene.mesh.size)
    return SetImage(scene.name, index, share, light, cover > WHITE // 2, cover > 0)
