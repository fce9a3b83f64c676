"""Results of answers as tables on a terminal: fits, scales and ratings."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.cli.console import (
    print_findings,
    say,
)
from morphkit.experiment.choices import ESTIMATORS

if TYPE_CHECKING:
    from morphkit.experiment.analysis.cross_checks import CrossChecked
    from morphkit.experiment.analysis.documents import Table
    from morphkit.experiment.analysis.trial_outcome import TrainingOutcome
    from morphkit.experiment.analysis.values import (
        Analysis,
        Attention,
        DifferenceScales,
        Discrimination,
        LabelledImages,
        PsychometricFunctions,
        Ratings,
    )
    from morphkit.experiment.data_quality import DataQuality
    from morphkit.psychophysics.intervals import Interval

#: Columns of a scale that fit on a terminal.
_LEVELS = ("level", "value", "straight", "low", "high", "band_low", "band_high")


def print_fits(found: "PsychometricFunctions") -> None:
    """Print psychometric functions as text."""
    from morphkit.experiment.analysis.categories import BEFORE_NUMBERS
    from morphkit.experiment.analysis.documents import fit_table
    from morphkit.psychophysics.psychometric import JND_DEFINITION

    result, axis = found.result, found.settings.axis
    say(f"{axis} at which “{result.labels[1]}” is chosen half of the time (PSE)")
    say(f"{JND_DEFINITION}; p: bootstrap of the deviance")
    say(
        "95 % intervals: from drawing participants again; those of a single "
        "participant are from score tests"
    )
    first = [one for one in found.findings if one.code in BEFORE_NUMBERS]
    _print_findings(first)
    for scope in ("continuum", "participant"):
        say("")
        _print_table(_shown(fit_table(result.of(scope)), scope))
    say("")
    pooled = result.pooled
    if pooled is not None and pooled.n_samples:
        say(f"all answers; intervals: {pooled.n_samples} resamples of participants")
    else:
        say("all answers")
    _print_table(_rounded(found.tables()["pooled"]))
    if found.cross_checked:
        _print_cross_check(found.cross_checked)
    _print_account(found)
    _print_findings([one for one in found.findings if one not in first])


def _print_cross_check(checked: "CrossChecked") -> None:
    """Print these fits next to those of another program."""
    program = checked.program
    say(
        f"\nbeside {program} {checked.version}: functions with equal guess and lapse "
        "rates, 95 % posterior intervals"
    )
    _print_table(
        [
            {
                "continuum": one.continuum_id or "all answers",
                "PSE": _number(one.pse),
                f"{program}": _number(one.elsewhere.pse),
                "95 %": _span(one.elsewhere.pse_interval),
                "JND": _number(one.jnd),
                f"{program} ": _number(one.elsewhere.jnd),
                "95 % ": _span(one.elsewhere.jnd_interval),
                "lapse": _number(one.elsewhere.lapse),
                "eta": _number(one.elsewhere.overdispersion),
                "agrees": "yes" if one.agrees else "NO",
            }
            for one in checked.compared
        ]
    )


def print_scales(found: "DifferenceScales") -> None:
    """Print difference scales as text."""
    from morphkit.experiment.analysis.documents import scale_table
    from morphkit.experiment.analysis.scale_values import ScaleResult

    result = found.result
    say(
        "A continuum is uniform if no image departs from equal steps by more than the "
        "margin and no two neighbouring steps differ by more than the limit"
    )
    for one in (*result.of("pooled"), *result.of("continuum")):
        name = one.continuum_id or "all answers"
        say(
            f"{name} ({counted(one.scale.n_trials, 'trial')}): "
            f"{one.certificate.sentence()}"
        )
        rows = scale_table(ScaleResult((one,), ()), found.pack)
        _print_table(_rounded([{key: row[key] for key in _LEVELS} for row in rows]))
        say("")
    if result.heterogeneity is not None:
        say(f"{result.heterogeneity.sentence()}\n")
    _print_table(_rounded([_brief(row) for row in found.tables()["scales"]]))
    _print_account(found)
    _print_findings(found.findings)


def print_discrimination(found: "Discrimination") -> None:
    """Print sensitivities to steps as text."""
    say(
        "d': of participants who compare images by their difference (differencing), "
        "and who tell each by itself (independent); 95 % intervals of their mean"
    )
    rows = []
    for row in found.tables()["discrimination"]:
        shown = {
            "continuum": str(row["continuum_id"]),
            "participants": str(row["n_participants"]),
            "n": str(row["n_answers"]),
            "hits": _number(row["hits"]),
            "false alarms": _number(row["false_alarms"]),
        }
        for name, space in (("differencing", ""), ("independent", " ")):
            low, high = row[f"d_{name}_low"], row[f"d_{name}_high"]
            shown[f"d' {name}"] = _number(row[f"d_{name}"])
            shown[f"95 %{space}"] = "-" if low is None else _interval(low, high, low)
        shown["s same"] = _number(row["rt_same"])
        rows.append(shown | {"s different": _number(row["rt_different"])})
    _print_table(rows)
    _print_account(found)
    _print_findings(found.findings)


def print_labels(found: "LabelledImages") -> None:
    """Print confusions and accuracies of labels as text."""
    from morphkit.experiment.analysis.label_values import POOLED

    pooled = {
        name: [row for row in rows if row["identity_id"] == POOLED]
        for name, rows in found.tables().items()
    }
    say("answers to what was shown, all intensities")
    _print_confusions(pooled["confusion"])
    say("")
    say(
        "means over participants, 95 % intervals with participants drawn again; "
        "unbiased: Wagner's hit rate; chance: expected without any recognition"
    )
    _print_means(
        pooled["accuracy"],
        {"label": "shown", "band": "intensity", "n_answers": "n"},
        {"hits": "hits", "unbiased": "unbiased", "chance": "chance"},
    )
    say("")
    rates = {"hit_rate": "hits", "false_alarm_rate": "false alarms"}
    _print_means(
        [
            one | {"pair": f"{one['signal']} against {one['noise']}"}
            for one in pooled["sensitivity"]
        ],
        {"pair": "pair", "n_participants": "participants"},
        {**rates, "d_prime": "d'", "criterion": "criterion"},
    )
    if pooled["identified"]:
        say("\nintensity from which on an expression is identified, rising sequences")
    _print_means(
        pooled["identified"],
        {"label": "shown", "n_sequences": "sequences", "n_identified": "identified"},
        {"threshold": "intensity", "first": "first right answer"},
    )
    _print_account(found)
    _print_findings(found.findings)


def _print_confusions(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print how often what was shown got each answer, over all intensities."""
    from morphkit.experiment.analysis.label_values import ALL

    shown: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["band"] == ALL:
            line = shown.setdefault(str(row["shown"]), {"shown": str(row["shown"])})
            line[str(row["answered"])] = str(row["n"])
    _print_table(list(shown.values()))


