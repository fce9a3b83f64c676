"""What a user runs: `morphkit morph` beside the script of the common OpenCV tutorial.

Usage: python benchmarks/default_job.py [--rounds 3]

Both find the landmarks of two photographs of 1350 px with dlib, morph them in 15 steps
and write PNG files; morphkit besides matches them densely, keeps detail, measures
every frame and writes a pack with its report. Each runs in a process of its own, on one
thread, in turn; processor time of the whole process, imports included. Python keeps
bytecode, as it does for whoever installs a package, whatever the surroundings say; each
program is run once beforehand, so that it is there. Needs a pair in
shared/data/london beside the repository (CC-BY 4.0, DeBruine & Jones 2017).
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONDON = HERE.parents[1] / "shared" / "data" / "london"
PHOTOS = ("001_08.jpg", "001_03.jpg")
STEPS = 15
TUTORIAL = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import baselines, cv2, dlib, numpy as np
cv2.setNumThreads(1)
model, first, second, out = sys.argv[1:]
detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(model)
photos = [cv2.imread(path) for path in (first, second)]
size = photos[0].shape[1], photos[0].shape[0]
ends = []
for photo in photos:
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    shape = predictor(grey, detector(grey, 0)[0])
    points = np.array([[p.x, p.y] for p in shape.parts()], float)
    ends.append(baselines.with_border(points, size))
triangles = baselines.triangles_of(*ends)
floats = [np.float32(photo) for photo in photos]
for k in range({STEPS}):
    frame = baselines.tutorial_frame(*floats, *ends, k / ({STEPS} - 1), triangles)
    cv2.imwrite(f"{{out}}/{{k:02d}}.png", frame)
"""


def seconds(command: list[str], bytecode: str) -> float:
    """Return the processor time of a process that keeps bytecode in a folder."""
    set_here = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    set_here |= {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *command],
        check=True,
        env=os.environ | set_here,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the median of both, and their ratio."""
    from morphkit.faces.detectors.dlib_68 import PREDICTOR

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {"morphkit morph": [], "tutorial": []}
    with tempfile.TemporaryDirectory() as folder:
        # Copies, beside which there are no landmark files.
        photos = [shutil.copy(LONDON / name, folder) for name in PHOTOS]
        bytecode = str(Path(folder, "bytecode"))
        for k in range(rounds + 1):
            output = str(Path(folder, f"pack_{k}"))
            morph = ["-m", "morphkit", "morph", *photos, "--steps", str(STEPS), "-q"]
            command = [*morph, "--detector", "dlib_68", "--output", output]
            times["morphkit morph"].append(seconds(command, bytecode))
            script = ["-c", TUTORIAL, str(PREDICTOR.path()), *photos, folder]
            times["tutorial"].append(seconds(script, bytecode))
    # The first round has written the bytecode.
    times = {name: values[1:] for name, values in times.items()}
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:<16}{median:7.2f} s, least {min(times[name]):.2f} s")
    print(f"ratio of medians {medians['morphkit morph'] / medians['tutorial']:.2f}")


if __name__ == "__main__":
    main()
