"""Measuring a whole set: the statistics that matching needs, and the mean background.

This may render the whole set. The result is frozen in the pack, so that each image can
be reproduced on its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.morph.finish import (
    Finish,
    crop_boxes,
    light_of_step,
    shown_photo,
    shown_step,
)
from morphkit.morph.normalise import SetImage
from morphkit.morph.normalise.light import luminance_of
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import Scene
from morphkit.morph.set_statistics import SetStatistics
from morphkit.morph.settings import FinishSettings
from morphkit.pixels.spec import decode_table, encode_table


def measure_set(
    scenes: Sequence[Scene], settings: FinishSettings, prepared: PreparedScenes
) -> SetStatistics:
    """Return the statistics of a set; nothing is rendered if none are needed.

    Parameters
    ----------
    scenes : sequence of Scene
        Every continuum of the set; each may be made where it is asked for.
    settings : FinishSettings
    prepared : PreparedScenes
        Keeps scenes that were prepared here for rendering later.

    Raises
    ------
    InputError
        If the set cannot be matched, or a mask has no pixels.
    """
    arrays: dict[str, npt.NDArray[Any]] = {}
    match = settings.match
    if match.entry is not None:
        groups: dict[str, list[int]] = {}
        for k, scene in enumerate(scenes):
            groups.setdefault(match.group_of(scene.identity), []).append(k)
        look = _photos if match.over == "sources" else _frames
        for group in sorted(groups):
            chosen = _Chosen(scenes, groups[group])
            showing = partial(look, chosen, settings, prepared)
            found = match.entry.learn(showing, match.rescale)
            arrays |= {f"{group}.{name}": found[name] for name in found}
    if settings.background == "mean":
        finish = Finish(settings, SetStatistics(arrays), {})
        arrays["background"] = _mean_background(scenes, finish, prepared)
    return SetStatistics(arrays)


def learn_finish(
    scenes: Sequence[Scene], settings: FinishSettings, prepared: PreparedScenes
) -> Finish:
    """Return how the frames of a set are finished.

    Parameters
    ----------
    scenes, settings, prepared
        As for `measure_set`.

    Raises
    ------
    InputError
        If almost nothing of an image is left, or the set cannot be measured.
    """
    shown = [(scene.mesh.size, scene.mask) for scene in scenes]
    boxes = crop_boxes(shown, settings)  # before anything is rendered
    return Finish(settings, measure_set(scenes, settings, prepared), boxes)


@dataclass(frozen=True)
class _Chosen:
    """Some scenes of a set, gone through as often as is needed."""

    scenes: Sequence[Scene]
    indexes: Sequence[int]

    def __iter__(self) -> Iterator[Scene]:
        return (self.scenes[k] for k in self.indexes)


def _frames(
    scenes: Iterable[Scene], settings: FinishSettings, prepared: PreparedScenes
) -> Iterator[SetImage]:
    """Yield every frame of some continua before matching."""
    matching = settings.match.entry
    for scene in scenes:
        if scene.trajectory.via and matching and matching.between_ends:
            raise InputError(
                "passes a third face, so there is no one line between its ends",
                where=scene.name,
                remedy='choose another match.method, or "none"',
            )
        ready = prepared.keep(scene)
        for step in range(scene.trajectory.n_steps):
            light = light_of_step(ready, step, grey=settings.grey)
            yield shown_step(ready, step, light)


def _photos(
    scenes: Iterable[Scene], settings: FinishSettings, prepared: PreparedScenes
) -> Iterator[SetImage]:
    """Yield every photograph of some continua on its own in its frame."""
    del settings
    for scene in scenes:
        ready = prepared.once(scene)  # it is rendered from other photographs
        for end in range(scene.mesh.n_ends):
            yield shown_photo(ready, end)


def _mean_background(
    scenes: Sequence[Scene], finish: Finish, prepared: PreparedScenes
) -> npt.NDArray[np.uint8]:
    """Return the grey with the mean luminance of the faces at both ends."""
    total = n = 0
    for scene in scenes:
        ready = prepared.keep(finish.match_photos(scene))
        for step in (0, scene.trajectory.n_steps - 1):
            picture = finish.picture(ready, step)
            light = decode_table(picture.dtype.name)[picture]
            inside = shown_step(ready, step, np.asarray(light)).inside
            values = luminance_of(light[inside])
            total, n = total + int(values.sum()), n + values.size
    if n == 0:
        raise InputError("a mask without pixels has no mean luminance")
    code = int(encode_table()[(2 * total + n) // (2 * n)])
    return np.full(3, code, np.uint8)
