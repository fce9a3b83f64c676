"""Difference scales of participants, identities and all answers together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from morphkit._core.arrays import frozen
from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import Collected
from morphkit.experiment.analysis.partial_scales import Part, pool_continua
from morphkit.experiment.analysis.scopes import check_scope
from morphkit.experiment.answer import SECOND_PAIR, Account, Answer
from morphkit.pack.model import Pack
from morphkit.psychophysics.choices import STANDARD_MARGIN, STANDARD_RATIO
from morphkit.psychophysics.comparisons import Comparisons, make_comparisons
from morphkit.psychophysics.difference_scale import DifferenceScale, with_covariance
from morphkit.psychophysics.difference_scaling import (
    LinearTest,
    ScaleBootstrap,
    compare_with_line,
    fit_scale,
    inverse_interval,
    resample_participants,
)
from morphkit.psychophysics.equivalence import (
    UNDECIDED,
    Certificate,
    certify,
    straight_line,
)
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.partial_pooling import Heterogeneity
from morphkit.psychophysics.scale_checks import ScaleChecks, check_scale
from morphkit.psychophysics.simultaneous_band import MIN_PARTICIPANTS, stabilised

#: A check of the scale with a smaller p is reported.
POOR_FIT = 0.05
#: With a smaller p, the scales of continua differ.
DIFFERS = 0.05


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


def fit_scales(collected: Collected, settings: ScaleSettings) -> ScaleResult:
    """Return difference scales per participant, per continuum and pooled.

    Scales over several continua need the same levels in all of them.

    Raises
    ------
    InputError
        If no scale can be fitted at all.
    """
    generator = np.random.default_rng(settings.seed)
    findings = list(collected.findings)
    scales: list[ScopedScale] = []
    for scope, name, part in _parts(collected, findings):
        where = name or "all answers"
        try:
            scales.append(
                _fit(collected, part, scope, name, settings, generator, findings)
            )
        except InputError as error:
            findings.append(
                Finding("no-scale", "warning", str(error.problem), where=where)
            )
    scales, heterogeneity = _judged_together(
        collected, scales, settings, generator, findings
    )
    if not scales:
        reasons = "; ".join(
            dict.fromkeys(f.message for f in findings if f.code == "no-scale")
        )
        raise InputError(f"no scale can be fitted: {reasons}")
    return ScaleResult(
        tuple(scales),
        tuple(findings),
        collected.shown,
        collected.account,
        heterogeneity,
    )


def _judged_together(
    collected: Collected,
    scales: list[ScopedScale],
    settings: ScaleSettings,
    generator: np.random.Generator,
    findings: list[Finding],
) -> tuple[list[ScopedScale], Heterogeneity | None]:
    """Return the scales, those of continua partially pooled, and whether they differ.

    That takes several continua with the same levels, and participants drawn again.
    """
    own = [one for one in scales if one.scope == "continuum"]
    pooled = any(one.scope == "pooled" for one in scales)
    drawn = all(one.scale.source == "participants" for one in own)
    if len(own) < 2 or not pooled or not drawn:
        return scales, None
    parts = []
    for one in own:
        name = str(one.continuum_id)
        answers = _answers_to(collected, name)
        trials, _ = comparisons_of(collected, answers)
        people = tuple(a.participant for a in answers)
        parts.append(Part(name, trials, people, one.scale))
    judged, test = pool_continua(parts, generator, n_samples=settings.samples)
    differing = test.p_value < DIFFERS
    if differing:
        findings.append(
            Finding(
                "continua-differ",
                "warning",
                f"the scales of the {len(parts)} continua differ (standard deviation "
                f"of the middle image {test.spread:.3f}): the scale over all answers "
                "is of none of them and has no verdict",
                value=test.p_value,
                limit=DIFFERS,
            )
        )
    result = []
    for one in scales:
        if one.scope == "continuum":
            scale = judged[str(one.continuum_id)]
            found = _certificate(collected, scale, one, settings)
            result.append(replace(one, judged=scale, certificate=found))
        elif one.scope == "pooled" and differing:
            found = replace(one.certificate, verdict=UNDECIDED, differing=True)
            result.append(replace(one, certificate=found))
        else:
            result.append(one)
    return result, test


def _certificate(
    collected: Collected,
    scale: DifferenceScale,
    one: ScopedScale,
    settings: ScaleSettings,
) -> Certificate:
    """Return the certificate of a continuum for a scale of it."""
    name = str(one.continuum_id)
    answers = [
        a for a in collected.answers if collected.continuum(a.stimuli[0]) == name
    ]
    return certify(
        _over_steps(scale, collected, answers),
        margin=settings.margin,
        ratio_limit=settings.ratio,
        n_participants=one.n_participants,
        n_images=_n_images(collected, answers),
    )


def _parts(
    collected: Collected, findings: list[Finding]
) -> list[tuple[str, str | None, list[Answer]]]:
    """Return the groups of answers that each give a scale."""
    answers = list(collected.answers)
    by_continuum = {name: _answers_to(collected, name) for name in collected.continua}
    levels = {name: tuple(_levels(collected, p)) for name, p in by_continuum.items()}
    parts: list[tuple[str, str | None, list[Answer]]] = []
    if len(set(levels.values())) == 1:
        parts.append(("pooled", None, answers))
    else:
        findings.append(
            Finding(
                "different-levels",
                "warning",
                "the continua were judged at different levels, so there is no pooled "
                "scale",
            )
        )
    parts += [("continuum", name, part) for name, part in by_continuum.items()]
    if len(set(levels.values())) == 1 and len(collected.participants) > 1:
        parts += [
            ("participant", name, [a for a in answers if a.participant == name])
            for name in collected.participants
        ]
    return parts


def _answers_to(collected: Collected, continuum: str) -> list[Answer]:
    """Return the answers to one continuum."""
    return [
        a for a in collected.answers if collected.continuum(a.stimuli[0]) == continuum
    ]


def _levels(collected: Collected, answers: Sequence[Answer]) -> Array:
    shown = {s for a in answers for s in a.stimuli}
    return np.array(sorted({collected.place(s, "level") for s in shown}))


def comparisons_of(
    collected: Collected, answers: Sequence[Answer]
) -> tuple[Comparisons, Array]:
    """Return trials in canonical form, and the levels that they refer to by index.

    Raises
    ------
    InputError
        If triads and quadruples are mixed with other trials, or one compares a stimulus
        with itself.
    """
    levels = _levels(collected, answers)
    rows = []
    for a in answers:
        at = [collected.place(s, "level") for s in a.stimuli]
        k = [int(v) for v in np.searchsorted(levels, at)]
        rows.append([k[0], k[1], k[1], k[2]] if len(k) == 3 else k)
    second = [a.response == SECOND_PAIR for a in answers]
    return make_comparisons(rows, second, n_levels=len(levels)), levels


def _fit(
    collected: Collected,
    answers: list[Answer],
    scope: str,
    name: str | None,
    settings: ScaleSettings,
    generator: np.random.Generator,
    findings: list[Finding],
) -> ScopedScale:
    """Return the scale of some answers; findings are added."""
    comparisons, levels = comparisons_of(collected, answers)
    alike = {a.response for a in answers}
    if len(alike) == 1 or comparisons.second.all() or not comparisons.second.any():
        raise InputError(f"all {len(answers)} answers choose the same pair")
    scale = fit_scale(comparisons, levels)
    where = name or "all answers"
    people = sorted({a.participant for a in answers})
    checks, sigma = None, None
    if not scale.separated and settings.samples and scope != "participant":
        if len(people) >= MIN_PARTICIPANTS:
            numbers = {person: k for k, person in enumerate(people)}
            participants = np.array([numbers[a.participant] for a in answers])
            resampled = resample_participants(
                comparisons, participants, scale, generator, n_samples=settings.samples
            )
            scale = with_student_quantiles(scale, resampled, len(people))
        checks = check_scale(
            comparisons, scale, generator, n_samples=settings.check_samples
        )
    findings += _on_scale(scale, checks, where)
    over_steps = _over_steps(scale, collected, answers)
    if not scale.separated and scope != "participant":
        low, high = scale.sigma_interval.low, scale.sigma_interval.high
        sigma = None if low is None or high is None else (low, high)
    return ScopedScale(
        scope=scope,
        continuum_id=name if scope == "continuum" else None,
        participant=name if scope == "participant" else None,
        n_participants=len(people),
        scale=scale,
        certificate=certify(
            over_steps,
            margin=settings.margin,
            ratio_limit=settings.ratio,
            n_participants=len(people),
            n_images=_n_images(collected, answers),
        ),
        linear=compare_with_line(comparisons, over_steps),
        checks=checks,
        sigma_interval=sigma,
    )


def with_student_quantiles(
    scale: DifferenceScale, resampled: ScaleBootstrap, n_participants: int
) -> DifferenceScale:
    """Return a scale with the uncertainty from resampling its participants.

    Resampling J participants makes variances too small by (J - 1)/J, and with few
    participants they are poorly estimated: without Student's quantiles, bands of 10
    participants contained the truth in 85 % of simulated studies
    (`benchmarks/few_participants.py`).
    """
    enlarged = n_participants / (n_participants - 1)
    drawn = resampled.covariance() * enlarged
    covariance = stabilised(drawn, scale.wald_covariance, n_participants)
    found = with_covariance(
        scale, covariance, source="participants", degrees=n_participants - 1
    )
    # Of sigma it is the inverse, the last coefficient, that varies symmetrically.
    last = 1 / scale.sigma
    error = float(np.std(1 / resampled.sigmas, ddof=1)) * math.sqrt(enlarged)
    reach = float(scipy.stats.t.ppf(0.975, n_participants - 1)) * error
    return replace(
        found,
        sigma_error=error * scale.sigma**2,
        sigma_interval=inverse_interval(Interval(last - reach, last + reach)),
    )


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


def _over_steps(
    scale: DifferenceScale, collected: Collected, answers: Sequence[Answer]
) -> DifferenceScale:
    """Return a scale over steps instead of levels.

    A continuum promises equal steps, whatever its levels are.
    """
    step = {
        collected.place(s, "level"): collected.place(s, "step")
        for a in answers
        for s in a.stimuli
    }
    at = np.array([step[level] for level in scale.levels.tolist()])
    return replace(scale, levels=frozen(at))


def _n_images(collected: Collected, answers: Sequence[Answer]) -> int:
    """Return how many images the longest of the continua that were judged has."""
    names = {collected.continuum(a.stimuli[0]) for a in answers}
    rows = collected.stimuli.values()
    return max(sum(row.continuum_id == name for row in rows) for name in names)


def _on_scale(
    scale: DifferenceScale, checks: ScaleChecks | None, where: str
) -> list[Finding]:
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
