"""The sentences about participants in the methods paragraph."""

from collections.abc import Iterable, Sequence

from morphkit._core.text import counted
from morphkit.experiment.analysis.categories import (
    PARTICIPANTS,
    SCORE_TESTS,
    CategoryResult,
    ScopedFit,
)
from morphkit.experiment.analysis.discrimination import DiscriminationResult
from morphkit.experiment.analysis.norms import NormsResult
from morphkit.experiment.analysis.plots import VERDICTS, interval_text
from morphkit.experiment.analysis.results import CategoryStudy, ScaleStudy, Study
from morphkit.experiment.analysis.scale_values import ScaleResult, ScopedScale
from morphkit.experiment.analysis.task_methods import (
    label_sentences,
    probe_sentences,
)
from morphkit.psychophysics.partial_pooling import Heterogeneity
from morphkit.psychophysics.pooling import PooledFit
from morphkit.psychophysics.psychometric import JND_DEFINITION
from morphkit.psychophysics.reaction_times import RT_DEFINITION
from morphkit.report.study_methods import (
    TASK_NAMES,
    record_sentences,
    trial_sentences,
)

_SOURCES = {
    "participants": "by resampling participants",
    "raters": "by resampling participants",  # as version 0.1 called them
    "partial": "by resampling participants",
    "wald": "from the curvature of the likelihood, which treats answers as independent",
    "bootstrap": "from a parametric bootstrap",
}
#: Reasons that a sentence of its own names, and what was never an answer.
_SAID_APART = ("learning", "other-task", "repeated-header", "no-trial")
_RATES = {
    "none": "without guesses and lapses",
}


def human_sentences(study: Study) -> Iterable[str]:
    """Yield what a paper must report of participants, trials, exclusions and fits."""
    if study.record is not None:
        yield from record_sentences(study.record, study.trials)
    yield from trial_sentences(study.trials)
    for categories in study.categories:
        yield from _categories(categories)
    for scales in study.scales:
        yield from _scales(scales)
    for norms in study.norms:
        yield from _ratings(norms)
    for pairs in study.discriminations:
        yield from _discriminations(pairs)
    yield from _faces_in_words(study)
    yield from _times(study)
    if study.learning:
        said = counted(
            study.learning,
            "trial of practice or training",
            "trials of practice or training",
        )
        yield f"{said} {_were(study.learning)} excluded."
    if study.not_used:
        said = counted(
            study.not_used, "answer to other tasks", "answers to other tasks"
        )
        yield f"{said} {_were(study.not_used)} not used."
    if study.software:
        named = ", ".join(f"{k} {v}" for k, v in sorted(study.software.items()))
        yield f"Answers were analysed with {named}."


def _faces_in_words(study: Study) -> Iterable[str]:
    """Yield the sentences about several labels, and about attention."""
    for labels in study.labels:
        yield from label_sentences(labels.result, labels.settings, apart=_SAID_APART)
    for probes in study.probes:
        yield from probe_sentences(probes.result, probes.settings, apart=_SAID_APART)


def _categories(study: CategoryStudy) -> Iterable[str]:
    """Yield the sentences about categorisation: participants, fits and results."""
    result, settings = study.result, study.settings
    first, second = result.labels
    yield (
        f"{counted(len(result.participants), 'participant')} categorised images of "
        f"{counted(len(result.continua), 'continuum', 'continua')} as {first} or "
        f"{second} ({counted(study.n_answers, 'answer')}{_left_out(result)})."
    )
    fitted = [f for f in result.fits if f.fit is not None]
    penalised = sum(f.fit is not None and f.fit.separated for f in fitted)
    rates = _RATES.get(
        settings.lapses,
        f"without and also with guess and lapse rates ({settings.lapses})",
    )
    text = (
        f"Psychometric functions ({settings.link}, over the {settings.axis}, {rates}) "
        f"were fitted by maximum likelihood"
    )
    if penalised:
        text += (
            ", with Firth's penalty where one level separated all answers "
            f"({penalised} of {len(fitted)} functions)"
        )
    yield (
        f"{text}; {JND_DEFINITION}, where x75 and x25 are the levels of 75 % and 25 % "
        f"{second}; {_interval_words(fitted, result)}."
    )
    if settings.samples:
        yield (
            f"Goodness of fit is from {settings.samples} parametric bootstrap samples "
            f"of the deviance (seed {settings.seed}){_poor(fitted)}."
        )
    if result.pooled is not None:
        yield from _pooled(result.pooled)


