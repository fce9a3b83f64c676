"""Every number of the sentences about a study is in its data, counted anew here."""

import csv
import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from export_study import write_small_pack
from scipy import stats

import morphkit as mk
from morphkit.experiment.analysis.answers import collect
from morphkit.experiment.analysis.categories import FitSettings, fit_categories
from morphkit.experiment.analysis.results import CategoryStudy, Study, fit_answers
from morphkit.experiment.design import Timing
from morphkit.experiment.study_record import read_participants
from morphkit.report.answer_methods import human_sentences
from morphkit.report.study_methods import record_sentences

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
PEOPLE = """\
recruitment = "leaflets in a maternity ward"
display = "a 24-inch monitor"
viewing_distance_cm = 60
participants = "people.csv"
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Return the pack, the plan and the answers of a study of pairs."""
    root = tmp_path_factory.mktemp("methods")
    write_small_pack(root / "pack", identities=("ada",), n_steps=7)
    plan = mk.design_study(
        root / "pack",
        "same_different",
        n_participants=6,
        repeats=3,
        options={"timing": Timing((300, 700), 200, 100, 4000), "practice": 3},
    )
    plan.write(root / "plan")
    answers = mk.simulate_answers(root / "plan", root / "pack", n_participants=6)
    ages = ["participant,age,sex"]
    ages += [f"sim{k:03},{20 + 3 * k},{'fm'[k % 2]}" for k in range(1, 6)]
    (root / "people.csv").write_text("\n".join(ages) + "\n", "utf-8")
    (root / "study.toml").write_text(PEOPLE, "utf-8")
    return root, plan.design, answers


def numbers(text):
    return [float(found) for found in NUMBER.findall(text)]


def test_people_and_procedure_are_those_of_files_and_design(shown):
    root, design, answers = shown
    record = read_participants(root / "study.toml")
    record = type(record)(**{**vars(record), "design": design, "front_end": "jspsych"})
    pair = Counter(a.participant for a in answers if a.phase == "main")
    who, how, where, session, trial = record_sentences(record, {"pair": pair})
    ages = np.array([23, 26, 29, 32, 35])
    given = [6, 2, 3, 23, 35, ages.mean(), round(ages.std(ddof=1), 1), 1]
    assert numbers(who) == given, who
    assert "2 f, 3 m" in who
    assert "sex or age of 1 not known" in who
    assert how == "Participants were recruited by leaflets in a maternity ward."
    assert where == (
        "Images were shown on a 24-inch monitor at a distance of 60 cm by jspsych."
    )
    trials = [[t for t in one if t.phase != "practice"] for one in design.lists]
    blocks = max(t.block for one in design.lists for t in one)
    turned = np.mean([t.flipped for one in trials for t in one])
    assert {len(t.stimuli) for one in trials for t in one} == {2}
    assert f"{len(trials[0])} trials of pairs after 3 trials of practice" in session
    assert numbers(session) == [
        *(design.seed, len(trials[0]), 3, blocks, len(design.lists)),
        round(100 * turned),
    ], session
    assert numbers(trial) == [300, 700, 200, 100, 4000], trial


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("categorisation", {}, "single images"),
        ("mlds", {}, "triads"),
        ("mlds", {"form": "quadruples"}, "quadruples"),
    ],
)
def test_the_type_of_trials_is_told(shown, kind, options, said):
    root, _, _ = shown
    design = mk.design_study(
        root / "pack", kind, n_participants=2, options=options
    ).design
    record = type(read_participants(root / "study.toml"))(design=design)
    n = sum(t.phase != "practice" for t in design.lists[0])
    assert f"had {n} trials of {said}" in " ".join(record_sentences(record, {}))


def test_discrimination_and_times_are_those_of_the_answers(shown):
    root, _, answers = shown
    study = fit_answers(answers, mk.read_pack(root / "pack"))
    text = [*human_sentences(study)]
    main = [a for a in answers if a.phase == "main" and a.response]
    own = Counter(a.participant for a in main)
    least, most = min(own.values()), max(own.values())
    many = [least] if least == most else [least, most]
    assert numbers(text[0]) == [*many, 6, len(main)], text[0]
    apart = [a for a in main if a.stimuli[0] != a.stimuli[1]]
    same = [a for a in main if a.stimuli[0] == a.stimuli[1]]
    hits = np.mean([a.response == "different" for a in apart])
    alarms = np.mean([a.response == "different" for a in same])
    (found,) = (one for one in text if one.startswith("For ada_"))
    said = re.findall(r"[\d.]+", found.partition("with ")[2])
    assert float(said[0]) == pytest.approx(100 * hits, abs=0.051)
    assert float(said[1]) == pytest.approx(100 * alarms, abs=0.051)
    independent = []
    for person in own:
        rates = []
        for part in (apart, same):
            told = [a.response == "different" for a in part if a.participant == person]
            rates.append((sum(told) + 0.5) / (len(told) + 1))
        z = stats.norm.ppf(rates)
        # Macmillan & Creelman (2005), equation 9.9: p(c) max, then 2 z of its root.
        best = stats.norm.cdf((z[0] - z[1]) / 2)
        inner = 0.5 * (1 + np.sqrt(max(2 * best - 1, 0)))
        independent.append(2 * stats.norm.ppf(inner))
    assert float(re.search(r"([\d.]+) \[[^]]*\] \(independent", found)[1]) == (
        pytest.approx(np.mean(independent), abs=0.0051)
    )
    (times,) = (one for one in text if one.startswith("Reaction times"))
    medians = defaultdict(list)
    for a in main:
        medians[a.participant].append(a.rt_seconds)
    logs = np.log([np.median(one) for one in medians.values()])
    half = stats.t.ppf(0.975, 5) * logs.std(ddof=1) / np.sqrt(6)
    middle, low, high = (float(v) for v in re.findall(r"[\d]\.\d+", times)[:3])
    assert middle == pytest.approx(np.exp(logs.mean()), abs=6e-4)
    ends = np.exp(logs.mean() + half * np.array([-1, 1]))
    assert (low, high) == pytest.approx(ends, abs=6e-4)


