"""PsychoPy without a screen: its own loader, its own table reader, its own compiler.

    python psychopy_static.py EXPORT...     (in the environment of PsychoPy)

Fails unless every trial table comes back with the same values and types, no component
or parameter of the experiment is unknown to PsychoPy, both scripts compile, and texts
are what texts.json says, where there is one.
"""

import csv
import io
import json
import numbers
import py_compile
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

#: Columns that hold numbers; all others hold text. A digit at the end is left out.
KINDS = {
    "trial_order": numbers.Integral,
    "list_number": numbers.Integral,
    "n_trials": numbers.Integral,
    "block_number": numbers.Integral,
    "step_": numbers.Integral,
    "level_": numbers.Real,
    "fixation_ms": numbers.Integral,
    "boundary_shift": numbers.Integral,
    "picture_width": numbers.Integral,
    "picture_height": numbers.Integral,
    "scale_least": numbers.Real,
    "scale_greatest": numbers.Real,
    "scale_step": numbers.Real,
}


def check_tables(folder: Path) -> int:
    """Compare PsychoPy's reading of each table with the text of its cells."""
    from psychopy import data, experiment

    n_rows = 0
    for path in sorted((folder / "conditions").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            wanted = list(csv.DictReader(file))
        found = data.importConditions(str(path))
        if len(found) != len(wanted):
            raise SystemExit(f"{path}: {len(found)} rows for {len(wanted)}")
        for row, plain in zip(found, wanted, strict=True):
            for name, text in plain.items():
                value = row[name]
                kind = KINDS.get(name.rstrip("1234"), str)
                same = value == (text if kind is str else float(text))
                if not same or not isinstance(value, kind):
                    raise SystemExit(f"{path}: {name} is {value!r} for {text!r}")
        namespace = experiment.Experiment().namespace
        bad = [name for name in wanted[0] if namespace.makeValid(name) != name]
        if bad:
            raise SystemExit(f"{path}: PsychoPy uses these names itself: {bad}")
        n_rows += len(wanted)
    return n_rows


def check_texts(folder: Path) -> int:
    """Compare what PsychoPy's own reader and loader make of texts with texts.json."""
    from psychopy import data, experiment

    if not (folder / "texts.json").is_file():
        return 0
    wanted = json.loads((folder / "texts.json").read_text("utf-8"))
    (path,) = folder.glob("morphkit_*.psyexp")
    loaded = experiment.Experiment()
    loaded.loadFromXML(str(path))
    code = {
        component.name: {name: str(param) for name, param in component.params.items()}
        for routine in loaded.routines.values()
        for component in routine
        if type(component).__name__ == "CodeComponent"
    }
    space = {
        "expInfo": {"participant": "1"},
        "win": SimpleNamespace(size=(1280, 800)),
        "thisExp": SimpleNamespace(addData=lambda *_: None),
    }
    exec(code["setup"]["Begin Experiment"], space)
    pages = [space[name] for name in ("start_hint", "continue_hint", "thanks_text")]
    rows = data.importConditions(str(folder / "conditions" / "list_01.csv"))
    for row, answers in zip(rows, wanted["answers"], strict=True):
        space.update(row)
        exec(code["before_pause"]["Begin Routine"], space)
        exec(code["before"]["Begin Routine"], space)
        found = [space["choice_shown_1"], space["choice_shown_2"]]
        if found != answers:
            raise SystemExit(f"{folder}: {found} for {answers}")
    if pages != [wanted["page"]] * 3:
        raise SystemExit(f"{folder}: a page is {pages} for {wanted['page']!r}")
    return len(rows)


def check_experiment(folder: Path) -> None:
    """Load the experiment as Builder does and compile it to both languages."""
    from psychopy import experiment, logging

    (path,) = folder.glob("*.psyexp")
    said = io.StringIO()
    logging.console.setLevel(logging.CRITICAL)
    # What it said before is of this machine: its first run makes a monitor, say.
    logging.flush()
    log = logging.LogFile(str(folder / "loader.log"), level=logging.WARNING)
    loaded = experiment.Experiment()
    loaded.loadFromXML(str(path))
    logging.flush()
    said.write((folder / "loader.log").read_text("utf-8"))
    logging.root.removeTarget(log)
    (folder / "loader.log").unlink()
    unknown = [
        component.name
        for routine in loaded.routines.values()
        for component in routine
        if type(component).__name__.startswith("Unknown")
    ]
    if unknown or said.getvalue().strip():
        raise SystemExit(
            f"{path}: unknown {unknown}; the loader said: {said.getvalue()}"
        )
    for suffix in ("py", "js"):
        target = folder.resolve() / "compiled" / f"experiment.{suffix}"
        target.parent.mkdir(exist_ok=True)
        made = subprocess.run(
            [
                *(sys.executable, "-m", "psychopy.scripts.psyexpCompile"),
                *(path.name, "-o", str(target)),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        alerts = [line for line in made.stderr.splitlines() if "Alert" in line]
        if made.returncode or alerts or not target.is_file():
            raise SystemExit(f"{path}: {made.stdout[-2000:]}{made.stderr[-3000:]}")
    py_compile.compile(str(target.with_suffix(".py")), doraise=True)
    subprocess.run(["node", "--check", str(target)], check=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        n = check_tables(Path(name))
        check_experiment(Path(name))
        n_texts = check_texts(Path(name))
        print(
            f"{name}: {n} rows of tables, loader clean, Python and JavaScript compile"
            + (f", {n_texts} trials of texts as written" if n_texts else "")
        )
