"""Whether every front end calls the right label right in training, and shifts as asked.

Usage: python benchmarks/training_feedback.py [--rule count fit] [--only NAME...]

In each arm (-2, 0, +2 steps) sixteen participants answer a baseline of 15 images, three
times each, and two hundred trials of training. Of twelve the balance points lie evenly
between 5 and 8 2/3, so that neither thirds nor even steps are favoured; four answer at
random around a place of their own and miss a fifth of the trials. The code of each
export runs as a program: pages in Chromium, PsychoPy's and OpenSesame's Python here,
their JavaScript in node, the script for Psychtoolbox in Octave. Balance point, boundary
and right label of every trial are worked out again with fractions (by count), or by a
general optimiser (by fit). The shift is how many more images than the participant's own
count are called by the first label, on average over the twelve.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))
from export_study import export, write_small_pack
from feedback_programs import PROGRAMS, in_training
from lab_exports import LABELS, face
from training_cases import fitted, random_case, rounded, wanted

from morphkit.experiment.design import Design, Timing, Training, Trial
from morphkit.experiment.texts import read_wording
from morphkit.export import trial_rows
from morphkit.export.adapter import Material
from morphkit.pack import read_pack

N_STEPS, REPEATS, N_TRAINING = 15, 3, 200
SHIFTS = (-2, 0, 2)
PAGES = {"jspsych": "index.html", "labjs": "standalone/index.html"}
Counts = dict[int, tuple[int, int]]
Row = dict[str, Any]
Run = Callable[[Material, Path, list[Row], list[str]], list[Any]]


def make_design(shift: int, rule: str) -> Design:
    """Return one list: every image three times, then two hundred trials."""
    generator = np.random.default_rng(shift + 9)
    steps = [*range(1, N_STEPS + 1)] * REPEATS
    taught = generator.integers(1, N_STEPS + 1, N_TRAINING)
    trials = [
        Trial(phase, block, (face(int(k)),), LABELS, bool(generator.integers(2)))
        for phase, block, part in (("baseline", 1, steps), ("training", 2, taught))
        for k in part
    ]
    training = Training(float(shift), *LABELS, rule)
    timing = Timing(fixation=0)
    return Design(
        "training", (tuple(trials),), seed=1, timing=timing, training=training
    )


def baselines() -> Iterator[Counts]:
    """Yield the baselines of sixteen participants, the last four with missed trials."""
    for thirds in range(15, 27):
        whole, rest = divmod(thirds, REPEATS)
        yield {
            k: (REPEATS if k <= whole else rest * (k == whole + 1), REPEATS)
            for k in range(1, N_STEPS + 1)
        }
    generator = np.random.default_rng(2)
    for _ in range(4):
        yield random_case(generator, missed=0.2)[0]


def answers_to(rows: list[Row], counts: Counts) -> list[str]:
    """Return answers that have these counts; in training the first label throughout."""
    seen = dict.fromkeys(counts, 0)
    said = []
    for row in rows:
        step = row["step_1"]
        if row["phase_name"] != "baseline":
            said.append(LABELS[0])
            continue
        first, n = counts[step]
        k = seen[step]
        said.append(LABELS[0] if k < first else LABELS[1] if k < n else "none")
        seen[step] += 1
    return said


def on_page(name: str, browser: Any) -> Run:
    """Return what asks the page of an export in Chromium what counts as right."""

    def run(
        material: Material, folder: Path, rows: list[Row], answers: list[str]
    ) -> list[Any]:
        page = browser.new_page()
        page.goto((folder / PAGES[name]).as_uri())
        page.wait_for_function("window.MorphkitStage !== undefined")
        records = [
            {
                "phase": row["phase_name"],
                "stimuli": row["stimulus_1"],
                "response": "" if answer == "none" else answer,
            }
            for row, answer in zip(rows, answers, strict=True)
        ]
        found = page.evaluate(
            """(records) => records.map(({ phase, stimuli }) => MorphkitStage.goalOf(
              { phase, stimuli: [stimuli], correct: "" },
              { records, list: 1, participant: "7" }))""",
            records,
        )
        page.close()
        return [
            [one["balance"], one["boundary"], one["correct"], one["source"]]
            for one in found
        ]

    return run


def measure(
    run: Run, material: Material, folder: Path, shift: int, rule: str
) -> tuple[int, int, float]:
    """Return trials of an arm, those that agree, and the shift in effect."""
    names = {row.stimulus_id: f"{row.stimulus_id}.png" for row in material.pack.stimuli}
    rows = trial_rows.rows_of_list(material, 1, names)
    n = agree = 0
    moved = []
    for place, counts in enumerate(baselines()):
        own = None
        if rule == "fit":
            own = Fraction(round(1000 * fitted(counts)), 1000)
        balance, boundary, first = wanted((counts, Fraction(shift)), own)
        found = in_training(rows, run(material, folder, rows, answers_to(rows, counts)))
        taught = [row["step_1"] for row in rows if row["phase_name"] == "training"]
        labels = {}
        for step, one in zip(taught, found, strict=True):
            right = LABELS[0] if first[step - 1] else LABELS[1]
            agree += one == (float(rounded(balance)), float(rounded(boundary)), right)
            labels[step] = one[2]
        n += len(found)
        if place < 12:
            said = sum(label == LABELS[0] for label in labels.values())
            moved.append(said - float(balance))
    return n, agree, float(np.mean(moved))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rule", nargs="+", default=["count", "fit"])
    parser.add_argument("--only", nargs="+", default=[*PAGES, *PROGRAMS])
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver, tempfile.TemporaryDirectory() as place:
        options = ["--no-sandbox", "--disable-gpu"]
        path = which("chromium") or which("google-chrome")
        browser = driver.chromium.launch(executable_path=path, args=options)
        runs: dict[str, tuple[Run, ...]] = {
            name: (on_page(name, browser),) for name in PAGES
        } | PROGRAMS
        pack = Path(place) / "pack"
        write_small_pack(pack, identities=["ada"], n_steps=N_STEPS, size=(24, 32))
        wording = read_wording("en", labels=LABELS)
        print("front end     code                     rule   arm  trials  agree  shift")
        for rule in given.rule:
            for shift in SHIFTS:
                design = make_design(shift, rule)
                material = Material(read_pack(pack), pack, design, wording, "en")
                for name in given.only:
                    folder = Path(place) / f"{name}_{rule}_{shift}"
                    export(pack, name, folder, design)
                    for run in runs[name]:
                        n, agree, moved = measure(run, material, folder, shift, rule)
                        code = "page" if name in PAGES else run.__name__
                        print(
                            f"{name:12s}  {code:23s}  {rule:5s}  {shift:+d}  {n:6d}  "
                            f"{agree / n:5.0%}  {moved:+.3f}",
                            flush=True,
                        )
        browser.close()


if __name__ == "__main__":
    main()
