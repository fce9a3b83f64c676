"""What is said of a difference scale: whether it may be believed, and whose it is."""

import numpy as np

from morphkit._core.finding import Finding
from morphkit.psychophysics.difference_scale import DifferenceScale
from morphkit.psychophysics.partial_pooling import Heterogeneity
from morphkit.psychophysics.scale_checks import ScaleChecks

#: A check of the scale with a smaller p is reported.
POOR_FIT = 0.05
#: With a smaller p, the scales of continua differ.
DIFFERS = 0.05


def on_differing(test: Heterogeneity, n_continua: int) -> Finding:
    """Return that the scales of continua differ."""
    return Finding(
        "continua-differ",
        "warning",
        f"the scales of the {n_continua} continua differ (standard deviation "
        f"of the middle image {test.spread:.3f}): the scale over all answers "
        "is of none of them and has no verdict",
        value=test.p_value,
        limit=DIFFERS,
    )


def on_scale(
    scale: DifferenceScale, checks: ScaleChecks | None, where: str
) -> list[Finding]:
    """Return what limits a scale, and the checks that it does not pass."""
    found = []
    if scale.separated:
        found.append(
            Finding(
                "separated",
                "warning",
                "some scale predicts every answer, so the noise is unknown: the scale "
                "is that of Firth's penalised likelihood and certifies nothing; more "
                "trials are needed",
                where=where,
            )
        )
    falls = np.flatnonzero(np.diff(scale.values) < 0)
    if falls.size:
        found.append(
            Finding(
                "scale-falls",
                "note",
                f"the scale falls after level {scale.levels[falls[0]]:g}; noise does "
                "this where neighbours look alike",
                where=where,
            )
        )
    named = {} if checks is None else {"deviance": checks.deviance, "runs": checks.runs}
    if checks is not None and checks.six_points is not None:
        named["six-point test"] = checks.six_points
    for name, test in named.items():
        if test.p_value < POOR_FIT:
            found.append(
                Finding(
                    "poor-fit",
                    "warning",
                    f"{name}: {test.statistic:.1f}, where the fitted observer shows "
                    f"{test.mean:.1f} ± {test.sd:.1f}",
                    where=where,
                    value=test.p_value,
                    limit=POOR_FIT,
                )
            )
    return found
