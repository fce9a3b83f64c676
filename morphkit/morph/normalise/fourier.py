"""A Fourier transform whose result has the same bits on every machine.

Libraries reorder and fuse operations depending on the processor, so that their results
differ in the last bits, and a rounded pixel may differ by one. Here every step is one
addition, subtraction or multiplication of whole arrays, which IEEE 754 defines to the
bit, in an order that depends on the length only; roots of unity are computed in
integers.

Conventions
-----------
Complex arrays are pairs (real part, imaginary part) of float64. The forward transform
has the sign -1 in the exponent and no factor; the inverse divides by the number of
values, as in `numpy.fft`.

References
----------
Cooley & Tukey 1965, Mathematics of Computation 19, 297, doi:10.2307/2003354
"""

from functools import cache

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Complex = tuple[Float, Float]

#: Fractional bits of the integers in which roots of unity are computed.
_BITS = 192


def forward(image: Float) -> Complex:
    """Return the two-dimensional transform of a real image, shape (H, W)."""
    return _both_axes((image, np.zeros_like(image)), -1)


def inverse(spectrum: Complex) -> Float:
    """Return the real part of the inverse transform, shape (H, W)."""
    real, _ = _both_axes(spectrum, 1)
    return real / real.size


def _both_axes(values: Complex, sign: int) -> Complex:
    """Return values transformed along their rows, then along their columns."""
    real, imaginary = _rows(values, sign)
    real, imaginary = _rows(
        (np.ascontiguousarray(real.T), np.ascontiguousarray(imaginary.T)), sign
    )
    return np.ascontiguousarray(real.T), np.ascontiguousarray(imaginary.T)


def _rows(values: Complex, sign: int) -> Complex:
    """Return values transformed along their last axis.

    The length n = p·m is split by its smallest prime: p interleaved series of length m
    are transformed, rotated by their offset, and combined by m transforms of length p.
    """
    n = values[0].shape[-1]
    if n == 1:
        return values
    p = _smallest_prime(n)
    m = n // p
    before = values[0].shape[:-1]
    parts = tuple(
        np.ascontiguousarray(part.reshape(*before, m, p).swapaxes(-1, -2))
        for part in values
    )
    real, imaginary = _rows((parts[0], parts[1]), sign)
    cosines, sines = roots_of_unity(n)
    offsets = np.arange(p)[:, None] * np.arange(m)[None, :]
    real, imaginary = _times(
        (real, imaginary), (cosines[offsets], sign * sines[offsets])
    )
    joined = (np.empty((*before, p, m)), np.empty((*before, p, m)))
    for q in range(p):
        total = real[..., 0, :], imaginary[..., 0, :]
        for j in range(1, p):
            turn = j * q % p * m
            term = _times(
                (real[..., j, :], imaginary[..., j, :]),
                (cosines[turn], sign * sines[turn]),
            )
            total = total[0] + term[0], total[1] + term[1]
        joined[0][..., q, :], joined[1][..., q, :] = total
    return joined[0].reshape(*before, n), joined[1].reshape(*before, n)


def _times(a: Complex, b: tuple[Float | np.float64, Float | np.float64]) -> Complex:
    """Return the product of complex arrays; every operation is rounded separately."""
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _smallest_prime(n: int) -> int:
    """Return the smallest prime factor of a number above 1."""
    return next((p for p in range(2, int(n**0.5) + 1) if n % p == 0), n)


@cache
def roots_of_unity(n: int) -> Complex:
    """Return cosine and sine of 2π·k/n for k = 0 … n - 1, each the nearest float64."""
    one = 1 << _BITS
    step = _cosine_and_sine(2 * _pi() // n)
    at, found = (one, 0), []
    for _ in range(n):
        found.append((at[0] / one, at[1] / one))
        at = (
            (at[0] * step[0] - at[1] * step[1]) >> _BITS,
            (at[0] * step[1] + at[1] * step[0]) >> _BITS,
        )
    # Errors near 2^-180 would otherwise remain where the exact value is zero.
    table = np.array(found)
    table[np.abs(table) < 1e-30] = 0.0
    cosines, sines = table.T.copy()
    for part in (cosines, sines):
        part.setflags(write=False)
    return cosines, sines


def _cosine_and_sine(angle: int) -> tuple[int, int]:
    """Return cosine and sine from their series, all in units of 2^-192."""
    sums = [0, 0]
    term, k = 1 << _BITS, 0
    while term:
        sums[k % 2] += -term if k % 4 >= 2 else term
        k += 1
        term = (term * angle >> _BITS) // k
    return sums[0], sums[1]


@cache
def _pi() -> int:
    """Return π in units of 2^-192, by Machin's formula."""

    def arctangent(inverse_of: int) -> int:
        power = (1 << _BITS + 16) // inverse_of
        total, k, sign = 0, 1, 1
        while power:
            total += sign * (power // k)
            power //= inverse_of * inverse_of
            k, sign = k + 2, -sign
        return total

    return 4 * (4 * arctangent(5) - arctangent(239)) >> 16