def _pooled(pooled: PooledFit) -> Iterable[str]:
    """Yield the sentence about the hierarchical fit to report."""
    slopes, random = pooled.random_slopes, pooled.hierarchical
    if slopes is not None:
        yield (
            "Over all answers, a function with random PSEs for identities, random "
            "PSEs and log slopes for participants, and common guess and lapse rates "
            f"({slopes.guess:.1%} and {slopes.lapse:.1%}; Laplace approximation) had "
            f"a PSE of {slopes.pse:.3g}{_bracket(slopes.pse_interval)} and a JND of "
            f"{slopes.jnd:.3g}{_bracket(slopes.jnd_interval)} for the median "
            "participant (95 % intervals from the influence of participants, with "
            "Student's quantiles)."
        )
    elif random is not None and random.slope > 0:
        pse, jnd = (pooled.interval_of(f"hierarchical_{k}") for k in ("pse", "jnd"))
        how = " (95 % intervals from resampling participants)" if pse else ""
        yield (
            "Over all answers, a function with random intercepts for identities and "
            f"participants (Laplace approximation) had a PSE of {random.pse:.3g}"
            f"{_bracket(pse)} and a JND of {random.jnd:.3g}{_bracket(jnd)}{how}."
        )


def _interval_words(fitted: Sequence[ScopedFit], result: CategoryResult) -> str:
    """Return where intervals come from."""
    sources = {one.interval_source or SCORE_TESTS for one in fitted}
    words = []
    if PARTICIPANTS in sources and result.pooled is not None:
        words.append(
            "95 % intervals of single continua and of all answers are from "
            f"{result.pooled.n_samples} resamples of participants, with Student's "
            "quantiles"
        )
    if SCORE_TESTS in sources:
        words.append(
            "those of single participants are from score tests"
            if words
            else "95 % intervals are from score tests"
        )
        if any(one.lapses is not None for one in fitted):
            words.append(
                "those with guess and lapse rates from likelihoods with all other "
                "parameters averaged out"
            )
    return ", ".join(words) or "no intervals were computed"


def _poor(fitted: Sequence[ScopedFit]) -> str:
    """Return how many functions of identities fit poorly."""
    tested = [f for f in fitted if f.scope == "continuum" and f.goodness is not None]
    poor = sum(f.goodness is not None and f.goodness.p_value < 0.05 for f in tested)
    if not tested:
        return ""
    functions = counted(len(tested), "function")
    return f"; p was below .05 for {poor} of {functions} of single identities"


def _bracket(interval: object) -> str:
    return f" [{interval_text(interval)}]" if interval else ""  # type: ignore[arg-type]


def _scales(study: ScaleStudy) -> Iterable[str]:
    """Yield the sentences about comparisons: participants, fits and verdicts."""
    result, settings = study.result, study.settings
    shown = (*result.of("pooled"), *result.of("continuum"))
    yield (
        f"{counted(study.n_participants, 'participant')} judged which of two pairs of "
        f"images differed more ({counted(study.n_trials, 'trial')}"
        f"{_left_out(result)}). "
        "Difference scales were fitted by maximum likelihood (MLDS; Maloney & Yang, "
        "2003, https://doi.org/10.1167/3.8.5)."
    )
    yield from _compared(result)
    source = _SOURCES.get(shown[0].scale.source, shown[0].scale.source)
    yield (
        "A continuum was called perceptually uniform only if all of its images were "
        f"compared, the simultaneous 95 % band of its scale, {source}, lay within "
        f"±{settings.margin:g} of the line of equal steps, and the ratio of "
        f"neighbouring steps was at most {settings.ratio:g}:1 by one-sided 95 % bounds "
        f"({settings.samples} samples, seed {settings.seed})."
    )
    if result.heterogeneity is not None:
        yield _heterogeneity(result.heterogeneity, len(result.of("continuum")))
    for one in shown:
        name = one.continuum_id or "over all answers"
        yield (
            f"The verdict {'for ' if one.continuum_id else ''}{name} "
            f"({counted(one.scale.n_trials, 'trial')}) was "
            f"“{VERDICTS[one.certificate.verdict]}”: {one.certificate.bounds()}; noise "
            f"σ = {one.scale.sigma:.3g}{_sigma(one)}."
        )


def _compared(result: ScaleResult) -> Iterable[str]:
    """Yield how many images were compared, in how many trials of each participant."""
    one = (result.of("continuum") or result.of("pooled"))[0].certificate
    if one.n_images:
        which = f"{one.n_compared} of the {counted(one.n_images, 'image')}"
        if one.n_compared == one.n_images:
            which = f"All {counted(one.n_images, 'image')}"
        own = sorted(each.scale.n_trials for each in result.of("participant"))
        said = ""
        if own:
            least = "" if own[0] == own[-1] else f"{own[0]} to "
            said = f", in {least}{counted(own[-1], 'trial')} of each participant"
        yield f"{which} of a continuum were compared{said}."