def _print_means(
    rows: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    means: Mapping[str, str],
) -> None:
    """Print rows: what they are of, then means with their intervals."""
    _print_table(
        [
            {title: str(row[name]) for name, title in names.items()}
            | _with_intervals(row, means)
            for row in rows
        ]
    )


def _with_intervals(
    row: Mapping[str, Any], columns: Mapping[str, str]
) -> dict[str, str]:
    """Return means and their intervals as they are printed."""
    shown = {}
    for place, (name, title) in enumerate(columns.items()):
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        shown[title] = _number(row[name])
        # Headers of columns must differ.
        shown["95 %" + " " * place] = _interval(low, high, low)
    return shown


def print_attention(found: "Attention") -> None:
    """Print biases of attention as text."""
    from morphkit.experiment.analysis.dot_probe import REASONS

    say(
        "milliseconds; bias: dot in the place of the second face less that of the "
        "first; 95 % intervals with participants drawn again"
    )
    columns = {"towards": "first", "away": "second", "bias": "bias"}
    columns |= {"reliability": "split-half"}
    _print_table(
        [
            {"pair": f"{row['first']} against {row['second']}"}
            | {"participants": str(row["n_participants"])}
            | {"n": str(row["n_answers"])}
            | _with_intervals(row, columns)
            for row in found.tables()["biases"]
        ]
    )
    rows = found.tables()["exclusions"]
    counts = {
        said: sum(int(row[reason.replace("-", "_")] or 0) for row in rows)
        for reason, said in REASONS.items()
    }
    left = ", ".join(f"{n} {said}" for said, n in counts.items() if n) or "none"
    say(f"answers left out: {left}")
    _print_account(found)
    _print_findings(found.findings)


def print_ratings(found: "Ratings") -> None:
    """Print norms and agreement as text."""
    tables = found.tables()
    named = ("stimulus_id", "measure", "mean", "sd", "n")
    _print_table(
        _rounded([{name: row[name] for name in named} for row in tables["norms"]])
    )
    say("")
    _print_table(_rounded(tables["agreement"]))
    _print_account(found)
    _print_findings(found.findings)


#: Sessions that are printed; the others stand in the table.
_MOST_SESSIONS = 30
#: Columns of the quality of data, as they are printed.
_QUALITY = {
    "participant": "participant",
    "session": "session",
    "expected": "trials",
    "given": "given",
    "unanswered": "no answer",
    "under_100_ms": "< 100 ms",
    "under_250_ms": "< 250 ms",
    "median_seconds": "median s",
    "same_side": "one side",
    "hidden": "hidden",
    "blurred": "blurred",
    "left_full_screen": "not full",
    "least_scale": "scale",
}


def print_quality(found: "DataQuality") -> None:
    """Print the quality of the data of every session; empty columns are left out."""
    rows = found.table()
    used = [n for n in _QUALITY if any(row[n] not in (None, "") for row in rows)]
    say("")
    _print_table(
        [
            {_QUALITY[name]: _number(row[name]) for name in used}
            for row in rows[:_MOST_SESSIONS]
        ]
    )
    if len(rows) > _MOST_SESSIONS:
        left = counted(len(rows) - _MOST_SESSIONS, "other session")
        say(f"and {left}: --quality FILE writes all of them")


