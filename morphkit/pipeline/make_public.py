"""Making a finished pack public in its folder, before manifest and sums are written."""

import contextlib
from pathlib import Path

from morphkit._core.files import read_text, write_text_atomically
from morphkit.errors import InputError, raise_all
from morphkit.pack.consent import identity_rows
from morphkit.pack.layout import CORRESPONDENCE, FRAMING, ends_file, mesh_file
from morphkit.pack.model import Pack
from morphkit.pack.public import public_ends, public_pack
from morphkit.recipe import Recipe


def make_public(pack: Pack, folder: Path) -> Pack:
    """Return the public copy of a pack; meshes and hashes leave its folder.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Has its images, meshes and lists of ends.
    """
    (folder / FRAMING).unlink(missing_ok=True)
    for row in pack.continua:
        (folder / mesh_file(row.continuum_id)).unlink(missing_ok=True)
        ends = folder / ends_file(row.continuum_id)
        if ends.is_file():
            text = public_ends(read_text(ends))
            write_text_atomically(ends, text, overwrite=True)
    with contextlib.suppress(OSError):  # lists of ends are in it
        (folder / CORRESPONDENCE).rmdir()
    return public_pack(pack)


def check_may_publish(recipe: Recipe) -> None:
    """Refuse a recipe that shows somebody who may not be passed on.

    Raises
    ------
    InputError
        Lists all of them.
    """
    raise_all(
        InputError(
            "may_redistribute is not true, and a public copy is made to be passed on",
            where=f"identity {row.identity_id}",
            remedy="state the consent that was given in the recipe, or leave the "
            "identity out of it",
        )
        for row in identity_rows(recipe)
        if row.may_redistribute is not True
    )
