"""What each method learns from a set, and how it changes an image.

Conventions
-----------
Grey images are (H, W, 3) with three equal channels. Learnt arrays that belong to one
continuum end in its name: ``lines_NAME`` has a row (gain and three offsets) for each
of its images.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame
from morphkit.errors import InputError
from morphkit.morph.normalise import shine
from morphkit.morph.normalise.light import (
    Line,
    Tone,
    between,
    line_to,
    mean_tone,
    on_light,
    tone_of,
)
from morphkit.pixels.spec import Int16, encode_table

Learned = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class SetImage:
    """An image of a set.

    Parameters
    ----------
    continuum : str
        Name of its continuum.
    index : int
        Its number among the images of the continuum, from 0.
    share : float
        Its level as a fraction of the range from the first to the last image.
    light : ndarray, shape (H, W, 3), dtype int16
        Linear light, 0 to 32767, not yet rounded to code values.
    inside : ndarray, shape (H, W), dtype bool
        The region of the face.
    visible : ndarray, shape (H, W), dtype bool, or None
        The region that the mask shows; None if there is no mask.
    """

    continuum: str
    index: int
    share: float
    light: Int16
    inside: npt.NDArray[np.bool_]
    visible: npt.NDArray[np.bool_] | None = None

    @property
    def grey(self) -> shine.Grey:
        """Code values of one channel of a grey image."""
        return np.asarray(encode_table()[self.light[..., 0]])


ImageSet = Callable[[], Iterator[SetImage]]


def learn_luminance(showing: ImageSet, rescale: int) -> Learned:
    """Return the lines that give every image the mean tone of the set."""
    del rescale
    found = _tones(showing)
    target = mean_tone([tone for rows in found.values() for _, tone in rows])
    wanted = {name: [target] * len(rows) for name, rows in found.items()}
    return {"target": np.array(target[:2])} | _lines(found, wanted)


def learn_line(showing: ImageSet, rescale: int) -> Learned:
    """Return the lines that place every image between the tones of its own ends."""
    del rescale
    found = _tones(showing)
    wanted = {
        name: [between(rows[0][1], rows[-1][1], share) for share, _ in rows]
        for name, rows in found.items()
    }
    return _lines(found, wanted)


def change_light(shown: SetImage, learned: Learned) -> Frame:
    """Return an image mapped by its line."""
    line = line_of(shown.continuum, shown.index, learned)
    return np.asarray(encode_table()[on_light(shown.light, line)])


def line_of(continuum: str, index: int, learned: Learned) -> Line:
    """Return the line of an image.

    Raises
    ------
    InputError
        If no line was learnt for it.
    """
    lines = frozen_array(learned, f"lines_{continuum}", (None, 4))
    if index >= len(lines):
        raise InputError(f"nothing was learnt about image {index + 1}", where=continuum)
    return Line(*map(int, lines[index]))


def frozen_array(
    learned: Learned, name: str, shape: tuple[int | None, ...]
) -> npt.NDArray[Any]:
    """Return an array that was learnt.

    Parameters
    ----------
    learned : mapping of str to ndarray
    name : str
    shape : tuple of int or None
        Its shape; None stands for any length.

    Raises
    ------
    InputError
        If it is missing or has the wrong shape.
    """
    found = learned.get(name)
    if (
        found is None
        or found.ndim != len(shape)
        or any(n not in (None, m) for n, m in zip(shape, found.shape, strict=True))
    ):
        raise InputError(
            f'what was frozen of the set does not hold "{name}" as it should',
            remedy='"morphkit verify" tells which files of a pack were changed',
        )
    return found


def _tones(showing: ImageSet) -> dict[str, list[tuple[float, Tone]]]:
    """Return share and tone of every image by continuum."""
    found: dict[str, list[tuple[float, Tone]]] = {}
    for shown in showing():
        tone = tone_of(shown.light, shown.inside)
        found.setdefault(shown.continuum, []).append((shown.share, tone))
    return found


def _lines(
    found: Mapping[str, list[tuple[float, Tone]]],
    wanted: Mapping[str, list[Tone]],
) -> dict[str, npt.NDArray[Any]]:
    """Return the lines from found to wanted tones by continuum."""
    lines = {}
    for name, rows in found.items():
        try:
            lines[f"lines_{name}"] = np.array(
                [
                    line_to(tone, target)
                    for (_, tone), target in zip(rows, wanted[name], strict=True)
                ],
                dtype=np.int64,
            )
        except InputError as error:
            raise error.at(name) from None
    return lines


def learn_tone(showing: ImageSet, rescale: int) -> Learned:
    """Return mean and standard deviation of code values over the set."""
    del rescale
    tones = [shine.tone(shown.grey, shown.visible) for shown in showing()]
    return {"target": np.array(shine.mean_tone(tones))}


def change_tone(shown: SetImage, learned: Learned) -> Frame:
    """Return an image with mean and standard deviation of the set."""
    mean, spread = frozen_array(learned, "target", (2,)).tolist()
    return _three(shine.with_tone(shown.grey, (mean, spread), shown.visible))


def learn_histogram(showing: ImageSet, rescale: int) -> Learned:
    """Return the average histogram of the set."""
    del rescale
    every = (shine.histogram(shown.grey, shown.visible) for shown in showing())
    return {"target": shine.average_histogram(every)}


def change_histogram(shown: SetImage, learned: Learned) -> Frame:
    """Return an image with the histogram of the set."""
    target = frozen_array(learned, "target", (256,)).astype(np.int64)
    return _three(shine.with_histogram(shown.grey, target, shown.visible))


def learn_spectrum(showing: ImageSet, rescale: int) -> Learned:
    """Return the mean amplitude spectrum of the set, and its black and white points."""
    return _learn_amplitude(showing, rescale, shine.with_spectrum)


def change_spectrum(shown: SetImage, learned: Learned) -> Frame:
    """Return an image with the amplitude spectrum of the set."""
    return _change_amplitude(shown, learned, shine.with_spectrum)


def learn_rotational_average(showing: ImageSet, rescale: int) -> Learned:
    """Return the mean amplitude spectrum of the set, and its black and white points."""
    return _learn_amplitude(showing, rescale, shine.with_rotational_average)


def change_rotational_average(shown: SetImage, learned: Learned) -> Frame:
    """Return an image with the rotational average of the set's spectrum."""
    return _change_amplitude(shown, learned, shine.with_rotational_average)


