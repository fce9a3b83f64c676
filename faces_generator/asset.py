"""The compact head: mesh, masks and modelling displacements, read from one file."""

from functools import cached_property
from pathlib import Path

import numpy as np

from faces_generator.arrays import Array

SKIN, LEFT_EYE, RIGHT_EYE, TONGUE, UPPER_GUM, LOWER_GUM = range(6)
ASSET = Path(__file__).parent / "asset" / "infant_head_cc0.npz"


class Asset:
    """The compact head that `build_asset` writes.

    Parameters
    ----------
    path : Path, optional
        The npz file.

    Attributes
    ----------
    vertices : ndarray, shape (N, 3)
        The mean infant at rest; origin midway between the eyeballs.
    quads : ndarray, shape (F, 4)
        Vertex indices of the quads that are rendered; eyelash cards are left out.
    quad_group : ndarray, shape (F,)
        Part of the head that each quad belongs to.
    vertex_group : ndarray, shape (N,)
        The same for each vertex; -1 if no rendered quad uses it.
    """

    def __init__(self, path: Path = ASSET) -> None:
        with np.load(path) as data:
            self._arrays = {name.replace("+", "/"): data[name] for name in data.files}
        self.vertices = self._arrays["vertices"].astype(float)
        groups = self._arrays["groups"]
        rendered = groups <= LOWER_GUM
        self.quads = self._arrays["quads"][rendered].astype(int)
        self.quad_group = groups[rendered].astype(int)
        self.vertex_group = np.full(len(self.vertices), -1)
        self.vertex_group[self.quads.ravel()] = np.repeat(self.quad_group, 4)

    @cached_property
    def modes(self) -> list[str]:
        """Names of all displacement modes, sorted."""
        return sorted(k[6:] for k in self._arrays if k.startswith("delta:"))

    def mask(self, name: str) -> Array:
        """Return how far each vertex belongs to a painted region, 0 to 1."""
        return self._arrays[f"mask:{name}"] / 255.0

    def mode(self, name: str) -> Array:
        """Return the displacement of every vertex, shape (N, 3)."""
        delta = np.zeros_like(self.vertices)
        scale = float(self._arrays[f"scale:{name}"])
        delta[self._arrays[f"rows:{name}"]] = self._arrays[f"delta:{name}"] * scale
        return delta

    def both_sides(self, name: str) -> Array:
        """Return a mode together with its partner on the other side of the face."""
        for left, right in (("Left", "Right"), ("/l-", "/r-"), ("-left-", "-right-")):
            if left in name:
                return self.mode(name) + self.mode(name.replace(left, right))
        return self.mode(name)
