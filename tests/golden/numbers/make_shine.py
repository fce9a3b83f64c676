"""Grey faces as SHINE matches them in Octave: python make_shine.py TOOLBOX.

Writes shine.json beside this file. TOOLBOX is the folder of SHINE's functions
(SHINE_color, github.com/RodDalBen/SHINE_color, MIT). Needs Debian's octave and
octave-image, and morphkit's tests for the pictures.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "helpers"))

from face_pictures import LABELS, grey  # noqa: E402

_PROGRAM = """
pkg load image
addpath("{toolbox}")
images = cell(1, 3);
for k = 1:3
  f = fopen(sprintf("in_%d", k));
  images{{k}} = uint8(fread(f, [256 256], "uint8")');
  fclose(f);
end
function put(name, images)
  for k = 1:3
    f = fopen(sprintf("%s_%d", name, k), "w");
    fwrite(f, images{{k}}', "uint8");
    fclose(f);
  end
end
put("lumMatch", lumMatch(images));
for r = 0:2
  put(sprintf("sfMatch_r%d", r), sfMatch(images, r));
  put(sprintf("specMatch_r%d", r), specMatch(images, r));
end
put("histMatch", histMatch(images));
f = fopen("hist", "w"); fprintf(f, "%d ", avgHist(images)); fclose(f);
printf("%s", version());
"""


def main(toolbox: Path) -> None:
    """Run SHINE and write what it gave."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k, label in enumerate(LABELS, start=1):
            (folder / f"in_{k}").write_bytes(grey(label).tobytes())
        program = _PROGRAM.format(toolbox=toolbox.resolve())
        (folder / "run.m").write_text(program, "utf-8")
        octave = subprocess.run(
            ["octave-cli", "--quiet", "run.m"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        target = np.array((folder / "hist").read_text().split(), float)
        for path in sorted(folder.glob("*Match*")):
            image = np.frombuffer(path.read_bytes(), np.uint8)
            found[path.name] = {
                "sha256": hashlib.sha256(image.tobytes()).hexdigest(),
                "mean": float(image.mean()),
                "std": float(image.std(ddof=1)),
            }
            if path.name.startswith("histMatch"):
                # SHINE breaks ties by chance: its pixels do not repeat.
                counts = np.bincount(image, minlength=256)
                del found[path.name]["sha256"]
                found[path.name]["max_hist_dev"] = float(np.abs(counts - target).max())
    result = {
        "made_by": Path(__file__).name,
        "versions": {"Octave": octave.stdout.strip(), "SHINE_color": "330a9be"},
        "average_histogram_sum": int(target.sum()),
        "ref": found,
    }
    (HERE / "shine.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