def print_outcome(found: "TrainingOutcome") -> None:
    """Print the outcome of a training trial as text."""
    tables = found.tables()
    say(
        f"threshold: {ESTIMATORS[found.settings.threshold]}, in steps; "
        f"{' against '.join(found.result.occasions[:2][::-1])}"
    )
    say("")
    _print_table([_arm_row(row) for row in tables["arms"]])
    if tables["differences"]:
        say("\ndifferences from the reference, 95 % intervals")
        _print_table([_difference_row(row) for row in tables["differences"]])
    if tables["detection_arms"]:
        say(
            "\nseen or said: d' and criterion of the first label (below 0: given "
            "readily); 95 % intervals, difference by analysis of covariance"
        )
        _print_table([_detection_row(row) for row in tables["detection_arms"]])
    say("")
    _print_table(_rounded([_flow_row(row) for row in tables["flow"]]))
    _print_account(found)
    _print_findings(found.findings)


def _detection_row(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the change of d' or criterion of an arm as it is printed."""
    shown = {
        "identities": str(row["identities"]),
        "measure": {"d_prime": "d'"}.get(row["measure"], str(row["measure"])),
        "arm": str(row["arm"]),
        "n": str(row["n"]),
    }
    shown |= {name: f"{row[name]:.2f}" for name in ("before", "after")}
    for name, space in (("change", ""), ("difference", " ")):
        value = row[name]
        shown[name] = "-" if value is None else f"{value:.2f}"
        ends = [row[f"{name}_{end}"] for end in ("low", "high")]
        between = "-" if value is None else f"{ends[0]:.2f} to {ends[1]:.2f}"
        shown["95 %" + space] = between
    return shown


def _arm_row(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what fits on a terminal of the summary of an arm."""
    return {
        "identities": str(row["identities"]),
        "arm": str(row["arm"]),
        "n": str(row["n"]),
        "before": f"{row['before']:.2f}",
        "after": f"{row['after']:.2f}",
        "change": _number(row["change"] and round(row["change"], 2)),
        "95 %": _ends(row),
        "raised": str(row["raised"]),
        "lowered": str(row["lowered"]),
    }


def _difference_row(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what fits on a terminal of a difference between arms."""
    return {
        "identities": str(row["identities"]),
        "model": str(row["model"]),
        "at": str(row["occasion"]),
        "arm": f"{row['arm']} - {row['reference']}",
        "n": str(row["n"]),
        "difference": f"{row['estimate']:.2f}",
        "95 %": _ends(row),
        "p": f"{row['p']:.3g}",
    }


def _ends(row: Mapping[str, Any]) -> str:
    """Return the interval of a row."""
    if row["low"] is None:
        return "-"
    return f"{row['low']:.2f} to {row['high']:.2f}"


def _flow_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the table of exclusions with one name in front."""
    said = f"{row['stage']}: {row['reason']}" if row["reason"] else row["stage"]
    rest = {k: v for k, v in row.items() if k not in ("stage", "reason")}
    return {"participants": said} | rest


def _print_account(found: "Analysis") -> None:
    """Print what became of the rows that were read."""
    if found.account is not None:
        say(f"\nanswers: {found.account.sentence()}")


def _shown(rows: "Table", scope: str) -> list[dict[str, str]]:
    """Return the columns of fits that fit on a terminal."""
    name = "continuum_id" if scope == "continuum" else "participant"
    return [
        {
            scope: str(row[name]),
            "n": str(row["n_answers"]),
            "balance": _number(row["balance"]),
            "SK": _number(row["spearman_karber"]),
            "PSE": _number(row["pse"]),
            "95 %": _interval(row["pse_low"], row["pse_high"], row["pse"]),
            "JND": _number(row["jnd"]),
            "95 % ": _interval(row["jnd_low"], row["jnd_high"], row["jnd"]),
            "p": _number(row["p_deviance"]),
            "fit": str(row["method"] or "-"),
        }
        for row in rows
    ]


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        *("n_trials", "method", "source", "sigma", "departure", "upper_bound"),
        *("ratio", "ratio_bound"),
    )
    name = row["continuum_id"] or row["participant"] or "all answers"
    shown = {"scale": name} | {key: row[key] for key in kept}
    return shown | {"verdict": row["verdict"], "p (straight)": row["p_straight"]}


def _interval(low: Any, high: Any, value: Any) -> str:
    if value is None:
        return "-"
    ends = ["…" if end is None else _number(end) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def _span(interval: "Interval") -> str:
    return _interval(interval.low, interval.high, interval.level)


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _rounded(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{name: _number(value) for name, value in row.items()} for row in rows]


def _print_table(rows: Sequence[Mapping[str, str]]) -> None:
    """Print rows under a header, with the first column left-aligned."""
    if not rows:
        return
    lines = [list(rows[0]), *([*row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)]
        say("  ".join([line[0].ljust(widths[0]), *cells]).rstrip())


def _print_findings(findings: Sequence[Finding]) -> None:
    if findings:
        say("")
        print_findings(findings)
