"""How near mouths with first teeth come to the truth as they open, and how bright.

Usage: python benchmarks/first_teeth.py [--identities nilo rumi vito pavo]
       [--seeds 801 802 803 804] [--levels 0.25 0.5 0.75] [--detected]

Needs the requirements of ``faces_generator`` beside those of morphkit. Renders infants
with first teeth between neutral and happy (kept in output/first_teeth): shipped ones,
and ones that are drawn by a seed and get two or four teeth in turn. Prints for each
infant and level the PSNR of the mouth, dB, and the brightest twentieth between the true
lips as a share of that in the truth: with teeth that the lower jaw takes along, and
with the mouth stretched as one without teeth. Landmarks are the exact ones, or with
``--detected`` those of the default detector.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from skimage.draw import polygon2mask

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ground_truth import LUMA, REGIONS, morphkit_method, regions, scores
from infant_faces import draw_identity

from faces_generator import IDENTITIES, render_level
from faces_generator.identity import Nature
from morphkit.faces.detectors import detect
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence import uncover
from morphkit.geometry.correspondence.openings import outline
from morphkit.geometry.correspondence.refinements import DEFAULT
from tests.helpers.float_reference import decode

CACHE = ROOT / "output" / "first_teeth"
MOUTH = REGIONS.index("mouth")


def truth(identity: str, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the true picture and its 68 landmarks, rendered once and kept."""
    file = CACHE / f"{identity}_{round(100 * level):02d}.npz"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        image, points, _ = render_level(identity, "neutral", "happy", level, "linear")
        np.savez_compressed(file, image=image, points=points)
    with np.load(file) as kept:
        return kept["image"], kept["points"]


def brightest(frame: np.ndarray, true: np.ndarray, points: np.ndarray) -> float:
    """Return the 95th percentile of light between the true lips, over the true one."""
    mouth = builtin_template("ibug_68").openings[0]
    between = polygon2mask(true.shape[:2], outline(points, mouth)[:, ::-1])
    seen, wanted = (
        np.percentile(decode(one[between]) @ LUMA, 95) for one in (frame, true)
    )
    return float(seen / wanted)


def measured(identity: str, levels: list[float], *, detected: bool) -> np.ndarray:
    """Return PSNR and light, stretched and with the jaw, shape (2, levels, 2)."""
    photos, points = zip(*(truth(identity, level) for level in (0.0, 1.0)), strict=True)
    template = builtin_template("ibug_68")
    faces = [Landmarks(template, one) for one in points]
    if detected:
        faces = [detect(photo, where=identity) for photo in photos]
    with patch.object(uncover, "_below_teeth", return_value=None):
        stretched = morphkit_method([*photos], faces, "tps", DEFAULT)
    found = []
    for method in (stretched, morphkit_method([*photos], faces, "tps", DEFAULT)):
        rows = []
        for level in levels:
            true, there = truth(identity, level)
            frame = method(level)
            psnr = scores(frame, true, regions(there, true.shape[0]))[0, MOUTH]
            rows.append((psnr, brightest(frame, true, there)))
        found.append(rows)
    return np.array(found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--identities", nargs="*", default=["nilo", "rumi", "vito", "pavo"]
    )
    parser.add_argument("--seeds", nargs="*", type=int, default=[801, 802, 803, 804])
    parser.add_argument("--levels", nargs="+", type=float, default=[0.25, 0.5, 0.75])
    parser.add_argument("--detected", action="store_true")
    wanted = parser.parse_args()
    names = list(wanted.identities)
    for k, seed in enumerate(wanted.seeds):
        nature = Nature(teeth=4 - 2 * (k % 2))
        names.append(f"infant{seed}")
        IDENTITIES[names[-1]] = replace(draw_identity(seed), nature=nature)
    found = np.array(
        [measured(one, wanted.levels, detected=wanted.detected) for one in names]
    )
    print("mouth, dB (brightest twentieth between the lips, of the truth)")
    print("stretched -> with the lower jaw, at each level")
    for name, (before, after) in zip(names, found, strict=True):
        cells = [
            f"{a:6.2f} ({p:.2f}) -> {b:5.2f} ({q:.2f})"
            for (a, p), (b, q) in zip(before, after, strict=True)
        ]
        print(f"{name:<10}" + "   ".join(cells))
    gains = found[:, 1, :, 0] - found[:, 0, :, 0]
    light = np.exp(np.log(found[..., 1]).mean(axis=0))
    for k, level in enumerate(wanted.levels):
        print(
            f"{level:.0%}: {gains[:, k].mean():+.2f} dB in the mean (least "
            f"{gains[:, k].min():+.2f}), light {light[0, k]:.2f} -> {light[1, k]:.2f}"
        )


if __name__ == "__main__":
    main()
