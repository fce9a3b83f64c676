"""Bit-exact pixels: rendering from a frozen mesh, and PNG encoding.

Everything here is integer arithmetic, specified in full in
``docs/pixel_specification.md``. Two implementations agree on every bit: readable NumPy
and a C extension.

The extension also sums up what frames are measured by (`morphkit.pixels.measuring`),
which is no part of the specification: no pixel is made from it.

What is named in ``__init__.pyi`` is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
