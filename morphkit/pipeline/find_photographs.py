"""The photographs that a pack was made from, found in folders.

By the hash of the file, under any name; then by the pixels that it decodes to, so that
a copy in another format stands in where a file is decoded differently here; then by
name.
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from morphkit._core.files import sha256_of
from morphkit.errors import InputError, MissingExtraError, raise_all
from morphkit.faces.images import SUFFIXES, pixel_sha256, read_photo
from morphkit.pack.photographs import DecodedPhoto
from morphkit.pipeline.check_recipe import Key, needed
from morphkit.recipe import Recipe


@dataclass(frozen=True)
class OtherDecoding:
    """A photograph of a pack whose file gives other pixels here.

    Parameters
    ----------
    photo : str
        The file.
    recorded, here : str
        What decoded it when the pack was made, and what does now.
    """

    photo: str
    recorded: str
    here: str


@dataclass(frozen=True)
class FoundPhotographs:
    """The photographs of a pack.

    Parameters
    ----------
    files : mapping of (str, str) to Path
        The file of every source face.
    changed : set of (str, str)
        Those that have the name of a photograph, and neither its file nor its pixels.
    copies : set of (str, str)
        Those that are other files than the pack was made from, with the same pixels.
    otherwise : mapping of (str, str) to OtherDecoding
        Those whose file is decoded differently here.
    """

    files: Mapping[Key, Path]
    changed: frozenset[Key] = frozenset()
    copies: frozenset[Key] = frozenset()
    otherwise: Mapping[Key, OtherDecoding] = field(default_factory=dict)


def find_photographs(
    recipe: Recipe,
    wanted: Mapping[Key, str],
    decoded: Iterable[DecodedPhoto],
    folders: Iterable[Path],
) -> FoundPhotographs:
    """Return the photographs of the source faces that a recipe needs.

    Parameters
    ----------
    recipe : Recipe
    wanted : mapping of (str, str) to str
        Hashes of the files of the pack.
    decoded : iterable of DecodedPhoto
        What they decoded to; nothing in packs from before it was recorded.
    folders : iterable of Path
        Searched, with subfolders.

    Raises
    ------
    InputError
        Lists every photograph that was not found.
    """
    folders = list(folders)
    below = _Below(folders, recipe.frame.background)
    recorded = {photo.sha256: photo for photo in decoded}
    files: dict[Key, Path] = {}
    changed, copies = set(), set()
    otherwise: dict[Key, OtherDecoding] = {}
    errors = []
    for key in needed(recipe):
        name = recipe.sources.pattern.format(identity=key[0], label=key[1])
        sha256 = wanted.get(key, "")
        photo, was = below.by_hash.get(sha256), recorded.get(sha256)
        other = below.decoded_otherwise(photo, was) if photo and was else None
        copy = below.copy_of(was, name) if was and (other or not photo) else None
        if copy is not None:
            copies.add(key)
        elif other is not None:
            otherwise[key] = other
        elif photo is None and name in below.by_name and key in wanted:
            changed.add(key)
        found = copy or photo or below.by_name.get(name)
        if found is None:
            errors.append(_not_found(key, name, sha256, folders))
        else:
            files[key] = found
    raise_all(errors)
    return FoundPhotographs(files, frozenset(changed), frozenset(copies), otherwise)


class _Below:
    """The images in and below folders; none is decoded before it has to be."""

    def __init__(self, folders: Iterable[Path], background: str) -> None:
        self._background = background
        self.by_hash: dict[str, Path] = {}
        self.by_name: dict[str, Path] = {}
        for folder in folders:
            for file in sorted(folder.rglob("*")):
                if file.suffix.lower() not in SUFFIXES or not file.is_file():
                    continue
                self.by_name.setdefault(file.relative_to(folder).as_posix(), file)
                # A file that cannot be read is not the one searched for.
                with contextlib.suppress(InputError):
                    self.by_hash.setdefault(sha256_of(file), file)

    def decoded_otherwise(self, photo: Path, was: DecodedPhoto) -> OtherDecoding | None:
        """Return how a file is decoded here; None if it gives the same pixels.

        Also if it cannot be read, which is told when the faces are read.
        """
        try:
            pixels, decoder = self._decode(photo)
        except (InputError, MissingExtraError):
            return None
        if pixels == was.pixel_sha256:
            return None
        return OtherDecoding(str(photo), was.decoder, decoder)

    def copy_of(self, was: DecodedPhoto, name: str) -> Path | None:
        """Return a file with the pixels of a photograph: of its name, or any."""
        if name in self.by_name:
            with contextlib.suppress(InputError, MissingExtraError):
                if self._decode(self.by_name[name])[0] == was.pixel_sha256:
                    return self.by_name[name]
        return self._by_pixels.get(was.pixel_sha256)

    @cached_property
    def _by_pixels(self) -> dict[str, Path]:
        """The files by the hash of their pixels: all are decoded."""
        found: dict[str, Path] = {}
        for file in self.by_hash.values():
            with contextlib.suppress(InputError, MissingExtraError):
                found.setdefault(self._decode(file)[0], file)
        return found

    def _decode(self, file: Path) -> tuple[str, str]:
        """Return the hash of the pixels of a file, and what decoded them."""
        photo = read_photo(file)
        return pixel_sha256(photo.on(self._background)), photo.decoder


def _not_found(key: Key, name: str, sha256: str, folders: Iterable[Path]) -> InputError:
    """Return the error for a photograph that is nowhere."""
    return InputError(
        f'the photograph of "{key[0]}", "{key[1]}" was not found',
        where=name,
        allowed=f"SHA-256 {sha256 or 'not in the pack'}",
        remedy="give its folder with --sources; searched: "
        + (", ".join(map(str, folders)) or "nowhere"),
    )
