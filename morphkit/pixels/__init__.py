"""Bit-exact pixels: rendering from a frozen mesh, and PNG encoding.

Everything here is integer arithmetic, specified in full in
``docs/pixel_specification.md``. Two implementations agree on every bit: readable NumPy
and a C extension.

The extension also sums up what frames are measured by (`morphkit.pixels.measuring`),
which is no part of the specification: no pixel is made from it.
"""

from morphkit.pixels.backend import FallbackWarning, NativeMissingError, implementation
from morphkit.pixels.cover import cover_of
from morphkit.pixels.job import DETAILS, SAMPLINGS, RenderJob
from morphkit.pixels.png import encode_png
from morphkit.pixels.rendering import blend_nodes, render, render_both, render_samples
from morphkit.pixels.source import Source, lowpass_taps
from morphkit.pixels.spec import MAX_SIDE, ONE, PIXEL_SPECIFICATION, SUBPIXEL

__all__ = [
    "DETAILS",
    "MAX_SIDE",
    "ONE",
    "PIXEL_SPECIFICATION",
    "SAMPLINGS",
    "SUBPIXEL",
    "FallbackWarning",
    "NativeMissingError",
    "RenderJob",
    "Source",
    "blend_nodes",
    "cover_of",
    "encode_png",
    "implementation",
    "lowpass_taps",
    "render",
    "render_both",
    "render_samples",
]
