"""Difference scales as values: of whom and of what they are, and at which steps."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.experiment.analysis.scopes import check_scope
from morphkit.experiment.answer import Account
from morphkit.pack.model import Pack
from morphkit.psychophysics.choices import STANDARD_MARGIN, STANDARD_RATIO
from morphkit.psychophysics.difference_scale import DifferenceScale
from morphkit.psychophysics.difference_scaling import LinearTest
from morphkit.psychophysics.equivalence import Certificate, straight_line
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.partial_pooling import Heterogeneity
from morphkit.psychophysics.scale_checks import ScaleChecks


@dataclass(frozen=True)
class ScaleSettings:
    """How scales are fitted.

    Parameters
    ----------
    margin : float
        Largest departure from the straight line that counts as uniform.
    ratio : float
        Largest ratio of neighbouring steps that counts as uniform.
    samples : int
        Bootstrap samples of participants and of intervals.
    check_samples : int
        Simulated observers for the goodness of fit.
    seed : int
    """

    margin: float = STANDARD_MARGIN
    samples: int = 2000
    check_samples: int = 500
    seed: int = 1
    ratio: float = STANDARD_RATIO


@dataclass(frozen=True)
class ScopedScale:
    """The scale of one participant, of one continuum or of all answers.

    Parameters
    ----------
    scope : str
        ``"pooled"``, ``"continuum"`` or ``"participant"``.
    continuum_id, participant : str or None
    n_participants : int
    scale : DifferenceScale
    certificate : Certificate
    linear : LinearTest
    checks : ScaleChecks or None
        Only for ``"pooled"`` and ``"continuum"``.
    sigma_interval : tuple of float or None
        As inside `scale`; None for participants. Of older documents, by percentiles
        of a parametric bootstrap.
    judged : DifferenceScale or None
        What the certificate is of, where a continuum was partially pooled with others:
        its scale, drawn towards their mean. None where it is `scale` itself.

    Raises
    ------
    InputError
        If the scope is unknown, or names are missing or intervals.
    """

    scope: str
    continuum_id: str | None
    participant: str | None
    n_participants: int
    scale: DifferenceScale
    certificate: Certificate
    linear: LinearTest
    checks: ScaleChecks | None
    sigma_interval: tuple[float, float] | None
    judged: DifferenceScale | None = None

    @property
    def certified(self) -> DifferenceScale:
        """The scale that the certificate is of."""
        return self.scale if self.judged is None else self.judged

    def __post_init__(self) -> None:
        check_scope(self.scope, self.continuum_id, self.participant)
        n = len(self.scale.levels)
        if {len(self.scale.intervals), len(self.scale.band)} != {n}:
            raise InputError(f"a scale of {n} levels has not as many intervals")

    def to_dict(self) -> dict[str, Any]:
        """Return the scale as a JSON object."""
        return {
            name: value.to_dict() if hasattr(value, "to_dict") else value
            for name, value in vars(self).items()
        }


@dataclass(frozen=True)
class ScaleResult:
    """Everything derived from triads and quadruples, and what became of the rows.

    Parameters
    ----------
    scales : tuple of ScopedScale
    findings : tuple of Finding
    stimuli : tuple of str
        The images shown.
    answers : Account or None
    heterogeneity : Heterogeneity or None
        Whether the continua differ; None of one continuum, of fewer than five
        participants, or without resampling.
    """

    scales: tuple[ScopedScale, ...]
    findings: tuple[Finding, ...]
    stimuli: tuple[str, ...] = ()
    answers: Account | None = None
    heterogeneity: Heterogeneity | None = None

    def of(self, scope: str) -> tuple[ScopedScale, ...]:
        """Return the scales of a scope."""
        return tuple(scale for scale in self.scales if scale.scope == scope)


def steps_at(scoped: ScopedScale, pack: Pack) -> Array:
    """Return the steps that lie at the levels of a scale, counted from 1.

    Raises
    ------
    InputError
        If no continuum of the pack has images at all of its levels.
    """
    for row in pack.continua:
        name = row.continuum_id
        if scoped.continuum_id not in (None, name):
            continue
        rows = pack.stimuli_of(name)
        steps = {r.level: float(r.step) for r in rows}
        at = [steps.get(level) for level in scoped.scale.levels.tolist()]
        if None not in at:
            return np.array(at, float)
    raise InputError(
        f"no continuum has images at the levels {scoped.scale.levels.tolist()}",
        where=scoped.continuum_id or pack.name,
    )


def equal_steps(scoped: ScopedScale, pack: Pack) -> Array:
    """Return the scale that equal steps of the images would have, at its levels.

    The verdict compares with it. If levels are not evenly spaced, it is not a straight
    line over the levels.
    """
    return straight_line(steps_at(scoped, pack))
