"""Comparing two packs image by image, with a picture of the differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.arrays import Frame, Image
from morphkit._core.progress import Progress
from morphkit.errors import InputError, raise_all
from morphkit.pack.contents import image_of
from morphkit.pack.model import Pack
from morphkit.pack.read import read_pack
from morphkit.pack.rows import Stimulus
from morphkit.pack.small_copies import thumbnail
from morphkit.pack.whole import changed_images, not_whole, read_whole_pack

#: Pairs of images in the picture, and width of each image in it, pixels.
MOST_PAIRS, WIDTH = 12, 256
#: Factor by which differences are amplified in the picture.
TIMES = 8
_GAP = 6


@dataclass(frozen=True)
class ImageDifference:
    """How an image differs between two packs.

    Parameters
    ----------
    stimulus_id : str
    mean, largest : float
        Absolute difference of sRGB code values, 0 to 255; None if the sizes differ.
    changed : float or None
        Share of the pixels that differ.
    levels : (float or None, float or None)
        Level of the image in each pack; None if unknown.
    sizes : ((int, int), (int, int))
        Width and height in each pack.
    """

    stimulus_id: str
    mean: float | None
    largest: float | None
    changed: float | None
    levels: tuple[float | None, float | None]
    sizes: tuple[tuple[int, int], tuple[int, int]]

    @property
    def same(self) -> bool:
        """Whether pixels and level are the same."""
        return self.changed == 0.0 and self.levels[0] == self.levels[1]


@dataclass(frozen=True)
class Comparison:
    """What differs between two packs.

    Parameters
    ----------
    images : tuple of ImageDifference
        One for every stimulus in both packs.
    only_first, only_second : tuple of str
        Stimuli in only one of them.
    recipe, software : mapping of str to (value, value)
        Keys of the recipe, and libraries, that differ.
    unverified : (tuple of str, tuple of str), optional
        Files of each pack that are not as it says, if they were compared nevertheless.
    """

    images: tuple[ImageDifference, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    recipe: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    software: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    unverified: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def same_images(self) -> bool:
        """Whether both packs have the same images at the same levels."""
        alone = self.only_first or self.only_second
        return not alone and all(image.same for image in self.images)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as a JSON object."""
        return {
            "same_images": self.same_images,
            "images": [
                {
                    "stimulus_id": image.stimulus_id,
                    "same": image.same,
                    "mean_difference": image.mean,
                    "largest_difference": image.largest,
                    "changed_pixels": image.changed,
                    "levels": list(image.levels),
                    "sizes": [list(size) for size in image.sizes],
                }
                for image in self.images
            ],
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
            "recipe": {key: list(values) for key, values in self.recipe.items()},
            "software": {key: list(values) for key, values in self.software.items()},
            "unverified": [list(files) for files in self.unverified],
        }


