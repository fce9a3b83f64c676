"""Several labels, rising sequences and dots behind faces, in the report."""

import csv
import re
from collections import Counter

import pytest
from export_study import write_small_pack

import morphkit as mk
from morphkit._core.plots import Scale
from morphkit.experiment.analysis.label_plots import label_plots, probe_plots
from morphkit.experiment.analysis.results import fit_answers
from morphkit.pack import read_pack
from morphkit.report.answer_files import human_figures, human_tables
from morphkit.report.answer_methods import human_sentences
from morphkit.report.pack_report import make_report

pytestmark = pytest.mark.slow

PAIRS = (("neutral", "happy"), ("neutral", "sad"))
KINDS = {
    "labelling": {"options": {"cannot_tell": True}},
    "identification": {},
    "dot_probe": {"repeats": 4},
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return folder, pack, answers and page of each kind."""
    folder = tmp_path_factory.mktemp("labels")
    write_small_pack(folder / "pack", labels=PAIRS, n_steps=6)
    pack = read_pack(folder / "pack")
    answers = {
        kind: mk.simulate_answers(
            mk.design_study(folder / "pack", kind, **options).design,
            folder / "pack",
            n_participants=6,
        )
        for kind, options in KINDS.items()
    }
    studies = {kind: fit_answers(given, pack) for kind, given in answers.items()}
    pages = {
        kind: make_report(pack, folder / "pack", study=study)
        for kind, study in studies.items()
    }
    return folder / "pack", answers, studies, pages


def section(page, name):
    return re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)[0]


def tables_of(study, pack):
    """Return the tables of a study as rows."""
    return {
        name: list(csv.DictReader(text.splitlines()))
        for name, text in human_tables(study, pack)
    }


def test_the_table_of_confusions_holds_the_answers(told):
    """Counted again from the answers: what was shown, and what was said."""
    _, answers, _, pages = told
    counts = Counter()
    for one in answers["labelling"]:
        step = int(one.stimuli[0][-2:])
        shown = "neutral" if step == 1 else one.stimuli[0].split("_")[2]
        if one.phase != "practice":
            counts[shown, one.response] += 1
    part = section(pages["labelling"], "labels")
    table = part[: part.index("</table>")]
    said = re.findall(r'<th scope="col" class="n">(\w+)</th>', table)
    assert said == ["happy", "sad", "neutral", "cannot_tell"]
    found = {
        (row[0], name): (int(k), int(n), int(percent), kind)
        for row in re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', table)
        for name, (kind, k, n, percent) in zip(
            said,
            re.findall(r'class="([^"]*)" title="(\d+) of (\d+)">(\d+)<', row[1]),
            strict=True,
        )
    }
    assert len(found) == 12
    for (shown, name), (k, n, percent, kind) in found.items():
        whole = sum(count for (label, _), count in counts.items() if label == shown)
        assert (k, n) == (counts[shown, name], whole)
        assert abs(percent - 100 * k / n) <= 0.5
        assert ("right" in kind.split()) == (shown == name)
        assert f"h{min(10 * k // n, 9)}" in kind.split()


@pytest.mark.parametrize("kind", ["labelling", "identification"])
def test_what_is_drawn_and_told_of_labels_is_what_was_measured(told, kind):
    folder, answers, studies, pages = told
    measured = mk.measure_labels(answers[kind], folder).tables()
    tables = tables_of(studies[kind], read_pack(folder))
    assert {name for name, rows in measured.items() if rows} == {
        name[:-4] for name in tables if name[:-4] in measured
    }
    part = section(pages[kind], "labels")
    whole = [
        row
        for row in measured["accuracy"]
        if (row["identity_id"], row["band"]) == ("pooled", "all")
    ]
    for row in whole:
        assert f'<td class="n">{row["unbiased"]:.3g}</td>' in part
        assert f"{row['unbiased_low']:.3g} to {row['unbiased_high']:.3g}" in part
        assert 0 <= row["hits_low"] <= row["hits_high"] <= 1
    plots = label_plots(studies[kind].labels[0].result)
    scale = Scale(-0.04, 1.04)
    assert [dot.y for dot in plots[0].dots] == [scale(r["unbiased"]) for r in whole]
    chance = [s.y1 for s in plots[0].strokes if s.kind == "margin"]
    assert chance == [scale(row["chance"]) for row in whole]
    titles = [plot.title for plot in plots]
    assert ("Intensity at identification" in titles) == (kind == "identification")
    sheet = dict(human_figures(studies[kind], read_pack(folder)))["labels.svg"]
    for title in titles:
        assert f"<strong>{title}</strong>" in part
        assert title in sheet


def test_biases_of_attention_are_drawn_with_their_reliability(told):
    folder, answers, studies, pages = told
    measured = mk.measure_attention(answers["dot_probe"], folder).tables()
    part, study = section(pages["dot_probe"], "attention"), studies["dot_probe"]
    for plot, row in zip(
        probe_plots(study.probes[0].result), measured["biases"], strict=True
    ):
        pair = row["first"], row["second"]
        assert plot.title == f"Bias towards {pair[0]} against {pair[1]}"
        assert f"mean {row['bias']:.3g} [" in plot.note
        assert f"reliability {row['reliability']:.3g} [" in plot.note
        own = [p for p in measured["participants"] if (p["first"], p["second"]) == pair]
        assert [dot.text.partition(":")[0] for dot in plot.dots] == [
            one["participant"] for one in sorted(own, key=lambda one: one["bias"])
        ]
        heights = [dot.y for dot in plot.dots]
        assert heights == sorted(heights, reverse=True)
        assert f'<td class="n">{row["bias"]:.3g}</td>' in part
        assert plot.title in part
    found = tables_of(study, read_pack(folder))["attention_biases.csv"]
    assert len(found) == len(measured["biases"]) > 1
    assert not study.reaction_times


def test_the_paragraph_on_methods_tells_of_both(told):
    folder, answers, _, _ = told
    both = [*answers["labelling"], *answers["dot_probe"]]
    said = " ".join(human_sentences(fit_answers(both, read_pack(folder))))
    assert "choices of one of several labels" in said
    assert "unbiased hit rate (Wagner, 1993)" in said
    assert "split-half reliability" in said
