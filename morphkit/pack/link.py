"""The link from designs, answers and fits to the pack that was shown.

What participants saw is images at levels. An export writes a short digest of both
beside every trial, by which answers know their images. A document records both for the
stimuli that it names, so that it belongs to every pack that shows the same: one whose
consent, description or checks were written anew, and a public copy, too. Documents from
before that was recorded belong to packs of the same recipe.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from morphkit.pack.model import Pack
from morphkit.pack.rows import Stimulus

#: Digits of a digest. It finds another build; it is no protection against forgery.
DIGITS = 8


def stimulus_digest(row: Stimulus) -> str:
    """Return a short digest of the pixels and the level of an image.

    It begins with a letter: programs read some of these digits as a number.
    """
    shown = f"{row.pixel_sha256} {row.level!r}".encode()
    return "s" + hashlib.sha256(shown).hexdigest()[:DIGITS]


def link_to(pack: Pack, stimuli: Iterable[str]) -> dict[str, Any]:
    """Return what a document records of a pack, as JSON.

    Parameters
    ----------
    pack : Pack
    stimuli : iterable of str
        Ids of the stimuli that the document is about.
    """
    rows = pack.by_id
    return {
        "recipe_sha256": pack.recipe_sha256,
        "images_sha256": pack.images_sha256,
        "stimuli": {
            name: {"level": rows[name].level, "pixel_sha256": rows[name].pixel_sha256}
            for name in sorted(set(stimuli))
            if name in rows
        },
    }


def belongs_to(said: Mapping[str, Any], pack: Pack) -> bool:
    """Return whether a document belongs to a pack.

    Parameters
    ----------
    said : mapping
        What `link_to` returned, or only the hash of a recipe.
    pack : Pack

    Returns
    -------
    bool
        Whether it has the same recipe, or every stimulus with the same pixels at the
        same level.
    """
    if said.get("recipe_sha256") == pack.recipe_sha256:
        return True
    return bool(_stimuli(said)) and not differing(said, pack)


def differing(said: Mapping[str, Any], pack: Pack) -> tuple[str, ...]:
    """Return the stimuli of a document that a pack shows differently, or not at all."""
    rows = pack.by_id
    return tuple(
        name
        for name, shown in _stimuli(said).items()
        if name not in rows
        or not isinstance(shown, dict)
        or shown.get("pixel_sha256") != rows[name].pixel_sha256
        or shown.get("level") != rows[name].level
    )


def _stimuli(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stimuli that a document records; none in earlier ones."""
    found = said.get("stimuli")
    return found if isinstance(found, dict) else {}
