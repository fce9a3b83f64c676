"""Types of arrays and matrices."""

from typing import Any, TypeAlias

import numpy.typing as npt

#: An array of NumPy; the docstrings say of which shape.
Array: TypeAlias = npt.NDArray[Any]
#: A sparse matrix of SciPy.
Sparse: TypeAlias = Any
