"""Reading photographs and writing PNG: the only module that decodes images.

Conventions
-----------
Images are ``(H, W, 3)`` uint8 or uint16 sRGB code values in RGB order with the EXIF
orientation applied; masks are ``(H, W)`` float32 in [0, 1]. Embedded colour profiles,
and colours that are declared in other ways are converted to sRGB
(`morphkit.faces.images.colours`, `morphkit.faces.images.declared`).
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import TiffImagePlugin, UnidentifiedImageError

from morphkit._core.arrays import Image, Mask, as_image, frozen
from morphkit._core.bounds import PHOTO_PIXELS, PHOTO_SIDE
from morphkit._core.files import write_bytes_atomically
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError, MissingExtraError
from morphkit.faces.images.colours import to_srgb, without_alpha
from morphkit.faces.images.declared import declared_profile
from morphkit.faces.images.decoders import decoder_of
from morphkit.faces.images.headers import (
    ORIENTATION,
    bmp_profile,
    check_complete,
    identify,
    png_bits,
    png_chunks,
)
from morphkit.faces.images.orientation import apply_orientation
from morphkit.faces.images.sixteen_bit import decode_16, stored_size
from morphkit.faces.images.transparency import BACKGROUND, key_alpha, on_background

SUFFIXES: dict[str, str] = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jfif": "JPEG",
    ".jpe": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WebP",
    ".bmp": "BMP",
    ".heic": "HEIC",
    ".heif": "HEIC",
}
MAX_PIXELS, MAX_SIDE = PHOTO_PIXELS, PHOTO_SIDE

Array = npt.NDArray[Any]

_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photograph and facts about its file.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values, upright, as they are under transparency.
    mask : ndarray, shape (H, W), dtype float32, optional
        The alpha channel; None if there is none or it is opaque everywhere.
    sha256 : str
        Hash of the file.
    format : str
        One of the values of `SUFFIXES`.
    original_size : tuple of int
        Width and height as stored, before the orientation was applied.
    bit_depth : int
        8 or 16, as the samples of `image`.
    had_profile : bool
        Whether the file embedded a colour profile.
    name : str
        File name without its folder.
    orientation : int, optional
        EXIF orientation that was applied to what is stored: 1 (none) to 8.
    """

    image: Image
    mask: Mask | None
    sha256: str
    format: str
    original_size: tuple[int, int]
    bit_depth: int
    had_profile: bool
    name: str
    orientation: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", as_image(self.image))
        if self.mask is not None:
            object.__setattr__(self, "mask", frozen(self.mask))

    @property
    def decoder(self) -> str:
        """What decoded it, with versions."""
        return decoder_of(self.format, self.bit_depth, had_profile=self.had_profile)

    @property
    def transparent(self) -> float:
        """Share of the photograph that is not opaque, 0 to 1."""
        return 0.0 if self.mask is None else float((self.mask < 1).mean())

    def on(self, background: str = BACKGROUND) -> Image:
        """Return the image as it is seen on a background, ``#rrggbb``.

        Raises
        ------
        InputError
            If it is transparent in part and the background is not a colour.
        """
        return on_background(self.image, self.mask, background)


def read_image(
    path: str | Path, *, background: str = BACKGROUND, most: int = MAX_PIXELS
) -> Image:
    """Return the pixels of a photograph; transparent parts show the background.

    Parameters
    ----------
    path : str or Path
        JPEG, PNG, TIFF, WebP, BMP or, with the extra ``heif``, HEIC.
    background : str, optional
        ``#rrggbb``; mixed with half-transparent pixels in linear light.
    most : int, optional
        Pixels that are decoded at most.

    Raises
    ------
    InputError, MissingExtraError
        As `read_photo`, or if the background is not a colour.
    """
    photo = read_photo(path, most=most)
    try:
        return photo.on(background)
    except InputError as error:
        raise error.at(str(path)) from None


