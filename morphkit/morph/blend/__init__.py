"""Blends: how the pixels of warped photographs are mixed.

A blend is the scale on which light is averaged. The pixel specification computes every
blend in integers.
"""

from dataclasses import dataclass

from morphkit._core.registry import Table


@dataclass(frozen=True)
class Blend:
    """A way to blend.

    Parameters
    ----------
    scale : str
        Scale on which pixels are averaged, as named in the pixel specification.
    summary : str
        One line for listings.
    in_methods : str
        How a methods section continues after "blended in".
    """

    scale: str
    summary: str
    in_methods: str


BLENDS = Table(
    "blends",
    Blend,
    {
        "linear": Blend(
            scale="light",
            summary="cross-dissolve of light, as two projected slides would mix",
            in_methods="linear light",
        ),
        "srgb": Blend(
            scale="code",
            summary="cross-dissolve of sRGB code values, as older tools do (darkens)",
            in_methods="sRGB code values",
        ),
    },
)

__all__ = ["BLENDS", "Blend"]
