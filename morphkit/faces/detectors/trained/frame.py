"""The standard frame: every face upright, of one size, as the mesh has it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Points, eight_bit
from morphkit.faces.formats import builtin_template

Grey = npt.NDArray[np.uint8]
Complex = npt.NDArray[np.complex128]

#: Side of the standard frame, and the outer eye corners' distance in it, pixels.
SIDE = 400
BETWEEN_EYES = 112.0
#: Centre of the mesh in the frame.
CENTRE = np.array([(SIDE - 1) / 2, (SIDE - 1) / 2])
#: Outer eye corners of the mesh.
CORNERS = (33, 263)
#: Points of the mesh.
N_MESH = 478


class Upright:
    """The similarity that carries a face into the standard frame, and back.

    Parameters
    ----------
    mesh : ndarray, shape (478, 2)
        Points of the mesh in the photograph.
    reference : ndarray, shape (478, 2)
        Mean mesh in the standard frame.
    """

    def __init__(self, mesh: Points, reference: Points) -> None:
        p, q = _complex(mesh), _complex(reference)
        self._from, self._to = p.mean(), q.mean()
        p, q = p - self._from, q - self._to
        self.factor = complex(np.vdot(p, q) / np.vdot(p, p).real)

    def __call__(self, points: Points) -> Points:
        """Return points of the photograph in the standard frame."""
        return _real((_complex(points) - self._from) * self.factor + self._to)

    def back(self, points: Points) -> Points:
        """Return points of the standard frame in the photograph."""
        return _real((_complex(points) - self._to) / self.factor + self._from)

    def crop(self, image: Image) -> Grey:
        """Return the grey photograph in the standard frame, borders repeated.

        Parameters
        ----------
        image : ndarray, shape (H, W, 3), dtype uint8 or uint16

        Returns
        -------
        ndarray, shape (SIDE, SIDE), dtype uint8
        """
        import cv2

        frame = np.ascontiguousarray(eight_bit(image))
        grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
        # A face that is much larger is shrunk by whole factors first: no aliasing.
        k = max(1, int(1 / abs(self.factor)))
        if k > 1:
            grey = _shrunk(grey, k)
        a = self.factor * k
        middle = (k - 1) / 2 * (1 + 1j)  # of the first square
        corner = (middle - self._from) * self.factor + self._to
        affine = np.array(
            [[a.real, -a.imag, corner.real], [a.imag, a.real, corner.imag]]
        )
        crop = cv2.warpAffine(
            grey, affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(crop, np.uint8)


def _shrunk(grey: Grey, k: int) -> Grey:
    """Return the means of squares of k × k pixels; the last ones are filled up."""
    import cv2

    height, width = grey.shape
    down, right = -height % k, -width % k
    filled = cv2.copyMakeBorder(grey, 0, down, 0, right, cv2.BORDER_REPLICATE)
    size = ((width + right) // k, (height + down) // k)
    return np.asarray(cv2.resize(filled, size, interpolation=cv2.INTER_AREA), np.uint8)


def mirrored(points: Points, partners: Sequence[int]) -> Points:
    """Return the points of the mirrored face, both in the standard frame."""
    swapped = points[list(partners)]
    return np.column_stack([SIDE - 1 - swapped[:, 0], swapped[:, 1]])


def mean_mesh(meshes: Sequence[Points]) -> Points:
    """Return the mean of meshes in the standard frame, the same left as right."""
    partners = builtin_template("mesh_478").mirror
    reference = _upright(meshes[0])
    for _ in range(5):
        aligned = [Upright(mesh, reference)(mesh) for mesh in meshes]
        both = [*aligned, *(mirrored(one, partners) for one in aligned)]
        reference = _upright(np.mean(both, axis=0))
    return reference


def _upright(mesh: Points) -> Points:
    """Return a mesh scaled and turned by the corners of its eyes."""
    z = _complex(mesh - mesh.mean(axis=0))
    across = z[CORNERS[1]] - z[CORNERS[0]]
    return np.asarray(_real(z * BETWEEN_EYES / across) + CENTRE)


def _complex(points: Points) -> Complex:
    """Return points as complex numbers."""
    return np.asarray(points[:, 0] + 1j * points[:, 1])


def _real(z: Complex) -> Points:
    """Return complex numbers as points."""
    return np.column_stack([z.real, z.imag])