def read_photo(path: str | Path, *, most: int = MAX_PIXELS) -> Photo:
    """Return a photograph with its mask and facts about its file.

    Parameters
    ----------
    path : str or Path
        JPEG, PNG, TIFF, WebP, BMP or, with the extra ``heif``, HEIC.
    most : int, optional
        Pixels that are decoded at most.

    Returns
    -------
    Photo

    Raises
    ------
    InputError
        If the file cannot be read, is not an image, contradicts its suffix, is
        truncated, larger than `most` or `MAX_SIDE`, animated, of several
        pages, or has samples or colours that are not supported.
    MissingExtraError
        If a HEIC is read and pillow-heif is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> photo = mk.read_photo(mk.shipped_faces() / "source_faces/maja_happy.png")
    >>> photo.image.shape, photo.image.dtype
    ((640, 640, 3), dtype('uint8'))
    """
    path = Path(path)
    try:
        data = read_bytes(path)
        kind = _kind(path, data)
    except InputError as error:
        raise error.at(str(path)) from None
    try:
        check_complete(data, kind)
        with _no_warnings(), _open(data, kind) as source:
            _check_header(source, kind, min(most, MAX_PIXELS))
            size = stored_size(source)
            bits = _bits(source, kind, data)
            profile = source.info.get("icc_profile") or b""
            if kind == "BMP":
                profile = bmp_profile(data)
            colours = profile or declared_profile(source, _chunks(data, kind))
            decode = decode_16 if bits == 16 else _decode_8
            pixels, alpha, turn = decode(source, kind, data, colours)
    except InputError as error:
        raise error.at(str(path)) from None
    except MissingExtraError:
        raise
    except _BROKEN as error:
        short = isinstance(error, MemoryError)
        raise InputError(
            f"the {kind} file is damaged or truncated"
            f"{', or the memory does not suffice' if short else f' ({error})'}",
            where=str(path),
            remedy="copy or export it again",
        ) from error
    return Photo(
        image=apply_orientation(pixels, turn),
        mask=_mask(alpha, turn),
        sha256=hashlib.sha256(data).hexdigest(),
        format=kind,
        original_size=size,
        bit_depth=bits,
        had_profile=bool(profile),
        name=path.name,
        orientation=turn if 1 <= turn <= 8 else 1,
    )


def write_png(path: str | Path, image: Array, *, overwrite: bool = False) -> None:
    """Write an image as a PNG whose bytes depend only on the pixels.

    Parameters
    ----------
    path : str or Path
        Target; ends in ``.png``.
    image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    overwrite : bool, optional
        Whether a file that exists may be replaced.

    Raises
    ------
    InputError
        If the suffix is not ``.png`` or the array is not such an image.
    OutputError
        If the file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> import numpy as np
    >>> mk.write_png("grey.png", np.full((4, 6, 3), 128, np.uint8))
    """
    from morphkit.pixels import encode_png

    if Path(path).suffix.lower() != ".png":
        raise InputError(
            f'the suffix is "{Path(path).suffix}"',
            where=str(path),
            allowed=".png is needed",
        )
    write_bytes_atomically(path, encode_png(as_image(image)), overwrite=overwrite)