@pytest.mark.slow
def test_the_report_shows_them_and_their_tables(shown):
    root, _, answers = shown
    mk.write_answers(root / "pairs.csv", answers)
    written = mk.report_pack(
        root / "pack",
        root / "page.html",
        answers=[root / "pairs.csv"],
        participants=root / "study.toml",
        design=root / "plan",
        tables=root / "tables",
    )
    page = written[0].read_text("utf-8")
    assert '<section id="discrimination"' in page
    assert '<section id="times"' in page
    text = (root / "tables" / "methods.txt").read_text("utf-8")
    assert "A session (design same_different, seed 1)" in text
    assert "a fixation cross for 300 to 700 ms, drawn for each trial" in text
    assert {"discrimination.csv", "pairs.csv", "reaction_times.csv"} <= {
        path.name for path in (root / "tables").iterdir()
    }


def study_of(answers, pack, kind):
    """Return a study, of functions without the many draws of their intervals."""
    if kind != "categorisation":
        return fit_answers(answers, pack)
    how = FitSettings(samples=0)
    found = fit_categories(collect(answers, pack, task="category"), how)
    learning = sum(a.phase == "practice" for a in answers)
    return Study(categories=(CategoryStudy(found, how),), learning=learning)


def spoil(rows, generator):
    """Spoil rows of a table, each in one way; return them, and how many of each.

    Trials of practice are not among them: they count as what they are.
    """
    main = [k for k, row in enumerate(rows) if row["phase"] == "main"]
    order = generator.permutation(main)
    counts = {"without an answer": 3, "coded as missing": 4, "too fast": 5}
    counts |= {"window in use": 2, "repeated row": 6}
    taken = iter(order)
    for k in [next(taken) for _ in range(3)]:
        rows[k]["response"] = rows[k]["rt_seconds"] = ""
    for k in [next(taken) for _ in range(4)]:
        rows[k]["response"] = "-99"
    for k in [next(taken) for _ in range(5)]:
        rows[k]["rt_seconds"] = "0.04"
    for k in [next(taken) for _ in range(2)]:
        rows[k]["was_blurred"] = "true"
    again = [dict(rows[next(taken)]) for _ in range(6)]
    return [*rows, *again], counts


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["categorisation", "mlds", "same_different", "labelling"]
)
def test_exclusions_are_those_of_the_table(shown, tmp_path, kind):
    """Counted from a table that was spoilt in known ways, read as people read it."""
    root, _, _ = shown
    plan = mk.design_study(
        root / "pack", kind, n_participants=6, options={"practice": 2}
    )
    answers = mk.simulate_answers(plan.design, root / "pack", n_participants=6)
    mk.write_answers(tmp_path / "whole.csv", answers)
    text = (tmp_path / "whole.csv").read_text("utf-8")
    rows = [row | {"was_blurred": "false"} for row in csv.DictReader(text.splitlines())]
    rows, counts = spoil(rows, np.random.default_rng(4))
    with (tmp_path / "spoilt.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    exclude = {"too-fast": 0.1, "blurred": None}
    read = mk.read_answers(tmp_path / "spoilt.csv", missing=["-99"], exclude=exclude)
    said = " ".join(human_sentences(study_of(read, mk.read_pack(root / "pack"), kind)))
    told = re.search(r"; ([^;()]*) excluded", said)[1]
    found = {what: int(re.search(rf"(\d+) [a-z ]*{what}", told)[1]) for what in counts}
    assert found == counts, told
    assert sum(numbers(told)) == sum(counts.values()), told
    practice = sum(row["phase"] == "practice" for row in rows)
    if practice:
        assert f"{practice} trials of practice or training" in said
    used = len(rows) - practice - sum(counts.values())
    assert re.search(rf"\b{used} (answers|triads|trials|in all)", said), said
