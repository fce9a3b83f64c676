"""How many digits of a number are written: as many as it means, the same everywhere.

The last digits of a floating-point result depend on the order of a sum, and that on
the processor, the release of a library and its number of threads. So what goes into a
file is rounded here, and nowhere else:

- `MEASURED`, six significant digits, for what is measured on images and for the values
  of findings: a score, a distance, an exponent, a share. Images are of 8 bits, and no
  measure of them is reproducible between two photographs of one face to more than
  three. A measurement below `NOTHING` is the remainder of a difference that should be
  0, and is 0.
- `ESTIMATED`, nine significant digits, for what is fitted to answers: an iteration
  stops when a step is smaller than that.
- Not rounded: what was asked for, such as a level (`EXACT`), counts, and what is exact
  by construction (pixels, nodes of meshes, hashes).

Rounding makes a difference between machines rare, not impossible: a value may lie on
the edge between two roundings. What goes into a pack is therefore also computed in a
fixed order, not by a library for linear algebra.
"""

import math
from collections.abc import Mapping
from typing import Any

#: Significant digits of a measurement on images, and of the value of a finding.
MEASURED = 6
#: Smallest measurement that is not a remainder of computing; units are of order 1.
NOTHING = 1e-12
#: Significant digits of an estimate from answers.
ESTIMATED = 9
#: Keys of what is neither measured nor estimated.
EXACT = ("level", "levels")


def significant(value: float, digits: int) -> float:
    """Return a number with so many significant digits; whole numbers as they are.

    Examples
    --------
    >>> significant(1.2316168044746116, 6), significant(1234567.0, 6)
    (1.23162, 1234567.0)
    """
    value = float(value)
    if not math.isfinite(value) or value.is_integer():
        return value
    return float(f"{value:.{digits}g}")


def measured(value: Any) -> Any:
    """Return a measurement, or nested ones, with the digits that it means.

    Mappings, lists and arrays keep their form; texts, counts and None stay as they are.

    Examples
    --------
    >>> measured({"ghosting": 0.06032957794694208, "shift": 3e-16, "n": 2})
    {'ghosting': 0.0603296, 'shift': 0.0, 'n': 2}
    """
    return _nested(value, MEASURED, NOTHING)


def estimated(value: Any) -> Any:
    """Return an estimate, or nested ones, with the digits that it means.

    Examples
    --------
    >>> estimated([0.49987654321012, None, 12])
    [0.499876543, None, 12]
    """
    return _nested(value, ESTIMATED, 0.0)


def _nested(value: Any, digits: int, nothing: float) -> Any:
    """Return every float in a value rounded."""
    if isinstance(value, Mapping):
        return {
            name: each if name in EXACT else _nested(each, digits, nothing)
            for name, each in value.items()
        }
    if hasattr(value, "tolist") and getattr(value, "ndim", False):
        rounded = value.copy()
        rounded.flat = [_nested(each, digits, nothing) for each in value.flat]
        return rounded
    if isinstance(value, list | tuple):
        return type(value)(_nested(each, digits, nothing) for each in value)
    if isinstance(value, float):
        return 0.0 if abs(value) < nothing else significant(value, digits)
    return value