def compare_packs(
    first: str | Path,
    second: str | Path,
    *,
    unverified: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Return the differences between two packs.

    Parameters
    ----------
    first, second : str or Path
        Folders of the packs.
    unverified : bool, optional
        Go on with packs that are not whole; the result names what is not as they say.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Comparison
        Differences of images, recipe and software.

    Raises
    ------
    InputError
        If a pack cannot be read or is not whole, or an image is missing.

    Examples
    --------
    >>> import morphkit as mk
    >>> found = mk.compare_packs("pack", "pack")
    >>> found.same_images, len(found.images)
    (True, 7)
    """
    progress = progress or Progress()
    one, other = Path(first), Path(second)
    packs = tuple(
        read_whole_pack(folder, unverified=unverified) for folder in (one, other)
    )
    rows = [pack.by_id for pack in packs]
    both = [name for name in rows[0] if name in rows[1]]
    progress.stage("comparing images", len(both))
    images = []
    changed: tuple[list[str], list[str]] = ([], [])
    for name in both:
        pair = rows[0][name], rows[1][name]
        for found, row, folder in zip(changed, pair, (one, other), strict=True):
            found += changed_images([row], folder)
        images.append(_compare(name, pair, (one, other)))
        progress.advance(name)
    if not unverified:
        raise_all(
            not_whole(folder, (f"{file} has changed" for file in found))
            for folder, found in zip((one, other), changed, strict=True)
            if found
        )
    return Comparison(
        images=tuple(images),
        only_first=tuple(name for name in rows[0] if name not in rows[1]),
        only_second=tuple(name for name in rows[1] if name not in rows[0]),
        recipe=_differing(*map(_recipe_values, packs)),
        software=_differing(*map(_software_values, packs)),
        unverified=(
            (*packs[0].unverified, *changed[0]),
            (*packs[1].unverified, *changed[1]),
        ),
    )


def _compare(
    name: str, rows: tuple[Stimulus, Stimulus], folders: tuple[Path, Path]
) -> ImageDifference:
    """Return the difference of one image."""
    a, b = (image_of(row, folder) for row, folder in zip(rows, folders, strict=True))
    mean = largest = changed = None
    if a.shape == b.shape:
        apart = np.abs(_codes(a) - _codes(b))
        mean, largest = float(apart.mean()), float(apart.max())
        changed = float(apart.any(axis=2).mean())
    return ImageDifference(
        name,
        mean,
        largest,
        changed,
        (rows[0].level, rows[1].level),
        ((a.shape[1], a.shape[0]), (b.shape[1], b.shape[0])),
    )


def _codes(image: Image) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return code values from 0 to 255; those of 16 bits have fractions."""
    return np.asarray(image * (255.0 / np.iinfo(image.dtype).max))


def _software_values(pack: Pack) -> dict[str, Any]:
    """Return versions, revision and specification numbers of the maker of a pack."""
    maker = pack.made_by.to_dict()
    return {"morphkit": maker.pop("version")} | dict(pack.software) | maker


def _recipe_values(pack: Pack) -> dict[str, Any]:
    """Return every value of the recipe of a pack by its dotted key."""
    flat: dict[str, Any] = {}

    def walk(value: Any, key: str) -> None:
        if isinstance(value, Mapping):
            for name, each in value.items():
                walk(each, f"{key}.{name}" if key else str(name))
        else:
            flat[key] = value

    walk(pack.recipe.resolved(), "")
    return flat


def _differing(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Return the differing values by key; None stands for a missing one."""
    return {
        key: (first.get(key), second.get(key))
        for key in sorted({*first, *second})
        if first.get(key) != second.get(key)
    }


def draw_comparison(
    comparison: Comparison, first: str | Path, second: str | Path
) -> Frame:
    """Return a picture of the images that differ most: first, second, difference.

    Differences are absolute and amplified eight times; black is no difference.

    Parameters
    ----------
    comparison : Comparison
    first, second : str or Path
        Folders of the packs that were compared.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8

    Raises
    ------
    InputError
        If no two images of the same size differ.
    """
    shown = [image for image in comparison.images if image.mean]
    if not shown:
        raise InputError("no two images of one size differ", where="picture")
    shown = sorted(shown, key=lambda image: -(image.mean or 0))[:MOST_PAIRS]
    folders = (Path(first), Path(second))
    packs = [read_pack(folder).by_id for folder in folders]
    rows = []
    for image in sorted(shown, key=lambda image: image.stimulus_id):
        a, b = (
            _codes(image_of(rows_of[image.stimulus_id], folder))
            for rows_of, folder in zip(packs, folders, strict=True)
        )
        apart = np.minimum(TIMES * np.abs(a - b), 255.0)
        parts = (np.rint(part).astype(np.uint8) for part in (a, b, apart))
        rows.append(_beside([thumbnail(part, WIDTH) for part in parts]))
    return _below(rows)


def _beside(parts: Sequence[Frame]) -> Frame:
    """Return pictures of equal height in a row."""
    gap = np.full((parts[0].shape[0], _GAP, 3), 255, np.uint8)
    row = [piece for part in parts for piece in (part, gap)][:-1]
    return np.concatenate(row, axis=1)


def _below(rows: Sequence[Frame]) -> Frame:
    """Return rows below each other, on white."""
    width = max(row.shape[1] for row in rows)
    pieces = []
    for row in rows:
        piece = np.full((row.shape[0] + _GAP, width, 3), 255, np.uint8)
        piece[: row.shape[0], : row.shape[1]] = row
        pieces.append(piece)
    return np.concatenate(pieces)[:-_GAP]
