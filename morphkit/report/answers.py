"""The sections of the report about answers."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.experiment.analysis.categories import BEFORE_NUMBERS
from morphkit.experiment.analysis.documents import (
    Table,
    agreement_table,
    fit_table,
    pooled_table,
    scale_summary,
)
from morphkit.experiment.analysis.plots import (
    ALL,
    VERDICTS,
    category_plots,
    rating_plots,
    scale_plots,
)
from morphkit.experiment.analysis.results import CategoryStudy, ScaleStudy, Study
from morphkit.experiment.answer import Account
from morphkit.pack.model import Pack
from morphkit.psychophysics.lapses import JND_WITH_LAPSES
from morphkit.psychophysics.psychometric import JND_DEFINITION
from morphkit.psychophysics.reaction_times import RT_DEFINITION
from morphkit.report.page import draw_plots
from morphkit.report.study_methods import TASK_NAMES
from morphkit.report.tables import Column, answer_table, folded, table_of

_FIT_COLUMNS: tuple[Column, ...] = (
    ("Answers", "n", "n_answers"),
    ("Balance", "n", "balance"),
    ("PSE, Spearman-Kärber", "n", "spearman_karber"),
    ("PSE", "n", "pse"),
    ("95 %", "n", ("pse_low", "pse_high")),
    ("JND", "n", "jnd"),
    ("95 %", "n", ("jnd_low", "jnd_high")),
    ("p of the fit", "n", "p_deviance"),
    ("Fit", "", "method"),
)
_LAPSE_COLUMNS: tuple[Column, ...] = (
    ("Threshold with lapses", "n", "threshold_with_lapses"),
    ("95 %", "n", ("threshold_with_lapses_low", "threshold_with_lapses_high")),
    ("JND with lapses", "n", "jnd_with_lapses"),
    ("95 %", "n", ("jnd_with_lapses_low", "jnd_with_lapses_high")),
    ("Guess", "n", "guess"),
    ("Lapse", "n", "lapse"),
)
_POOLED_COLUMNS: tuple[Column, ...] = (
    ("PSE", "n", "pse"),
    ("95 %", "n", ("pse_low", "pse_high")),
    ("JND", "n", "jnd"),
    ("95 %", "n", ("jnd_low", "jnd_high")),
    ("SD of identities", "n", "sd_identity"),
    ("SD of participants", "n", "sd_participant"),
    ("Guess", "n", "guess"),
    ("Lapse", "n", "lapse"),
)
_SCALE_COLUMNS: tuple[Column, ...] = (
    ("People", "n", "n_participants"),
    ("Trials", "n", "n_trials"),
    ("σ", "n", "sigma"),
    ("95 %", "n", ("sigma_low", "sigma_high")),
    ("Departure", "n", "departure"),
    ("Band departure", "n", "upper_bound"),
    ("p of the fit", "n", "p_deviance"),
    ("p of the runs", "n", "p_runs"),
    ("Fit", "", "method"),
)
_AGREEMENT_COLUMNS: tuple[Column, ...] = (
    ("Value", "n", "value"),
    ("95 %", "n", ("low", "high")),
    ("Images", "n", "n_stimuli"),
    ("Raters", "n", "n_raters"),
)
_DISCRIMINATION_COLUMNS: tuple[Column, ...] = (
    ("People", "n", "n_participants"),
    ("Answers", "n", "n_answers"),
    ("Hits", "n", "hits"),
    ("False alarms", "n", "false_alarms"),
    ("d', differencing", "n", "d_differencing"),
    ("95 %", "n", ("d_differencing_low", "d_differencing_high")),
    ("d', independent", "n", "d_independent"),
    ("95 %", "n", ("d_independent_low", "d_independent_high")),
)
_PAIR_COLUMNS: tuple[Column, ...] = (
    ("First step", "n", "step_1"),
    ("Second step", "n", "step_2"),
    ("Answers", "n", "n"),
    ("Different", "n", "share"),
    ("Median s", "n", "median_rt"),
)
_TIME_COLUMNS: tuple[Column, ...] = (
    ("People", "n", "n_participants"),
    ("Answers", "n", "n_answers"),
    ("Seconds", "n", "rt_seconds"),
    ("95 %", "n", ("rt_low", "rt_high")),
)


def categories_html(study: Study) -> Markup:
    """Return psychometric functions and their tables."""
    return Markup("\n").join(_categories(one) for one in study.categories)


def _categories(study: CategoryStudy) -> Markup:
    """Return the functions of one study."""
    result, axis = study.result, study.settings.axis
    first, second = result.labels
    lead = (
        f"{counted(len(result.participants), 'participant')} put "
        f"{counted(len(result.continua), 'continuum', 'continua')} into “{first}” or "
        f"“{second}”: {counted(study.n_answers, 'answer')}. Dots are proportions of "
        f"“{second}” with 95 % score intervals, the curve is the fitted function, of a "
        "single participant with its pointwise 95 % band; the thick stroke on the "
        "dashed line is the interval of the PSE, at which both are equally likely."
    )
    defined = (
        f"{JND_DEFINITION}: half the distance between the 25 % and 75 % points. "
        f"PSE and JND are in units of the {axis}, with 95 % intervals: of continua and "
        "all answers from drawing participants again, of single participants from "
        "score tests (… : not bounded by the answers). Balance: number "
        f"of images answered “{first}”. The Spearman-Kärber estimate needs no model. "
        "p: fraction of bootstrap samples of the fitted function that fit no better. "
        "“firth”: one level separates all answers, so the fit is penalised."
    )
    if study.settings.lapses != "none":
        defined += (
            f" With guess and lapse rates: {JND_WITH_LAPSES}; intervals, of single "
            "participants, are from likelihoods with all other parameters averaged out."
        )
    continua = fit_table(result.of("continuum"))
    people = fit_table(result.of("participant"))
    whole = fit_table(result.of("pooled")) if len(continua) > 1 else []
    columns = _FIT_COLUMNS
    if study.settings.lapses != "none":
        columns += _LAPSE_COLUMNS
    early = [one for one in result.findings if one.code in BEFORE_NUMBERS]
    parts = [
        Markup("<p>{}</p>").format(lead),
        findings_html(early),
        draw_plots(category_plots(study)),
        Markup('<p class="remark definition">{}</p>').format(defined),
        answer_table("Continuum", "continuum_id", [*continua, *whole], columns),
        _pooled(result.pooled is not None, pooled_table(result), study),
        folded(
            f"Every participant ({len(people)})",
            answer_table("Participant", "participant", people, columns),
        ),
        account_html(result.answers),
        findings_html([one for one in result.findings if one not in early]),
    ]
    return Markup("\n").join(parts)


def _pooled(known: bool, rows: Table, study: CategoryStudy) -> Markup:
    """Return the pooled fits of all answers."""
    if not known or not rows:
        return Markup("")
    pooled = study.result.pooled
    intervals = ""
    if pooled is not None and pooled.intervals:
        intervals = f" Intervals: {pooled.n_samples} resamples of participants."
    note = (
        "Pooled answers of differing participants and identities give a function "
        "flatter than any of theirs (naive). Hierarchical fits are of the typical "
        "participant: with random intercepts alone, which takes all participants to be "
        "equally sensitive, or with random slopes, guesses and lapses, which is the "
        "one to report: half of all people have a larger JND than its typical "
        "participant. Its intervals are from the influence of participants, with "
        f"Student's quantiles; that of its PSE is of identities like these.{intervals}"
    )
    return (
        Markup("<h3>All answers together</h3>\n<p>{}</p>\n").format(note)
    ) + answer_table("Way", "method", rows, _POOLED_COLUMNS)


def scales_html(study: Study, pack: Pack) -> Markup:
    """Return difference scales, their verdicts and tables."""
    return Markup("\n").join(_scales(one, pack) for one in study.scales)


def _scales(study: ScaleStudy, pack: Pack) -> Markup:
    """Return the scales of one study."""
    result, margin = study.result, study.settings.margin
    lead = (
        f"{counted(study.n_participants, 'participant')} judged which of two pairs of "
        f"images differ more: {counted(study.n_trials, 'trial')}. Dots are the "
        "difference scale with 95 % intervals of each, shaded is its simultaneous "
        f"95 % band, dashed are equal steps, dotted is the margin of {margin:g} around "
        "them. A continuum is uniform only if all of its images were compared, its "
        "whole band lies within the margin, and neighbouring steps differ at most "
        f"{study.settings.ratio:g}:1; uneven if the band of some image lies outside "
        "or two neighbouring steps certainly differ by more; not significantly uneven "
        "does not mean even."
    )
    if result.heterogeneity is not None:
        said = result.heterogeneity.sentence()
        lead += f" {said[0].upper()}{said[1:]}."
    main = (*result.of("pooled"), *result.of("continuum"))
    verdicts = Markup("").join(
        Markup(
            '<p class="verdict"><span class="badge {}">{}</span> {}: {}.</p>'
        ).format(
            {"uniform": "ok", "uneven": "warning"}.get(one.certificate.verdict, "note"),
            VERDICTS[one.certificate.verdict],
            one.continuum_id or ALL,
            one.certificate.sentence().partition(": ")[2],
        )
        for one in main
    )
    rows = scale_summary(result)
    columns: tuple[Column, ...] = (("Verdict", "", "verdict"), *_SCALE_COLUMNS)
    shown = [
        row | {"verdict": VERDICTS.get(str(row["verdict"]), "")}
        for row in rows
        if row["scope"] != "participant"
    ]
    people = [row for row in rows if row["scope"] == "participant"]
    parts = [
        Markup("<p>{}</p>").format(lead),
        verdicts,
        draw_plots(scale_plots(study, pack)),
        answer_table("Continuum", "continuum_id", shown, columns),
        folded(
            f"Every participant ({len(people)})",
            answer_table("Participant", "participant", people, columns),
        ),
        account_html(result.answers),
        findings_html(result.findings),
    ]
    return Markup("\n").join(parts)


def ratings_html(study: Study, pack: Pack) -> Markup:
    """Return mean ratings and the agreement between raters."""
    parts = []
    for norms in study.norms:
        for one in norms.agreement:
            raters = max(s.n for s in norms.summaries if s.measure == one.measure)
            parts.append(
                Markup("<h3>{}</h3>\n<p>{}</p>").format(
                    one.measure,
                    "Means over raters with 95 % t intervals; up to "
                    f"{counted(raters, 'rater')} for an image.",
                )
            )
            plots = rating_plots(norms.summaries, one.measure, pack)
            parts.append(draw_plots(plots) if plots else Markup(""))
        rows = [
            row | {"name": f"{row['question']}: {_agreement(row['measure'])}"}
            for row in agreement_table(norms)
        ]
        if rows:
            parts.append(Markup("<h3>Agreement</h3>"))
            parts.append(answer_table("Of", "name", rows, _AGREEMENT_COLUMNS))
        parts.append(account_html(norms.answers))
        parts.append(findings_html(norms.findings))
    return Markup("\n").join(parts)


def discriminations_html(study: Study) -> Markup:
    """Return the sensitivities to steps of each continuum, and to every pair."""
    lead = (
        "Mean d' of the participants with 95 % intervals by Student's distribution: by "
        "differencing, and by independent observations (Macmillan & Creelman, 2005). "
        "How two images are compared is not known, so both are given."
    )
    parts = [Markup("<p>{}</p>").format(lead)]
    for one in study.discriminations:
        rows = [each.to_row() for each in one.continua]
        parts.append(
            answer_table("Continuum", "continuum_id", rows, _DISCRIMINATION_COLUMNS)
        )
        pairs = [each.to_row() for each in one.pairs]
        listed = answer_table("Continuum", "continuum_id", pairs, _PAIR_COLUMNS)
        parts.append(folded(f"Every pair ({len(pairs)})", listed))
        parts.append(account_html(one.answers))
        parts.append(findings_html(one.findings))
    return Markup("\n").join(parts)


def times_html(study: Study) -> Markup:
    """Return reaction times to each continuum, and to what was shown of it."""
    parts = [Markup("<p>Seconds: {}.</p>").format(RT_DEFINITION)]
    for task, found in study.reaction_times.items():
        rows = [one.to_row() for one in found]
        whole = [row for row in rows if row["shown"] == "all"]
        other = [row for row in rows if row["shown"] != "all"]
        parts.append(Markup("<h3>{}</h3>").format(TASK_NAMES[task].capitalize()))
        parts.append(answer_table("Continuum", "continuum_id", whole, _TIME_COLUMNS))
        listed = answer_table(
            "Continuum", "continuum_id", other, (("Shown", "", "shown"), *_TIME_COLUMNS)
        )
        parts.append(folded(f"By what was shown ({len(other)})", listed))
    return Markup("\n").join(parts)


def _agreement(measure: Any) -> str:
    return "Krippendorff's alpha" if measure == "alpha" else str(measure)


def account_html(account: Account | None) -> Markup:
    """Return what became of the rows that were read."""
    if account is None:
        return Markup("")
    return Markup('<p class="remark">Answers: {}.</p>').format(account.sentence())


def findings_html(findings: Sequence[Finding]) -> Markup:
    """Return the findings about answers as a table."""
    if not findings:
        return Markup("")
    placed = any(f.where for f in findings)
    head = ["Severity", "Of answers", *(["Where"] if placed else []), "Finding"]
    rows = []
    for f in findings:
        cells = [
            Markup('<span class="badge {}">{}</span>').format(f.severity, f.severity),
            Markup("<code>{}</code>").format(f.code),
            *([f.where] if placed else []),
            f.message,
        ]
        rows.append(Markup("").join(Markup("<td>{}</td>").format(c) for c in cells))
    return table_of([(title, "") for title in head], rows, kind="findings")
