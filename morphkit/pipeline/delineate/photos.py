"""The photographs that landmark files belong to."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PureWindowsPath

from morphkit.errors import InputError
from morphkit.faces.formats import Size
from morphkit.faces.images import SUFFIXES, read_photo


def images_in(folder: Path) -> list[Path]:
    """Return the photographs in a folder, by the suffixes that are read, sorted.

    Raises
    ------
    InputError
        If there are none, or the folder cannot be listed.
    """
    try:
        files = sorted(
            file
            for file in folder.iterdir()
            if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        )
    except OSError as error:
        raise InputError(
            f"the folder cannot be listed ({error.strerror or error})",
            where=str(folder),
            remedy="check the name and the permissions",
        ) from None
    if not files:
        raise InputError(
            "the folder contains no image",
            where=str(folder),
            allowed=f"images end in {', '.join(SUFFIXES)}",
        )
    return files


class PhotoFolder(Mapping[str, Size]):
    """Photographs of a folder, and their sizes by name, read when they are asked for.

    Parameters
    ----------
    folder : Path
        Folder with photographs; folders in it are not looked into.

    Raises
    ------
    InputError
        If it is not a folder or holds no photograph.
    """

    def __init__(self, folder: Path) -> None:
        self._files = images_in(folder)

    def find(self, names: Iterable[str]) -> Path | None:
        """Return the photograph of the first name that fits, None if none does.

        Parameters
        ----------
        names : iterable of str
            File names, with or without folder and suffix. The whole name counts more
            than the name without its suffix.

        Raises
        ------
        InputError
            If several photographs fit a name without its suffix.
        """
        last = [PureWindowsPath(name).name for name in names if name]
        for name in last:
            for file in self._files:
                if file.name == name:
                    return file
        for name in last:
            stem = PureWindowsPath(name).stem if _has_image_suffix(name) else name
            fits = [file for file in self._files if file.stem == stem]
            if len(fits) > 1:
                raise InputError(
                    f"{len(fits)} photographs are named {stem}: "
                    + ", ".join(file.name for file in fits),
                    where=str(fits[0].parent),
                    remedy="keep the one that the landmarks belong to",
                )
            if fits:
                return fits[0]
        return None

    def __getitem__(self, name: str) -> Size:
        """Return width and height of the photograph called `name`."""
        file = self.find([name])
        if file is None:
            raise KeyError(name)
        height, width = read_photo(file).image.shape[:2]
        return width, height

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the photographs."""
        return (file.name for file in self._files)

    def __len__(self) -> int:
        """Return the number of photographs."""
        return len(self._files)


def _has_image_suffix(name: str) -> bool:
    """Say whether a name ends like an image."""
    return PureWindowsPath(name).suffix.lower() in SUFFIXES