Respecting = Callable[[shine.Grey, shine.Float], shine.Float]


def _learn_amplitude(showing: ImageSet, rescale: int, change: Respecting) -> Learned:
    """Return the target spectrum and, if requested, the limits of rescaling."""
    target = shine.mean_amplitude(shown.grey for shown in showing())
    if rescale == 0:
        return {"target": target}
    limits = shine.limits((change(s.grey, target) for s in showing()), rescale)
    return {"target": target, "limits": np.array(limits)}


def _change_amplitude(shown: SetImage, learned: Learned, change: Respecting) -> Frame:
    """Return an image with the learnt spectrum.

    Raises
    ------
    InputError
        If the spectrum and the image differ in size.
    """
    target = frozen_array(learned, "target", (None, None))
    if target.shape != shown.light.shape[:2]:
        raise InputError(
            f"an image of {shown.light.shape[1]}×{shown.light.shape[0]} pixels and a "
            f"spectrum of {target.shape[1]}×{target.shape[0]}",
            where=shown.continuum,
        )
    limits = None
    if "limits" in learned:
        low, high = frozen_array(learned, "limits", (2,)).tolist()
        limits = low, high
    return _three(shine.scaled(change(shown.grey, target), limits))


def _three(grey: shine.Grey) -> Frame:
    """Return a grey image with three equal channels."""
    return np.repeat(grey[..., None], 3, axis=2)
