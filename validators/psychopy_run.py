"""Make a copy of an experiment that asks for nothing before it starts, and compile it.

    python psychopy_run.py EXPORT PARTICIPANT     (in the environment of PsychoPy)

Prints the script to run. What changes: the dialogue for the participant, and the
seconds in which PsychoPy measures the frame rate, which a virtual screen does not have.
"""

import subprocess
import sys
from pathlib import Path


def main(folder: Path, participant: str) -> None:
    """Write and compile the copy."""
    (path,) = (p for p in folder.glob("*.psyexp") if not p.stem.startswith("run_"))
    text = path.read_text("utf-8")
    for old, new in (
        (
            'name="Show info dlg" val="True"',
            'name="Show info dlg" val="False"',
        ),
        ('name="measureFrameRate" val="True"', 'name="measureFrameRate" val="False"'),
        ("{'participant': '1'}", f"{{'participant': '{participant}'}}"),
    ):
        if old not in text:
            raise SystemExit(f"{path}: has no {old}")
        text = text.replace(old, new)
    copy = folder / f"run_{participant}.psyexp"
    copy.write_text(text, "utf-8")
    script = folder.resolve() / f"run_{participant}.py"
    command = [sys.executable, "-m", "psychopy.scripts.psyexpCompile", copy.name]
    subprocess.run(
        [*command, "-o", str(script)], cwd=folder, check=True, stdout=sys.stderr
    )
    print(script)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
