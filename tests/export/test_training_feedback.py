"""What every front end calls right in training, worked out again from its trials.

Two hundred trials of training in every arm, after a baseline with missed trials. Each
program runs the code of its export; what it needs of its front end is given.
"""

import ast
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from export_study import export, write_small_pack
from lab_exports import LABELS, face
from training_cases import fitted, rounded, wanted

from morphkit.experiment.analysis.departures import departures
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Design, Training, Trial
from morphkit.experiment.designs.files import write_design
from morphkit.experiment.designs.training import make_training
from morphkit.experiment.texts import read_wording
from morphkit.export import opensesame_code, trial_rows
from morphkit.export.adapter import Material
from morphkit.pack import read_pack

SHIFTS = ("-1", "0", "1.25")
N_STEPS = 9


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training") / "pack"
    write_small_pack(folder, identities=["ada"], n_steps=N_STEPS)
    return folder


def make_design(shift, rule="count"):
    """Return a list: every image three times, then two hundred trials of training."""
    generator = np.random.default_rng(int(100 * float(shift)) + 500)
    steps = [*range(1, N_STEPS + 1)] * 3
    taught = generator.integers(1, N_STEPS + 1, 200)
    trials = [
        Trial(phase, block, (face(int(k)),), LABELS, bool(generator.integers(2)))
        for phase, block, part in (("baseline", 1, steps), ("training", 2, taught))
        for k in part
    ]
    training = Training(float(shift), *LABELS, rule)
    return Design("training", (tuple(trials),), seed=1, training=training)


def answers_to(rows, seed):
    """Return what a participant answers, "none" where it comes too late."""
    generator = np.random.default_rng(seed)
    place = generator.uniform(4, 6)
    return [
        "none"
        if generator.random() < 0.15
        else LABELS[int(generator.normal(0, 1.5) < row["step_1"] - place)]
        for row in rows
    ]


def expected(rows, answers, shift, rule="count"):
    """Return balance point, boundary and right label of every trial of training."""
    counts = {}
    for row, answer in zip(rows, answers, strict=True):
        if row["phase_name"] == "baseline":
            first, n = counts.get(row["step_1"], (0, 0))
            said = (first + (answer == LABELS[0]), n + (answer != "none"))
            counts[row["step_1"]] = said
    counts = dict(sorted(counts.items()))
    own = None
    if rule == "fit":
        # Of the optimiser, to the thousandth that the rule rounds to.
        own = Fraction(round(1000 * fitted(counts)), 1000)
    balance, boundary, first = wanted((counts, Fraction(shift)), own)
    return [
        (
            float(rounded(balance)),
            float(rounded(boundary)),
            LABELS[0] if first[row["step_1"] - 1] else LABELS[1],
        )
        for row in rows
        if row["phase_name"] == "training"
    ]


def key_of(row, answer):
    """Return the place of an answer on the screen, 0 for none."""
    return (
        0 if answer == "none" else [row["choice_1"], row["choice_2"]].index(answer) + 1
    )


def run_node(program):
    """Return what a program prints as JSON."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "-"],
        input=program,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def in_training(rows, found):
    """Return what was found in trials of training."""
    both = zip(rows, found, strict=True)
    return [tuple(one) for row, one in both if row["phase_name"] == "training"]


def psychopy_code(material, folder, language):
    """Return the code of an export to PsychoPy: before all, and after each trial."""
    (path,) = folder.glob("*.psyexp")
    root = ET.fromstring(path.read_text("utf-8"))
    return [
        next(
            p.get("val")
            for p in root.find(f".//CodeComponent[@name='{name}']")
            if p.get("name") == when
        )
        for name, when in (
            ("setup", f"Begin {language}Experiment"),
            ("before", f"Begin {language}Routine"),
            ("after", f"End {language}Routine"),
        )
    ]


def psychopy_python(material, folder, rows, answers):
    setup, before, after = psychopy_code(material, folder, "")
    recorded = []
    space = {
        "expInfo": {"participant": "p7"},
        "win": SimpleNamespace(size=(1280, 800)),
        "thisExp": SimpleNamespace(addData=lambda n, v: recorded[-1].update({n: v})),
    }
    exec(setup, space)
    for row, answer in zip(rows, answers, strict=True):
        recorded.append({})
        key = [None, "f", "j"][key_of(row, answer)]
        space |= row | {"answer_key": SimpleNamespace(keys=key, rt=0.5)}
        exec(before, space)
        exec(after, space)
    names = ("balance_point", "boundary", "right_choice")
    return [[one.get(name) for name in names] for one in recorded]


def psychopy_javascript(material, folder, rows, answers):
    setup, before, after = psychopy_code(material, folder, "JS ")
    keys = [
        [None, "f", "j"][key_of(row, answer)]
        for row, answer in zip(rows, answers, strict=True)
    ]
    return run_node(f"""
