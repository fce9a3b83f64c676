"""Names of files as every system finds them.

A file system may tell upper from lower case, or not, and may keep the letter ö as one
character (NFC) or as o with dots (NFD). A study that is built on one system is built on
every other: names are compared without regard to either, and two files that only these
tell apart are refused.
"""

from collections.abc import Iterable
from pathlib import Path

from morphkit._core.text import composed
from morphkit.errors import InputError


def same_name(name: str) -> str:
    """Return a name as it is compared: equal for names that some system takes as one.

    Examples
    --------
    >>> same_name("AF01.JPG") == same_name("af01.jpg")
    True
    """
    return composed(composed(name).lower())


class Folders:
    """The files of folders, by names in whatever case and Unicode form.

    Folders are listed once, when they are first looked into.
    """

    def __init__(self) -> None:
        self._listed: dict[Path, dict[str, list[Path]]] = {}

    def find(self, path: Path) -> Path | None:
        """Return the file or folder that a path stands for, None if there is none.

        Raises
        ------
        InputError
            If there are several, of which another system would keep one.
        """
        if path.name in ("", "..") or path == path.parent:
            return path if path.exists() else None
        folder = path.parent
        if not folder.is_dir():
            found = self.find(folder)
            if found is None or not found.is_dir():
                return None
            folder = found
        fits = self._list(folder).get(same_name(path.name), [])
        check_distinct(fits)
        return fits[0] if fits else None

    def _list(self, folder: Path) -> dict[str, list[Path]]:
        """Return what a folder holds by compared names."""
        if folder not in self._listed:
            names: dict[str, list[Path]] = {}
            try:
                for entry in sorted(folder.iterdir()):
                    names.setdefault(same_name(entry.name), []).append(entry)
            except OSError:  # reading the file will say why
                return {}
            self._listed[folder] = names
        return self._listed[folder]


def check_distinct(files: Iterable[Path]) -> None:
    """Refuse files of which another system would keep one.

    Raises
    ------
    InputError
        If two names differ by case or Unicode form alone.
    """
    first: dict[str, Path] = {}
    for file in files:
        other = first.setdefault(same_name(str(file)), file)
        if other != file:
            alike = composed(other.name) == composed(file.name)
            how = "the Unicode form of a letter" if alike else "upper and lower case"
            raise InputError(
                f'"{other.name}" and "{file.name}" differ by {how} alone',
                where=str(other),
                allowed="names must differ on every system",
                remedy="rename or remove one of them",
            )
