"""The sections of the report about several labels, and about attention."""

from collections.abc import Sequence

from markupsafe import Markup

from morphkit._core.text import counted
from morphkit.experiment.analysis.dot_probe import REASONS
from morphkit.experiment.analysis.label_plots import label_plots, probe_plots
from morphkit.experiment.analysis.label_values import ALL, BANDS, POOLED, Confusion
from morphkit.experiment.analysis.results import LabelStudy, ProbeStudy, Study
from morphkit.report.answers import account_html, findings_html
from morphkit.report.page import draw_plots
from morphkit.report.tables import Column, answer_table, folded, table_of

#: Shades of the cells of a table of confusions.
_SHADES = 10
_LABEL: tuple[Column, ...] = (("Label", "", "label"),)
_ACCURACY_COLUMNS: tuple[Column, ...] = (
    ("People", "n", "n_participants"),
    ("Answers", "n", "n_answers"),
    ("Hits", "n", "hits"),
    ("95 %", "n", ("hits_low", "hits_high")),
    ("Unbiased H_u", "n", "unbiased"),
    ("95 %", "n", ("unbiased_low", "unbiased_high")),
    ("By chance", "n", "chance"),
)
_PAIR_COLUMNS: tuple[Column, ...] = (
    ("Against", "", "noise"),
    ("People", "n", "n_participants"),
    ("Hits", "n", "hit_rate"),
    ("False alarms", "n", "false_alarm_rate"),
    ("d'", "n", "d_prime"),
    ("95 %", "n", ("d_prime_low", "d_prime_high")),
    ("Criterion c", "n", "criterion"),
    ("95 %", "n", ("criterion_low", "criterion_high")),
)
_IDENTIFIED_COLUMNS: tuple[Column, ...] = (
    ("People", "n", "n_participants"),
    ("Sequences", "n", "n_sequences"),
    ("Identified", "n", "n_identified"),
    ("Intensity, for good", "n", "threshold"),
    ("95 %", "n", ("threshold_low", "threshold_high")),
    ("Intensity, first", "n", "first"),
    ("95 %", "n", ("first_low", "first_high")),
)
_BIAS_COLUMNS: tuple[Column, ...] = (
    ("Against", "", "second"),
    ("People", "n", "n_participants"),
    ("Answers", "n", "n_answers"),
    ("Dot at it, ms", "n", "towards"),
    ("Dot at the other, ms", "n", "away"),
    ("Bias, ms", "n", "bias"),
    ("95 %", "n", ("bias_low", "bias_high")),
    ("Reliability", "n", "reliability"),
    ("95 %", "n", ("reliability_low", "reliability_high")),
)
_PERSON_COLUMNS: tuple[Column, ...] = (
    ("Towards", "", "first"),
    ("Against", "", "second"),
    ("Dot at it, ms", "n", "towards"),
    ("Dot at the other, ms", "n", "away"),
    ("Bias, ms", "n", "bias"),
    ("Standard error", "n", "error"),
)
_REASON_COLUMNS: tuple[Column, ...] = (
    ("Answers", "n", "answers"),
    *((said, "n", reason.replace("-", "_")) for reason, said in REASONS.items()),
    ("Used", "n", "used"),
)


def labels_html(study: Study) -> Markup:
    """Return confusions, hit rates, sensitivities and intensities of identification."""
    return Markup("\n").join(_labels(one) for one in study.labels)