def _heterogeneity(test: Heterogeneity, n: int) -> str:
    """Return the sentence about differences between continua."""
    p = f"p = {test.p_value:.2g} from {test.n_samples} exchanges of continua"
    return (
        f"Scales of {counted(n, 'continuum', 'continua')} were pooled in part: their "
        f"middle images differed by a standard deviation of {test.spread:.3f} (at most "
        f"{test.spread_high:.3f} with 95 % confidence; {p} within participants), so "
        f"that each kept {test.weight:.0%} of its distance from their mean."
    )


def _sigma(one: ScopedScale) -> str:
    """Return the interval of the noise."""
    if one.sigma_interval is None:
        return ""
    low, high = one.sigma_interval
    return f" [{low:.3g} to {high:.3g}]"


def _ratings(norms: NormsResult) -> Iterable[str]:
    """Yield the sentences about ratings: raters and their agreement."""
    for one in norms.agreement:
        own = [s for s in norms.summaries if s.measure == one.measure]
        counts = [s.n for s in own]
        raters = counted(max(counts), "rater")
        if min(counts) < max(counts):
            raters = f"{min(counts)} to {raters}"
        images = f"{counted(len(own), 'image')} {_were(len(own))}"
        text = f"{images} rated on {one.measure} by {raters} each"
        text += _left_out(norms)
        statistics = [
            f"{i.form} = {i.value:.2f} [{interval_text(i.interval)}]"
            for i in one.icc
            if i.form in ("ICC2", "ICC2k")
        ]
        if one.alpha is not None:
            statistics.append(
                f"Krippendorff's alpha = {one.alpha:.2f} "
                f"[{interval_text(one.alpha_interval)}]"
            )
        yield f"{text} ({', '.join(statistics)})." if statistics else f"{text}."


def _discriminations(result: DiscriminationResult) -> Iterable[str]:
    """Yield the sentences about same or different."""
    people = {name for one in result.continua for name in one.participants}
    n_answers = sum(one.n_answers for one in result.continua)
    continua = counted(len(result.continua), "continuum", "continua")
    yield (
        f"{counted(len(people), 'participant')} called two images of {continua} same "
        f"or different ({counted(n_answers, 'answer')}{_left_out(result)}). The "
        "sensitivity d' of each of them was computed by the differencing model and by "
        "that of independent observations (Macmillan & Creelman, 2005), half an answer "
        "added to hits, false alarms and their complements; means have 95 % intervals "
        "by Student's distribution."
    )
    for one in result.continua:
        row = one.to_row()
        values = [
            f"{row[f'd_{model}']:.2f}{_bracket(one.intervals.get(model))} ({name})"
            for model, name in (
                ("differencing", "differencing"),
                ("independent", "independent observations"),
            )
        ]
        yield (
            f"For {one.continuum_id}, with {row['hits']:.1%} hits and "
            f"{row['false_alarms']:.1%} false alarms, d' was {' and '.join(values)}."
        )


def _times(study: Study) -> Iterable[str]:
    """Yield the reaction times of each task to whole continua."""
    told = False
    for task, found in study.reaction_times.items():
        values = [
            f"{one.time.median:.3f} s"
            + (f" [{one.time.low:.3f} to {one.time.high:.3f}]" if one.time.low else "")
            + f" for {one.continuum_id}"
            for one in found
            if one.shown == "all"
        ]
        how = "" if told else f" ({RT_DEFINITION})"
        told = True
        yield f"Reaction times in {TASK_NAMES[task]} were {', '.join(values)}{how}."


def _left_out(
    result: CategoryResult | ScaleResult | NormsResult | DiscriminationResult,
) -> str:
    """Return which rows were excluded, but for those that sentences of their own name.

    Documents of older versions have no account, but findings on some of them.
    """
    if result.answers is not None:
        said = result.answers.reasons(without=_SAID_APART)
        return f"; {said} excluded" if said else ""
    values = {f.code: f.value or 0.0 for f in result.findings}
    parts = []
    if values.get("unanswered"):
        parts.append(
            f"{counted(round(values['unanswered']), 'trial')} without an answer"
        )
    if values.get("duplicate-trial"):
        parts.append(counted(round(values["duplicate-trial"]), "repeated row"))
    return f"; {' and '.join(parts)} excluded" if parts else ""


def _were(n: int) -> str:
    return "was" if n == 1 else "were"
