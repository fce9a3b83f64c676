"""Previews of the images of a pack, embedded in a page.

Their size depends on their number, so that the page stays small enough to be sent and
opened anywhere.
"""

from collections.abc import Iterable, Mapping, Sequence

from morphkit.pack.copy_sizes import (
    BUDGET,
    LARGEST,
    MOST_IMAGES,
    SIZES,
    TRIED,
    evenly_spaced,
)
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.model import Pack
from morphkit.pack.rows import ContinuumRow, Stimulus
from morphkit.pack.small_copies import Preview, encode_jpeg, thumbnail


def embed_previews(
    pack: Pack,
    images: KeptImages,
    continua: Sequence[ContinuumRow] | None = None,
    most: int | None = None,
) -> Mapping[str, tuple[Preview, ...]]:
    """Return previews of continua of a pack, by their ids and in order of steps.

    Parameters
    ----------
    pack : Pack
    images : KeptImages
    continua : sequence of ContinuumRow, optional
        Of one page; all by default.
    most : int, optional
        Maximum number of images in it, `MOST_IMAGES` unless said.

    Raises
    ------
    InputError
        If an image is missing or cannot be read.
    """
    continua = pack.continua if continua is None else continua
    at_most = max((most or MOST_IMAGES) // max(len(continua), 1), 2)
    chosen = {}
    for continuum in continua:
        name = continuum.continuum_id
        stimuli = pack.stimuli_of(name)
        shown = evenly_spaced(len(stimuli), at_most)
        chosen[name] = [stimuli[k] for k in shown]
    size = _choose_size([row for rows in chosen.values() for row in rows], images)
    return {
        name: tuple(images.preview(row, *size) for row in rows)
        for name, rows in chosen.items()
    }


def _choose_size(rows: list[Stimulus], images: KeptImages) -> tuple[int, int]:
    """Return the best width and quality with which all images fit the budget."""
    tried = [rows[k] for k in evenly_spaced(len(rows), TRIED)]

    def fits(addresses: Iterable[str]) -> bool:
        return sum(map(len, addresses)) * len(rows) <= BUDGET * len(tried)

    if fits(images.preview(row, *LARGEST).address for row in tried):
        return LARGEST
    large = [images.thumbnail(row, LARGEST[0]) for row in tried]
    for width, quality in SIZES[1:]:
        if fits(encode_jpeg(thumbnail(each, width), quality) for each in large):
            return width, quality
    return SIZES[-1]
