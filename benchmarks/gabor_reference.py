"""Whether Gabor-jet distances are those of both published programs.

Usage: python benchmarks/gabor_reference.py FOLDER

FOLDER holds Face1 to Face3, Blob1 to Blob3 and Glass1 to Glass3, the pictures of
github.com/eshedmargalit/GaborJetWeb (commit 461f468). They have no licence and are not
part of this repository; nor are the distances that the applet and the MATLAB program
gave (shared/reference/gaborjet_reference.json beside it).

Prints the largest relative difference from each program; exit code 1 if one is above
1e-13.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from morphkit.quality.metrics import METRICS

REFERENCE = (
    Path(__file__).resolve().parents[2] / "shared/reference/gaborjet_reference.json"
)
ENOUGH = 1e-13


def picture(folder: Path, name: str) -> np.ndarray:
    """Return a picture of the applet, (256, 256, 3)."""
    (file,) = [path for path in folder.iterdir() if path.stem == name]
    return np.asarray(Pillow.open(file).convert("RGB"))


def main() -> int:
    """Print both differences; return 1 if one is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    known = json.loads(REFERENCE.read_text())
    programs = {
        "gabor_jet": ("matlab_octave", "pairs", "mag40_10x10"),
        "gabor_jet_applet": ("applet", "dist", "dissimilarity"),
    }
    worst = 0.0
    for metric, (program, table, key) in programs.items():
        off = []
        for pair, numbers in known[program][table].items():
            one, other = (picture(folder, name) for name in pair.split("|"))
            off.append(abs(METRICS[metric].score(one, other) / numbers[key] - 1))
        print(f"{metric}: {len(off)} pairs, largest relative difference {max(off):.2g}")
        worst = max(worst, *off)
    return int(worst > ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