const vm = require('vm');
const rows = {json.dumps(rows)}, keys = {json.dumps(keys)}, recorded = [];
const space = vm.createContext({{
  expInfo: {{participant: 'p7'}},
  psychoJS: {{window: {{size: [1280, 800]}},
    experiment: {{addData: (name, value) => {{ recorded.at(-1)[name] = value; }}}}}},
}});
vm.runInContext({json.dumps(setup)}, space);
rows.forEach((row, k) => {{
  recorded.push({{}});
  Object.assign(space, row, {{answer_key: {{keys: keys[k], rt: 0.5}}}});
  vm.runInContext({json.dumps(before)}, space);
  vm.runInContext({json.dumps(after)}, space);
}});
console.log(JSON.stringify(recorded.map(
  (one) => [one.balance_point, one.boundary, one.right_choice])));
""")


class Variables(SimpleNamespace):
    """What OpenSesame calls var."""

    def get(self, name, default=None):
        return getattr(self, name, default)


def opensesame_python(material, folder, rows, answers):
    space, found = {"var": Variables(subject_nr=1)}, []
    exec(opensesame_code.python.setup(material.design), space)
    score = opensesame_code.python.score(material)
    for row, answer in zip(rows, answers, strict=True):
        key = ["None", "f", "j"][key_of(row, answer)]
        times = {"response_time": 300, "time_face": 1000, "time_answer_1": 1010}
        space["var"] = Variables(**row, response=key, **times)
        exec(score, space)
        found.append(
            [
                space["var"].balance_point,
                space["var"].boundary,
                space["var"].right_choice,
            ]
        )
    return found


def opensesame_javascript(material, folder, rows, answers):
    trials = [
        row
        | {"response": ["None", "f", "j"][key_of(row, answer)]}
        | {"response_time": 300, "time_face": 1000, "time_answer_1": 1010}
        for row, answer in zip(rows, answers, strict=True)
    ]
    return run_node(f"""
const vm = require('vm');
const space = vm.createContext({{vars: {{}}}});
vm.runInContext({json.dumps(opensesame_code.javascript.setup(material.design))}, space);
const found = {json.dumps(trials)}.map((vars) => {{
  space.vars = vars;
  vm.runInContext({json.dumps(opensesame_code.javascript.score(material))}, space);
  return [vars.balance_point, vars.boundary, vars.right_choice];
}});
console.log(JSON.stringify(found));
""")


def expyriment(material, folder, rows, answers):
    """Run what the script does between answer and feedback."""
    program = ast.parse((folder / "run_expyriment.py").read_text("utf-8"))
    # Its imports and settings need Expyriment and a screen; its functions do not.
    program.body = [node for node in program.body if isinstance(node, ast.FunctionDef)]
    study = json.loads((folder / "study.json").read_text("utf-8"))
    space = {"STUDY": study}
    exec(compile(program, "run_expyriment.py", "exec"), space)
    baseline, found = {}, []
    for row, answer in zip(rows, answers, strict=True):
        told = {"chosen_choice": answer, "balance_point": "none", "boundary": "none"}
        trial = {name: str(value) for name, value in row.items()}
        space["judge"](trial, told, baseline)
        found.append([told[n] for n in ("balance_point", "boundary", "right_choice")])
    return found


def psychtoolbox(material, folder, rows, answers):
    """Run what the script does between answer and feedback, in Octave."""
    octave = shutil.which("octave-cli") or shutil.which("octave")
    if octave is None:
        pytest.skip("Octave is not installed")
    script = (folder / "morphkit_run.m").read_text("utf-8")
    _, _, functions = script.partition("\nfunction textures")
    said = ", ".join(f"'{answer}'" for answer in answers)
    program = folder / "feedback.m"
    program.write_text(
        f"""1;
