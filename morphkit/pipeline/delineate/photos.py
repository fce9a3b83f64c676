"""The photographs that landmark files belong to."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PureWindowsPath

from morphkit._core.bounds import FILE_BYTES
from morphkit._core.names import check_distinct, same_name
from morphkit._core.reading import opened
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.faces.formats import Size
from morphkit.faces.images import SUFFIXES, Photo, identify, read_photo

#: Pictures that are not read, raw files of cameras among them.
_OTHER_PICTURES = (
    *(".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".dng", ".raf"),
    *(".orf", ".rw2", ".rwl", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".erf", ".kdc"),
    *(".dcr", ".mrw", ".gif", ".psd", ".psb", ".xcf", ".avif", ".jxl", ".jp2", ".j2k"),
    *(".jpf", ".hif", ".exr", ".hdr", ".tga", ".pcx", ".ppm", ".pgm", ".pnm", ".dib"),
    *(".ico", ".mpo", ".svg", ".eps", ".pict", ".pct"),
)
#: Names that are told.
_NAMED = 6


def images_in(folder: Path) -> list[Path]:
    """Return the photographs in a folder, by the suffixes that are read, sorted.

    Other pictures in it are named in a warning.

    Raises
    ------
    InputError
        If there are none, or the folder cannot be listed.
    """
    try:
        present = sorted(f for f in folder.iterdir() if not f.name.startswith("."))
    except OSError as error:
        raise InputError(
            f"the folder cannot be listed ({error.strerror or error})",
            where=str(folder),
            remedy="check the name and the permissions",
        ) from None
    files = [file for file in present if file.suffix.lower() in SUFFIXES]
    others = [file.name for file in present if _is_other_picture(file)]
    named = ", ".join(others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
    if not files:
        raise InputError(
            "the folder contains no image that is read"
            + (f", but {counted(len(others), 'other')}: {named}" if others else ""),
            where=str(folder),
            allowed=f"images end in {', '.join(SUFFIXES)}",
            remedy="export the others as PNG or TIFF" if others else "",
        )
    if others:
        warnings.warn(
            f"{folder}: {counted(len(others), 'picture')} passed over, since the "
            f"format is not read: {named}; export as PNG or TIFF what belongs to the "
            "set",
            UserWarning,
            stacklevel=2,
        )
    return files


def _is_other_picture(file: Path) -> bool:
    """Return whether a file is a picture by its name or content, but is not read."""
    suffix = file.suffix.lower()
    if suffix in SUFFIXES or not file.is_file():
        return False
    if suffix in _OTHER_PICTURES:
        return True
    try:
        with opened(file, FILE_BYTES) as picture:
            kind = identify(picture.read(32))
    except InputError:
        return False
    return kind not in ("", "PDF", "BMP")  # two letters "BM" begin texts, too


def size_in_frame(photo: Photo, *, stored: bool) -> Size:
    """Return width and height of a photograph as it is stored, or as it is shown."""
    if stored:
        return photo.original_size
    height, width = photo.image.shape[:2]
    return width, height


class PhotoFolder(Mapping[str, Size]):
    """Photographs of a folder, and their sizes by name, read when they are asked for.

    Parameters
    ----------
    folder : Path
        Folder with photographs; folders in it are not looked into.
    stored : bool, optional
        Whether sizes are those of what is stored, before any EXIF orientation.

    Raises
    ------
    InputError
        If it is not a folder or holds no photograph.
    """

    def __init__(self, folder: Path, *, stored: bool = False) -> None:
        self.folder = folder
        self._files = images_in(folder)
        self._stored = stored

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
            fits = [f for f in self._files if same_name(f.name) == same_name(name)]
            check_distinct(fits)
            if fits:
                return fits[0]
        for name in last:
            stem = PureWindowsPath(name).stem if _has_image_suffix(name) else name
            fits = [f for f in self._files if same_name(f.stem) == same_name(stem)]
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
        return size_in_frame(read_photo(file), stored=self._stored)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the photographs."""
        return (file.name for file in self._files)

    def __len__(self) -> int:
        """Return the number of photographs."""
        return len(self._files)


def _has_image_suffix(name: str) -> bool:
    """Say whether a name ends like an image."""
    return PureWindowsPath(name).suffix.lower() in SUFFIXES
