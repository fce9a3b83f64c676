"""How close morphkit's frames come to WebMorph's own, from the same ends and levels.

Usage: python benchmarks/webmorph.py [--picture FILE]

Needs the folder with WebMorph's continuum (CC-BY 4.0, DeBruine 2022) beside the
repository, in shared/data/webmorph. Prints the mean absolute difference in grey levels
over the whole picture at 0, 25, 50, 75 and 100 %. WebMorph's frames are JPEG files of
quality about 75; that loss alone is printed beside it: the ends, compressed once with
the same tables, against themselves.

Below it: morphkit's `transform` with WebMorph's meaning (subject and source the same,
in code values, everywhere, no alignment), its landmarks against those of WebMorph's own
template files, in pixels, and its picture, also before anything is rounded, against
WebMorph's. WebMorph cut the landmarks of the ends off to whole pixels, and so does this
comparison.
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.geometry.warp import WARPS
from morphkit.morph.settings import MorphSettings
from morphkit.morph.transform import transform
from morphkit.pipeline.continuum import continuum

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.helpers.float_reference import exact_face

DATA = ROOT.parent / "shared" / "data" / "webmorph"


def face(name: str) -> Face:
    """Return an end with WebMorph's own template."""
    image = read_image(DATA / "ends" / f"{name}.jpg")
    size = image.shape[1], image.shape[0]
    return Face(image, read_landmarks(DATA / "ends" / f"{name}.tem", size=size), name)


def mean_difference(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mean absolute difference in code values."""
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def jpeg_loss(image: np.ndarray, like: Path) -> float:
    """Return what compressing with another file's tables costs."""
    with Image.open(like) as model:
        tables = model.quantization
    data = io.BytesIO()
    Image.fromarray(image).save(data, "JPEG", qtables=tables, subsampling=2)
    return mean_difference(image, np.array(Image.open(data)))


def print_transforms(ends: tuple[Face, ...], theirs: list[np.ndarray]) -> None:
    """Print how close transforms of the first end come to WebMorph's frames."""
    names = "landmarks, px", "picture", "unrounded"
    rows: dict[str, list[float]] = {f"transform: {name}": [] for name in names}
    # WebMorph wrote the templates of its ends cut off to whole pixels, and went on
    # from there.
    ends = tuple(
        Face(
            end.image,
            end.landmarks.with_points(np.trunc(end.landmarks.points)),
            end.name,
        )
        for end in ends
    )
    settings = MorphSettings(align="none", refine="none", blend="srgb", detail="plain")
    for k, level in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        made = transform(
            ends[0],
            ends[:1],
            ends[1:],
            shape=level,
            colour=level,
            texture=level,
            region="everywhere",
            settings=settings,
        )
        size = made.frame.shape[1], made.frame.shape[0]
        placed = read_landmarks(DATA / "continuum" / f"{k + 1}.tem", size=size)
        off = np.abs(made.landmarks.points - placed.points)
        rows["transform: landmarks, px"].append(float(off.max()))
        rows["transform: picture"].append(mean_difference(made.frame, theirs[k]))
        rows["transform: unrounded"].append(
            float(np.abs(exact_face(made, blend="srgb") * 255 - theirs[k]).mean())
        )
    for name, found in rows.items():
        print(f"{name:<26}" + "".join(f"{d:10.4f}" for d in found))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="write the differences, 8 times")
    wanted = parser.parse_args()
    ends = face("f_multi"), face("m_multi")
    theirs = [read_image(DATA / "continuum" / f"{k}.jpg") for k in range(1, 6)]
    print(
        f"{'warp':<18}{'blend':<8}" + "".join(f"{p:>8} %" for p in (0, 25, 50, 75, 100))
    )
    rows = []
    for warp in WARPS:
        for blend in ("linear", "srgb"):
            made = continuum(
                *ends,
                5,
                settings=MorphSettings(
                    align="none", warp=warp, refine="none", blend=blend, detail="plain"
                ),
            )
            found = [
                mean_difference(a, b) for a, b in zip(made.frames, theirs, strict=True)
            ]
            print(f"{warp:<18}{blend:<8}" + "".join(f"{d:10.2f}" for d in found))
            rows.append(made.frames)
    loss = [
        jpeg_loss(f, DATA / "continuum" / f"{k}.jpg") for k, f in enumerate(rows[0], 1)
    ]
    print(f"{'JPEG loss alone':<26}" + "".join(f"{d:10.2f}" for d in loss))
    print_transforms(ends, theirs)
    if wanted.picture:
        off = [
            np.abs(a.astype(int) - b) * 8 for a, b in zip(rows[0], theirs, strict=True)
        ]
        Image.fromarray(np.hstack(off).clip(0, 255).astype(np.uint8)).save(
            wanted.picture
        )


if __name__ == "__main__":
    main()
