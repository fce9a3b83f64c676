"""Run an experiment in OpenSesame's desktop runtime.

    python opensesame_run.py FOLDER PARTICIPANT     (environment of OpenSesame)

The log is written to FOLDER/data/participant_N.csv.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main(folder: Path, participant: int) -> None:
    """Run the experiment to its end."""
    from libopensesame.experiment import Experiment

    (path,) = folder.glob("*.osexp")
    (folder / "data").mkdir(exist_ok=True)
    experiment = Experiment(
        experiment_path=str(folder.resolve()),
        string=str(path.resolve()),
        logfile=str((folder / "data" / f"participant_{participant}.csv").resolve()),
        subject_nr=participant,
        fullscreen=False,
    )
    experiment.run()
    experiment.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