function textures{functions}
data = load('{folder / "trials.mat"}');
said = {{{said}}};
trials = data.lists{{{rows[0]["list_number"]}}};
baseline = struct('continuum', {{}}, 'steps', {{}}, 'first', {{}}, 'answered', {{}});
for k = 1:numel(trials)
  answer = struct('chosen_choice', said{{k}});
  [baseline, answer] = judge(data.settings, trials(k), answer, baseline);
  printf('%s %s %s\\n', num2str(answer.balance_point, '%.4f'), ...
         num2str(answer.boundary, '%.4f'), answer.right_choice);
end
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [octave, "--no-gui", "--quiet", "--no-init-file", str(program)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line.split() for line in done.stdout.splitlines()]
    return [
        [float(a), float(b), right] if a != "none" else [a, b, right]
        for a, b, right in found
    ]


PROGRAMS = {
    "psychopy": (psychopy_python, psychopy_javascript),
    "opensesame": (opensesame_python,),
    "osweb": (opensesame_javascript,),
    "expyriment": (expyriment,),
    "psychtoolbox": (psychtoolbox,),
}


@pytest.mark.parametrize(
    ("shift", "rule"), [*((shift, "count") for shift in SHIFTS), ("1.25", "fit")]
)
@pytest.mark.parametrize(
    ("name", "run"),
    [(name, run) for name, programs in PROGRAMS.items() for run in programs],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_feedback_agrees_in_every_trial(pack, tmp_path, name, run, shift, rule):
    design = make_design(shift, rule)
    export(pack, name, tmp_path / "out", design)
    material = Material(
        read_pack(pack), Path(pack), design, read_wording("en", labels=LABELS), "en"
    )
    names = {r.stimulus_id: f"{r.stimulus_id}.png" for r in material.pack.stimuli}
    rows = trial_rows.rows_of_list(material, 1, names)
    answers = answers_to(rows, seed=len(name))
    assert answers.count("none") > 10
    found = in_training(rows, run(material, tmp_path / "out", rows, answers))
    assert len(found) == 200
    assert found == expected(rows, answers, shift, rule)
    assert {right for _, _, right in found} == set(LABELS)


@pytest.mark.parametrize(
    ("name", "run"),
    [(name, run) for name, programs in PROGRAMS.items() for run in programs],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_feedback_agrees_in_every_arm_of_one_export(pack, tmp_path, name, run):
    """The list says the arm: its shift, or the labels that a sham drew beforehand."""
    read = read_pack(pack)
    design = make_training(
        read.stimuli,
        seed=4,
        arms=("raised=1.25", "lowered=-1", "control=0", "placebo=sham"),
        training_blocks=3,
        lists=1,
    )
    export(pack, name, tmp_path / "out", design)
    material = Material(
        read, Path(pack), design, read_wording("en", labels=LABELS), "en"
    )
    names = {r.stimulus_id: f"{r.stimulus_id}.png" for r in read.stimuli}
    for number in range(1, 5):
        rows = trial_rows.rows_of_list(material, number, names)
        assert {row["arm_code"] for row in rows} == {design.list_arms[number - 1]}
        answers = answers_to(rows, seed=number)
        found = in_training(rows, run(material, tmp_path / "out", rows, answers))
        arm = design.arm_of(number)
        if arm.sham:
            wanted_labels = [t.correct for t in design.lists[number - 1] if t.correct]
            assert [right for *_, right in found] == wanted_labels
            assert {balance for balance, *_ in found} <= {None, "none"}
        else:
            assert found == expected(rows, answers, str(arm.shift_steps))


def test_a_boundary_beyond_all_images_is_told(pack, tmp_path):
    design = make_design("2")
    (tmp_path / "design").mkdir()
    write_design(design, tmp_path / "design")
    read = read_pack(pack)

    def told(own):
        answers = [
            Answer(
                participant="p1",
                order=k,
                stimuli=trial.stimuli,
                response=LABELS[int(trial.stimuli[0][-1]) > own],
                design="training",
                phase=trial.phase,
            )
            for k, trial in enumerate(design.lists[0], start=1)
        ]
        return departures(tmp_path / "design", read, n_participants=1, answers=answers)

    assert told(6) == ()
    (one,) = told(8)
    assert (one.code, one.where) == ("one-sided-training", "p1, ada_happy_sad")
    assert (one.value, one.limit) == (10.5, 9)
    assert 'always said "happy"' in one.message