def pixel_sha256(image: Array) -> str:
    """Return the hash of the decoded pixels, which no encoding of the file changes.

    Parameters
    ----------
    image : ndarray
        Any shape and dtype.

    Returns
    -------
    str
        SHA-256 of a line with shape and dtype, then the values, rows first,
        little-endian.

    Examples
    --------
    >>> pixel_sha256(np.zeros((2, 2, 3), np.uint8))[:16]
    'd063d7555700d842'
    """
    array = np.asarray(image)
    head = f"{'x'.join(map(str, array.shape))} {array.dtype.name}\n".encode("ascii")
    values = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    digest = hashlib.sha256(head)
    digest.update(values.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _kind(path: Path, data: bytes) -> str:
    """Return the format of the content, which must match the suffix."""
    kind, suffix = identify(data), path.suffix.lower()
    known = ", ".join(SUFFIXES)
    if not kind:
        raise InputError(
            "this is not an image",
            allowed=f"JPEG, PNG, TIFF, WebP, BMP and HEIC ({known})",
        )
    if kind not in SUFFIXES.values():
        raise InputError(
            f"{kind} files are not supported",
            allowed=f"JPEG, PNG, TIFF, WebP, BMP and HEIC ({known})",
            remedy="export it as PNG",
        )
    if SUFFIXES.get(suffix) != kind:
        right = next(s for s, k in SUFFIXES.items() if k == kind)
        raise InputError(
            f'the content is {kind} but the suffix is "{suffix}"',
            allowed="the suffix must name the format of the content",
            remedy=f"rename it to {path.stem}{right}",
        )
    return kind


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Silence the decoders' warnings; a truncated directory is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*[Tt]runcated File Read.*")
        try:
            yield
        except UserWarning as warning:
            raise InputError(
                f"the file is truncated ({warning})", remedy="copy or export it again"
            ) from None


def _open(data: bytes, kind: str) -> Pillow.Image:
    """Open an image: its header is read, its pixels are still encoded."""
    try:
        if kind == "HEIC":
            try:
                from pillow_heif import HeifImageFile
            except ImportError:
                raise MissingExtraError("reading HEIC photographs", "heif") from None
            open_heif: Callable[[io.BytesIO], Pillow.Image] = HeifImageFile
            return open_heif(io.BytesIO(data))
        return Pillow.open(io.BytesIO(data), formats=[kind])
    except UnidentifiedImageError:
        raise InputError(
            f"the {kind} file is damaged, or holds pixels of a kind that is not read",
            allowed="grey, RGB, palette, CMYK or Lab, with or without alpha",
            remedy="copy it again, or export it as an 8- or 16-bit RGB image",
        ) from None
    except Pillow.DecompressionBombError:
        raise _too_large("more pixels than Pillow accepts", MAX_PIXELS) from None


def _too_large(found: str, most: int) -> InputError:
    """Return the error for an image that is too large."""
    return InputError(
        f"the image has {found}",
        allowed=f"at most {most:,} pixels and {MAX_SIDE:,} along a side",
        remedy="make it smaller",
    )


def _check_header(source: Pillow.Image, kind: str, most: int) -> None:
    """Refuse what must not, or cannot, be decoded."""
    width, height = source.size
    if width * height > most or max(width, height) > MAX_SIDE:
        raise _too_large(f"{width}×{height} pixels", most)
    # A JPEG may contain previews or a gain map, a HEIC other shots: the first or
    # primary image is the photograph. Elsewhere several images are pages or an
    # animation.
    pages = getattr(source, "n_frames", 1)
    if pages > 1 and kind in ("PNG", "TIFF", "WebP"):
        raise InputError(
            f"the {kind} file holds {pages} images",
            allowed="one image per file",
            remedy="export the one you need",
        )
    if source.mode in ("F", "I"):
        raise InputError(
            f"the {kind} file has 32-bit samples",
            allowed="8 or 16 bits",
            remedy="export it with 16 bits",
        )


def _chunks(data: bytes, kind: str) -> dict[bytes, bytes]:
    """Return the chunks of a PNG before its pixels; none of other formats."""
    return png_chunks(data) if kind == "PNG" else {}


def _bits(source: Pillow.Image, kind: str, data: bytes) -> int:
    """Return 16 if the samples have more than 8 bits, else 8."""
    if kind == "PNG":
        return 16 if png_bits(data) == 16 else 8
    if isinstance(source, TiffImagePlugin.TiffImageFile):
        bits = source.tag_v2.get(258, (8,))
        return 16 if max(bits if isinstance(bits, tuple) else (bits,)) > 8 else 8
    if kind == "HEIC":
        _check_heic(source.info)
    return 8


def _check_heic(info: dict[Any, Any]) -> None:
    """Refuse HEIC files of high dynamic range, which would lose bits or colours."""
    bits = info.get("bit_depth", 8)
    colours = info.get("nclx_profile") or {}
    primaries = colours.get("color_primaries", 1)
    transfer = colours.get("transfer_characteristics", 13)
    wide = int(primaries) not in (1, 2, 5, 6) or int(transfer) not in (1, 2, 6, 13)
    if bits > 8 or (wide and not info.get("icc_profile")):
        raise InputError(
            f"the HEIC file has {bits} bits, colour primaries {int(primaries)} and "
            f"transfer {int(transfer)}",
            allowed="8 bits, sRGB or an embedded colour profile",
            remedy="export it as PNG or TIFF in sRGB",
        )


def _decode_8(
    source: Pillow.Image, kind: str, data: bytes, profile: bytes
) -> tuple[Array, Array | None, int]:
    """Return sRGB pixels, alpha and orientation of an image of at most 8 bits."""
    source.load()
    turn = int(source.getexif().get(ORIENTATION, 1))
    colours, alpha = without_alpha(source)
    if kind == "PNG" and source.mode == "L" and png_bits(data) in (2, 4):
        key = _chunks(data, kind).get(b"tRNS", b"")
        alpha = key_alpha(key, np.asarray(source), png_bits(data))
    return np.asarray(to_srgb(colours, profile)), alpha, turn


def _mask(alpha: Array | None, orientation: int) -> Mask | None:
    """Return the alpha channel as a mask, None if it is opaque everywhere."""
    if alpha is None:
        return None
    full = np.iinfo(alpha.dtype).max
    if (alpha == full).all():
        return None
    return apply_orientation(alpha, orientation).astype(np.float32) / np.float32(full)
