"""What every front end calls right in training: its own code, run without its screen.

Each function takes an export (material, folder), the rows of a list, and the answer to
each trial ("none" for a missed one), and returns of every trial the balance point, the
boundary, the label that counts as right, and where the balance point came from.
"""

import ast
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from contextlib import chdir
from types import SimpleNamespace

import pytest

from morphkit.export import opensesame_code

#: Of the participant who runs an export.
CODE = "7"


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


def in_training(rows, found, sources=("session",)):
    """Return what was found in trials of training; the source has to be as stated."""
    assert {source for *_, source in found} == {*sources}
    both = zip(rows, found, strict=True)
    return [tuple(one[:3]) for row, one in both if row["phase_name"] == "training"]


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


def psychopy_python(material, folder, rows, answers, code=CODE):
    setup, before, after = psychopy_code(material, folder, "")
    recorded = []
    space = {
        "expInfo": {"participant": code},
        "win": SimpleNamespace(size=(1280, 800)),
        "thisExp": SimpleNamespace(addData=lambda n, v: recorded[-1].update({n: v})),
    }
    with chdir(folder):  # as the script that Builder makes
        exec(setup, space)
    for row, answer in zip(rows, answers, strict=True):
        recorded.append({})
        key = [None, "f", "j"][key_of(row, answer)]
        space |= row | {"answer_key": SimpleNamespace(keys=key, rt=0.5)}
        exec(before, space)
        exec(after, space)
    names = ("balance_point", "boundary", "right_choice", "balance_source")
    return [[one.get(name) for name in names] for one in recorded]


def psychopy_javascript(material, folder, rows, answers, code=CODE):
    setup, before, after = psychopy_code(material, folder, "JS ")
    keys = [
        [None, "f", "j"][key_of(row, answer)]
        for row, answer in zip(rows, answers, strict=True)
    ]
    return run_node(f"""
const vm = require('vm');
const rows = {json.dumps(rows)}, keys = {json.dumps(keys)}, recorded = [];
const space = vm.createContext({{
  expInfo: {{participant: '{code}'}},
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
  (one) => [one.balance_point, one.boundary, one.right_choice, one.balance_source])));
""")


class Variables:
    """What OpenSesame 4 calls var: the names of its scripts, and they are it."""

    def __init__(self, space):
        self.__dict__["_space"] = space

    def __getattr__(self, name):
        return self._space[name]

    def __setattr__(self, name, value):
        self._space[name] = value

    def get(self, name, default=None):
        return self._space.get(name, default)


def opensesame_python(material, folder, rows, answers, code=CODE):
    space, found = {"subject_nr": code}, []
    space["var"] = Variables(space)
    exec(opensesame_code.python.setup(material), space)
    score = opensesame_code.python.score(material)
    for row, answer in zip(rows, answers, strict=True):
        key = ["None", "f", "j"][key_of(row, answer)]
        times = {"response_time": 300, "time_face": 1000, "time_answer_1": 1010}
        space |= {**row, "response": key, **times}
        exec(score, space)
        found.append(
            [
                space["var"].balance_point,
                space["var"].boundary,
                space["var"].right_choice,
                space["var"].balance_source,
            ]
        )
    return found


def opensesame_javascript(material, folder, rows, answers, code=CODE):
    trials = [
        row
        | {"response": ["None", "f", "j"][key_of(row, answer)]}
        | {"response_time": 300, "time_face": 1000, "time_answer_1": 1010}
        for row, answer in zip(rows, answers, strict=True)
    ]
    return run_node(f"""
const vm = require('vm');
const space = vm.createContext({{vars: {{subject_nr: '{code}'}}}});
vm.runInContext({json.dumps(opensesame_code.javascript.setup(material))}, space);
const found = {json.dumps(trials)}.map((vars) => {{
  space.vars = vars;
  vm.runInContext({json.dumps(opensesame_code.javascript.score(material))}, space);
  return [vars.balance_point, vars.boundary, vars.right_choice, vars.balance_source];
}});
console.log(JSON.stringify(found));
""")


def expyriment(material, folder, rows, answers, code=CODE):
    """Run what the script does between answer and feedback."""
    program = ast.parse((folder / "run_expyriment.py").read_text("utf-8"))
    # Its imports and settings need Expyriment and a screen; its functions do not.
    program.body = [node for node in program.body if isinstance(node, ast.FunctionDef)]
    study = json.loads((folder / "study.json").read_text("utf-8"))
    space = {"STUDY": study, "FOLDER": folder, "re": re}
    exec(compile(program, "run_expyriment.py", "exec"), space)
    baseline, found = {}, []
    carried = space["read_points"](code)
    for row, answer in zip(rows, answers, strict=True):
        told = {"chosen_choice": answer, "balance_point": "none", "boundary": "none"}
        trial = {name: str(value) for name, value in row.items()}
        space["judge"](trial, told, baseline, carried)
        names = ("balance_point", "boundary", "right_choice", "balance_source")
        found.append([told[name] for name in names])
    return found


def psychtoolbox(material, folder, rows, answers, code=CODE):
    """Run what the script does between answer and feedback, in Octave."""
    octave = shutil.which("octave-cli") or shutil.which("octave")
    if octave is None:
        pytest.skip("Octave is not installed")
    script = (folder / "morphkit_run.m").read_text("utf-8")
    _, _, functions = script.partition("\nfunction carried")
    said = ", ".join(f"'{answer}'" for answer in answers)
    program = folder / "feedback.m"
    program.write_text(
        f"""1;
function carried{functions}
data = load('{folder / "trials.mat"}');
said = {{{said}}};
trials = data.lists{{{rows[0]["list_number"]}}};
baseline = struct('continuum', {{}}, 'steps', {{}}, 'first', {{}}, 'answered', {{}});
carried = read_points(data.settings, '{folder}', '{code}');
for k = 1:numel(trials)
  answer = struct('chosen_choice', said{{k}});
  [baseline, answer] = judge(data.settings, trials(k), answer, baseline, carried);
  printf('%s %s %s %s\\n', num2str(answer.balance_point, '%.4f'), ...
         num2str(answer.boundary, '%.4f'), answer.right_choice, answer.balance_source);
end
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [octave, "--no-gui", "--quiet", "--no-init-file", program.name],
        cwd=folder,  # where Octave leaves its variables if it is stopped
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line.split() for line in done.stdout.splitlines()]
    return [
        [*map(float, both), *rest] if both[0] != "none" else [*both, *rest]
        for *both, right, source in found
        for rest in ([right, source],)
    ]


PROGRAMS = {
    "psychopy": (psychopy_python, psychopy_javascript),
    "opensesame": (opensesame_python,),
    "osweb": (opensesame_javascript,),
    "expyriment": (expyriment,),
    "psychtoolbox": (psychtoolbox,),
}
