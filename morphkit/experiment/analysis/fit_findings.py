"""What is said of a psychometric function: whether it may be believed.

References
----------
Self & Liang (1987), doi:10.1080/01621459.1987.10478472 (likelihood ratios of parameters
at their limits).
"""

from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.psychophysics.goodness import GoodnessOfFit
from morphkit.psychophysics.integrated_likelihood import MAX_RATE
from morphkit.psychophysics.lapses import LapseFit, fit_with_lapses
from morphkit.psychophysics.psychometric import PsychometricFit

#: Twice the gain in log-likelihood by guess and lapse rates that answers without any
#: exceed in 5 % of data sets (Self & Liang 1987: two parameters at their limits).
LAPSES_GAIN = 4.231
#: A fit with a smaller goodness-of-fit p is reported.
POOR_FIT = 0.05


def is_determined(fit: PsychometricFit) -> bool:
    """Return whether the answers reliably change with the level."""
    slope = fit.slope_score
    return slope.low is not None and slope.low > 0


def on_missing_lapses(fit: PsychometricFit, where: str) -> list[Finding]:
    """Return whether guesses and lapses change what a fit without them says."""
    if fit.separated or not is_determined(fit):
        return []
    try:
        other = fit_with_lapses(fit.levels, fit.chosen, fit.shown, link=fit.link)
    except InputError:
        return []
    gain = 2 * (other.log_likelihood - fit.log_likelihood)
    if gain < LAPSES_GAIN:
        return []
    return [
        Finding(
            "lapses-matter",
            "warning",
            f"answers that do not depend on the image (guesses {other.guess:.1%}, "
            f"lapses {other.lapse:.1%}), or people who differ, flatten this function: "
            f"its JND of {fit.jnd:.3g} would be {other.jnd:.3g} without them; report "
            "fits with --lapses both, or the hierarchical one",
            where=where,
            value=gain,
            limit=LAPSES_GAIN,
        )
    ]


def on_lapses(lapses: LapseFit, where: str) -> list[Finding]:
    """Return what limits a fit with guess and lapse rates."""
    found = [
        Finding(
            "rate-at-bound",
            "warning",
            f"the {name} rate reached {MAX_RATE:g}, the largest that is considered: so "
            "many answers do not depend on the image that the JND with lapses is no "
            "measure of sensitivity",
            where=where,
            value=getattr(lapses, name),
            limit=MAX_RATE,
        )
        for name in lapses.at_bound
        if name in ("guess", "lapse")
    ]
    if "threshold" in lapses.at_bound:
        found.append(
            Finding(
                "no-threshold",
                "warning",
                "with guess and lapse rates the answers do not say where one label "
                "becomes the other: threshold and JND with lapses have no estimate",
                where=where,
                value=lapses.threshold,
            )
        )
    if "spread" in lapses.at_bound:
        found.append(
            Finding(
                "jump",
                "note",
                "with guess and lapse rates a function that jumps from one label to "
                "the other fits as well as any: the JND with lapses has no estimate, "
                "only an upper end of its interval",
                where=where,
                value=lapses.jnd_interval.high,
            )
        )
    return found


def on_fit(
    fit: PsychometricFit, goodness: GoodnessOfFit | None, where: str
) -> list[Finding]:
    """Return what limits a fit without them."""
    found = []
    if fit.separated:
        found.append(
            Finding(
                "separated",
                "note",
                "one level separates all answers, so maximum likelihood is infinite; "
                "PSE and JND are those of Firth's penalised likelihood",
                where=where,
            )
        )
    high = fit.slope_score.high
    if high is not None and high < 0:
        found.append(
            Finding(
                "reversed",
                "error",
                "answers with the second label become rarer with the level; are labels "
                "or keys swapped?",
                where=where,
                value=fit.slope,
            )
        )
    elif not is_determined(fit):
        found.append(
            Finding(
                "flat",
                "warning",
                "the answers do not reliably change with the level, so PSE and JND are "
                "not reported",
                where=where,
                value=fit.slope,
            )
        )
    if goodness is not None and goodness.p_value < POOR_FIT:
        found.append(
            Finding(
                "poor-fit",
                "warning",
                f"the deviance is {goodness.deviance:.1f}; a true function has as "
                f"much in {goodness.p_value:.1%} of samples (lapses, or answers that "
                "depend on each other, cause this)",
                where=where,
                value=goodness.p_value,
                limit=POOR_FIT,
            )
        )
    return found
