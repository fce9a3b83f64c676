"""Reproducible, validated face-morph continua for perception research.

``import morphkit as mk`` has every public name, loaded when it is first used; they are
listed in ``__init__.pyi``.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
