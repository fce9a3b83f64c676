"""Correspondence between photographs: from landmarks to a frozen mesh.

What is named in ``__init__.pyi`` is loaded when it is first used: to read a frozen
mesh, nothing that matches photographs is.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
