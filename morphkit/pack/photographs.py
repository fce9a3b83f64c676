"""What a pack records of its photographs: which pixels their files decoded to."""

import re
from dataclasses import dataclass

from morphkit.errors import InputError

_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Form of the names of decoders: a pack may come from a stranger, and they are printed.
_DECODER = re.compile(r"[0-9A-Za-z ,._+-]{1,200}")


@dataclass(frozen=True, order=True)
class DecodedPhoto:
    """A photograph as its file was decoded.

    Parameters
    ----------
    sha256 : str
        Hash of the file.
    pixel_sha256 : str
        Hash of its upright pixels in sRGB, on the background of the recipe where it is
        transparent (`morphkit.faces.images.pixel_sha256`).
    decoder : str
        What decoded it, with versions (`morphkit.faces.images.decoder_of`).

    Raises
    ------
    InputError
        If one of them has an invalid form.
    """

    sha256: str
    pixel_sha256: str
    decoder: str

    def __post_init__(self) -> None:
        for name in ("sha256", "pixel_sha256"):
            if not _SHA256.fullmatch(getattr(self, name)):
                raise InputError(
                    f"{name} of a photograph is {getattr(self, name)[:80]!r}",
                    allowed="64 digits from 0 to f",
                )
        if not _DECODER.fullmatch(self.decoder):
            raise InputError(
                f"decoder of a photograph is {self.decoder[:80]!r}",
                allowed="names and versions: letters, digits, spaces and , . _ + -",
            )
