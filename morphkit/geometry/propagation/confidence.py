"""How sure a propagated landmark is.

The chance was learnt by logistic regression from the rendered infants that ship with
morphkit, whose true landmarks are known: 12 identities from neutral and from happy to
distressed, 68 and 170 landmarks. Judged on infants left out, 90 % of the landmarks with
a chance above 0.8 were right, 68 % of those from 0.6 to 0.8, 50 % from 0.4 to 0.6 and
33 % below; the area under the ROC curve was 0.77 (``benchmarks/propagate.py``).
"""

import numpy as np
import numpy.typing as npt

#: Error, in inter-ocular distances, up to which a landmark counts as right.
RIGHT = 0.03
#: Logit of a landmark that did not move, its change by inter-ocular distance moved, and
#: on the edge of a lip or lid.
_RESTING, _MOVED, _ON_EDGE = 2.74, -26.3, -1.0
#: What moved farther is no less certain.
_FARTHEST = 0.1


def confidence(
    moved: npt.NDArray[np.float64], on_edge: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return the chance that landmarks lie within `RIGHT` of their true places.

    Parameters
    ----------
    moved : ndarray, shape (N,)
        How far each moved against the rest of the face, in inter-ocular distances.
    on_edge : ndarray, shape (N,), dtype bool
        Whether it lies on an edge of a lip or a lid.
    """
    far = np.minimum(moved, _FARTHEST)
    return np.asarray(1 / (1 + np.exp(-(_RESTING + _MOVED * far + _ON_EDGE * on_edge))))