def _labels(study: LabelStudy) -> Markup:
    """Return what one study says of labels."""
    result = study.result
    lead = (
        f"{counted(len(result.participants), 'participant')} chose one of "
        f"{counted(len(result.answered), 'answer')} for "
        f"{counted(len(result.stimuli), 'image')}. Rows are what images are meant to "
        "show, columns what was answered, in percent of a row; right answers are "
        "framed. Means over participants have 95 % intervals with participants drawn "
        "again, none of fewer than four. The unbiased hit rate H_u (Wagner, 1993) is "
        "the share of showings that were recognised times the share of its uses in "
        "which the label was right: it does not rise where a label is only given more "
        "often."
    )
    tables = result.tables()
    identities = list(dict.fromkeys(one.identity_id for one in result.confusions))
    parts = [
        Markup("<p>{}</p>").format(lead),
        _confusions(result.confusions, POOLED, ALL, result.answered),
        draw_plots(label_plots(result)),
        *(
            answer_table(title, key, [r for r in rows if _is_whole(r)], columns)
            for title, key, rows, columns in (
                ("Label", "label", tables["accuracy"], _ACCURACY_COLUMNS),
                ("Label", "signal", tables["sensitivity"], _PAIR_COLUMNS),
                ("Label", "label", tables["identified"], _IDENTIFIED_COLUMNS),
            )
        ),
        *(
            folded(
                f"Thirds of the intensity: {band}",
                _confusions(result.confusions, POOLED, band, result.answered),
            )
            for band in BANDS
        ),
        *(
            folded(name, _confusions(result.confusions, name, ALL, result.answered))
            for name in identities
            if name != POOLED
        ),
        folded(
            "Every identity",
            answer_table(
                "Identity",
                "identity_id",
                [
                    r
                    for r in tables["accuracy"]
                    if r["band"] == ALL and not _is_whole(r)
                ],
                (*_LABEL, *_ACCURACY_COLUMNS),
            ),
        ),
        account_html(result.answers),
        findings_html(result.findings),
    ]
    return Markup("\n").join(parts)


def _is_whole(row: dict[str, object]) -> bool:
    """Return whether a row is of all identities and intensities."""
    return row["identity_id"] == POOLED and row.get("band", ALL) == ALL


def _confusions(
    found: Sequence[Confusion], identity: str, band: str, answered: Sequence[str]
) -> Markup:
    """Return a table of confusions, its cells shaded by their shares."""
    own = [one for one in found if (one.identity_id, one.band) == (identity, band)]
    rows = []
    for label in dict.fromkeys(one.shown for one in own):
        by_answer = {one.answered: one for one in own if one.shown == label}
        cells = [Markup('<th scope="row">{}</th>').format(label)]
        for name in answered:
            one = by_answer[name]
            kind = f"n h{min(int(_SHADES * one.share), _SHADES - 1)}"
            kind += " right" * (name == label)
            text = f"{one.n} of {sum(each.n for each in by_answer.values())}"
            cells.append(
                Markup('<td class="{}" title="{}">{:.0f}</td>').format(
                    kind, text, 100 * one.share
                )
            )
        rows.append(Markup("").join(cells))
    if not rows:
        return Markup("")
    head = [("Shown, answered", ""), *((name, "n") for name in answered)]
    return table_of(head, rows, kind="compact confusions")


def attention_html(study: Study) -> Markup:
    """Return the biases of attention of all participants, and their means."""
    return Markup("\n").join(_attention(one) for one in study.probes)


def _attention(study: ProbeStudy) -> Markup:
    """Return what one study says of attention."""
    result, settings = study.result, study.settings
    lead = (
        f"{counted(len(result.excluded), 'participant')} found a dot in the place of "
        "one of two faces. The bias is the mean reaction time with the dot at the "
        "other face less that with the dot at the one named first: above 0, that face "
        "is attended. Dots are participants with 95 % intervals from their own "
        "answers; at the right is the mean with its interval, participants drawn "
        "again. The split-half reliability is that of halves of the trials, corrected "
        "by Spearman and Brown: below some .6 the bias of a single participant says "
        "nothing about her."
    )
    limits = (
        f"Answers that were wrong, outside {settings.fastest:g} to "
        f"{settings.slowest:g} ms, or beyond {settings.outliers:g} standard deviations "
        "from the participant's own mean are left out."
    )
    tables = result.tables()
    parts = [
        Markup("<p>{}</p>").format(lead),
        draw_plots(probe_plots(result)),
        answer_table("Towards", "first", tables["biases"], _BIAS_COLUMNS),
        Markup('<p class="remark definition">{}</p>').format(limits),
        folded(
            f"Every participant ({len(result.excluded)})",
            answer_table(
                "Participant", "participant", tables["participants"], _PERSON_COLUMNS
            )
            + answer_table(
                "Participant", "participant", tables["exclusions"], _REASON_COLUMNS
            ),
        ),
        account_html(result.answers),
        findings_html(result.findings),
    ]
    return Markup("\n").join(parts)
