"""The images that an export shows: found, verified and copied."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from morphkit._core.arrays import eight_bit
from morphkit._core.bounds import IMAGE_PIXELS
from morphkit._core.files import write_bytes_atomically
from morphkit._core.paths import inside
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError, raise_all
from morphkit.export.adapter import Material
from morphkit.faces.images import pixel_sha256, png_bits, read_image
from morphkit.pack.rows import Stimulus
from morphkit.pixels import encode_png


def used_rows(material: Material) -> tuple[Stimulus, ...]:
    """Return the rows of the stimuli that an export shows, in the order of the pack.

    Without a design these are all.

    Raises
    ------
    InputError
        If the design shows what is not in the pack; all faults are reported.
    """
    rows = material.pack.by_id
    if material.design is None:
        return tuple(rows.values())
    used = set(material.design.stimuli())
    raise_all(
        InputError(
            f'the design shows "{name}", which is not in the pack',
            where=material.pack.name,
            remedy="make the design from this pack",
        )
        for name in sorted(used - set(rows))
    )
    return tuple(row for name, row in rows.items() if name in used)


def image_name(row: Stimulus) -> str:
    """Return the name of an image in an export: the stimulus, which is a name.

    What a pack calls the file may be anything, and this stands in scripts.
    """
    return f"{row.stimulus_id}.png"


def read_stimulus(row: Stimulus, folder: Path) -> bytes:
    """Return the file of a stimulus, verified against the table.

    Raises
    ------
    InputError
        If it cannot be read or has changed.
    """
    path = inside(folder, row.file)
    data = read_bytes(path)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise InputError(
            "is not the image described in the pack (the SHA-256 differs)",
            where=str(path),
            remedy="obtain the pack again from its source, or rebuild it",
        )
    return data


def shown_stimulus(row: Stimulus, folder: Path) -> bytes:
    """Return the file of a stimulus with 8 bits, as programs show it.

    Raises
    ------
    InputError
        If it cannot be read or has changed.
    """
    data = read_stimulus(row, folder)
    if png_bits(data) != 16:
        return data
    return encode_png(eight_bit(read_image(folder / row.file)))


def as_they_are(row: Stimulus, folder: Path) -> Stimulus:
    """Return a row that describes its image as it is, changed or not.

    Raises
    ------
    InputError
        If the image cannot be read.
    """
    path = inside(folder, row.file)
    data, image = read_bytes(path), read_image(path, most=IMAGE_PIXELS)
    return replace(
        row,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pixel_sha256=pixel_sha256(image),
        width=image.shape[1],
        height=image.shape[0],
    )


def check_stimuli(rows: Iterable[Stimulus], folder: Path) -> None:
    """Refuse images that changed or cannot be read, all of them at once.

    Raises
    ------
    InputError
        If there is one.
    """
    errors = []
    for row in rows:
        try:
            read_stimulus(row, folder)
        except InputError as error:
            errors.append(error)
    raise_all(errors)


def copy_stimuli(
    material: Material, folder: Path, *, below: str = "stimuli"
) -> dict[str, str]:
    """Copy the images used into one flat folder, with 8 bits.

    What programs show has 8 bits; some of them take 16 for wrong colours, or refuse
    them. Images of 16 bits are rounded to nearest; archives get them as they are.

    Parameters
    ----------
    material : Material
    folder : Path
        Folder of the export.
    below : str, optional
        Folder in it; empty puts the images beside everything else.

    Returns
    -------
    dict of str to str
        Stimulus id -> path relative to `folder`, with forward slashes.
    """
    place = folder / below if below else folder
    place.mkdir(parents=True, exist_ok=True)
    copied = {}
    for row in used_rows(material):
        name = image_name(row)
        data = shown_stimulus(row, material.folder)
        write_bytes_atomically(inside(place, name), data)
        copied[row.stimulus_id] = f"{below}/{name}" if below else name
    return copied
