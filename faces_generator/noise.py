"""Seeded value noise in space, the same on every machine."""

import numpy as np
from numba import njit

from faces_generator.arrays import Array


@njit(cache=True)
def _hash(i: int, j: int, k: int, seed: int) -> float:
    """Return a number in [-1, 1] for one lattice point."""
    n = (
        np.uint32(i) * np.uint32(374761393)
        + np.uint32(j) * np.uint32(668265263)
        + np.uint32(k) * np.uint32(2147483647)
        + np.uint32(seed) * np.uint32(974711)
    )
    n = (n ^ (n >> np.uint32(13))) * np.uint32(1274126177)
    n = n ^ (n >> np.uint32(16))
    return (n & np.uint32(0xFFFFFF)) / 16777215.0 * 2 - 1


@njit(cache=True)
def value_noise(points: Array, frequency: float, seed: int) -> Array:
    """Return smooth noise in [-1, 1] at points in space.

    Parameters
    ----------
    points : ndarray, shape (N, 3), dtype float64
        Positions.
    frequency : float
        Lattice cells for each unit of length.
    seed : int
        Which noise.

    Returns
    -------
    ndarray, shape (N,), dtype float64
    """
    values = np.empty(points.shape[0])
    for n in range(points.shape[0]):
        x = points[n, 0] * frequency + 100
        y = points[n, 1] * frequency + 100
        z = points[n, 2] * frequency + 100
        i = int(np.floor(x))
        j = int(np.floor(y))
        k = int(np.floor(z))
        u = x - i
        v = y - j
        w = z - k
        u = u * u * (3 - 2 * u)
        v = v * v * (3 - 2 * v)
        w = w * w * (3 - 2 * w)
        total = 0.0
        for a in range(2):
            for b in range(2):
                for c in range(2):
                    weight = (
                        (u if a else 1 - u) * (v if b else 1 - v) * (w if c else 1 - w)
                    )
                    total += _hash(i + a, j + b, k + c, seed) * weight
        values[n] = total
    return values


def fractal_noise(
    points: Array, frequency: float, seed: int, *, octaves: int = 3, gain: float = 0.5
) -> Array:
    """Return noise summed over octaves, each of twice the frequency."""
    return np.asarray(
        sum(
            gain**i * value_noise(points, frequency * 2.0**i, seed + 17 * i)
            for i in range(octaves)
        )
    )
