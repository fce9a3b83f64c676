"""How close morphs come to the truth: infants rendered at every level.

Usage: python benchmarks/ground_truth.py [--path linear|eased] [--set first|second]
       [--identities maja nilo] [--landmarks ibug_68|infant_170] [--pictures DIR]
       [--levels 0.25 0.5 0.75] [--seeds 1 2 3] [--detected] [--cells]

Needs the requirements of ``faces_generator`` beside those of morphkit. Renders the true
picture at 25, 50 and 75 % between happy and distressed (kept in output/ground_truth),
morphs the shipped ends with every setting, and prints, as means over the identities,
PSNR and SSIM inside the face, in the mouth, in the eyes and outside the face, and the
landmark error in percent of the inter-ocular distance. The plain cross-dissolve and
the common Delaunay tutorial are the baselines. On the eased path true intermediate
landmarks are not the mean of the ends.

How far any morph of two pictures can come is printed beside: the *true correspondence*
of the generator, with both ends mixed where both show a place and one alone where one
does (see ``true_correspondence.py``). Pixels that neither end shows are filled from
around, or taken from morphkit's frame, or, as a bound that no method can reach without
inventing them, from the truth. A further table says which share of the squared error in
the face lies in the mouth, in the eyes, in the skin, and in such hidden pixels; a last
one what every identity gains on the tutorial, with the gain of the true correspondence
beside it: where that is below 0 too, the tutorial's blur is nearer to what neither end
shows. Between them stands the light between the true lids, as a share of that of the
true picture: the geometric mean of the identities, the least and the most.

With ``--seeds``, infants that are shipped nowhere are drawn and rendered, ends and all;
with ``--detected``, every method gets the landmarks that the default detector finds
instead of the exact ones. ``--cells`` renders the default, the tutorial and the true
correspondence alone, and ends with every cell in which the tutorial is nearer.
"""

import argparse
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import baselines
import cv2
import numpy as np
from PIL import Image
from skimage.draw import polygon2mask
from skimage.metrics import structural_similarity

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from infant_faces import draw_identity
from true_correspondence import ceiling, true_places

from faces_generator import IDENTITIES, SETS, render_level
from faces_generator.identities import SHIPPED
from morphkit.faces.detectors import detect
from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.openings import outline
from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.morph.catchlights import sights_of
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.settings import Rendering
from tests.helpers.float_reference import decode

CACHE = ROOT / "output" / "ground_truth"
REGIONS = ("face", "mouth", "eyes", "outside")
#: Landmarks of a region; outside the face there are none among the 68.
LANDMARK_REGIONS = {
    "face": slice(None),
    "mouth": slice(48, 68),
    "eyes": slice(36, 48),
}
#: Shares of red, green and blue in luminance.
LUMA = np.array([0.2126, 0.7152, 0.0722])
Picture = np.ndarray
Method = Callable[[float], Picture]


def truth(identity: str, level: float, path: str) -> tuple[Picture, np.ndarray]:
    """Return the true picture and its 68 landmarks, rendered once and kept."""
    stem = CACHE / path / f"{identity}_{round(100 * level):02d}"
    if not stem.with_suffix(".npz").is_file():
        stem.parent.mkdir(parents=True, exist_ok=True)
        image, points, _ = render_level(identity, "happy", "distressed", level, path)
        np.savez_compressed(stem.with_suffix(".npz"), image=image, points=points)
    with np.load(stem.with_suffix(".npz")) as kept:
        return kept["image"], kept["points"]


def regions(points: np.ndarray, side: int) -> dict[str, np.ndarray]:
    """Return the masks of the regions, from the true landmarks."""

    def hull(which: list[int], grow: int) -> np.ndarray:
        mask = np.zeros((side, side), np.uint8)
        outline = cv2.convexHull(np.rint(points[which]).astype(np.int32))
        cv2.fillConvexPoly(mask, outline, 1)
        return cv2.dilate(mask, np.ones((grow, grow), np.uint8)) > 0

    face = hull(list(range(68)), 1)
    eyes = hull(list(range(36, 42)), 13) | hull(list(range(42, 48)), 13)
    return {
        "face": face,
        "mouth": hull(list(range(48, 68)), 9),
        "eyes": eyes,
        "outside": ~face,
    }


def morphkit_method(
    photos: list[Picture], faces: list[Landmarks], warp: str, refine: str, **how: str
) -> Method:
    """Return morphkit's frame at a level, with the given setting."""
    size = photos[0].shape[1], photos[0].shape[0]
    mesh = correspond(
        faces,
        [Similarity.identity()] * 2,
        warp=WARPS[warp],
        size=size,
        photos=photos,
        refinement=REFINEMENTS.get(refine),
    ).correspondence
    rendering = Rendering(**how)
    sources = prepare_sources(mesh, photos, rendering)
    return lambda level: render_frame(mesh, sources, level, rendering)


def without_openings(faces: list[Landmarks]) -> list[Landmarks]:
    """Return the same landmarks of a template that knows no mouth and eyes."""
    template = dataclasses.replace(faces[0].template, openings=())
    return [Landmarks(template, face.points) for face in faces]


def methods(
    photos: list[Picture],
    faces: list[Landmarks],
    plain: list[np.ndarray],
    *,
    few: bool = False,
) -> dict[str, Method]:
    """Return methods by name, all or few; `plain` are the 68 landmarks of both ends."""
    size = photos[0].shape[1], photos[0].shape[0]
    bordered = [baselines.with_border(points, size) for points in plain]
    triangles = baselines.triangles_of(*bordered)
    floats = [np.float32(photo) for photo in photos]
    if few:
        return {
            BASE: lambda t: baselines.tutorial_frame(*floats, *bordered, t, triangles),
            OURS: morphkit_method(photos, faces, "tps", DEFAULT),
        }
    shut = without_openings(faces)
    return {
        "cross-dissolve": lambda t: baselines.cross_dissolve(*photos, t),
        "tutorial (Delaunay)": lambda t: baselines.tutorial_frame(
            *floats, *bordered, t, triangles
        ),
        "piecewise affine": morphkit_method(photos, shut, "piecewise_affine", "none"),
        "tps": morphkit_method(photos, shut, "tps", "none"),
        "tps, openings": morphkit_method(photos, faces, "tps", "none"),
        "tps, flow": morphkit_method(photos, shut, "tps", DEFAULT),
        "tps, openings, flow": morphkit_method(photos, faces, "tps", DEFAULT),
        "the same, OpenCV's flow": morphkit_method(photos, faces, "tps", "flow"),
        "the same, srgb blend": morphkit_method(
            photos, faces, "tps", DEFAULT, blend="srgb"
        ),
    }


#: The baseline, the default setting of morphkit but for detail, and the best that both
#: ends allow.
BASE = "tutorial (Delaunay)"
OURS = "tps, openings, flow"
BEST = "true places (ceiling)"


def ceilings(
    photos: list[Picture],
    places: list,
    level: float,
    ours: Picture,
    true: Picture,
) -> tuple[dict[str, Picture], np.ndarray]:
    """Return the frames of the true correspondence, and what both ends hide."""
    best = ceiling(photos, places, level)
    frames = {
        BEST: best.filled(),
        "  hidden: as morphkit": best.with_hidden(ours),
        "  hidden: truth (bound)": best.with_hidden(true),
    }
    return frames, best.hidden


def error_shares(
    frame: Picture, true: Picture, masks: dict[str, np.ndarray], hidden: np.ndarray
) -> list[float]:
    """Return where the error in the face lies, percent; and PSNR in the skin."""
    squared = ((frame.astype(float) - true) ** 2).mean(axis=2)
    face = masks["face"]
    mouth, eyes = masks["mouth"] & face, masks["eyes"] & face
    skin = face & ~mouth & ~eyes
    parts = [100 * squared[m].sum() / squared[face].sum() for m in (mouth, eyes, skin)]
    parts.append(100 * squared[hidden & face].sum() / squared[face].sum())
    return [*parts, 10 * np.log10(255**2 / squared[skin].mean())]


def scores(frame: Picture, true: Picture, masks: dict[str, np.ndarray]) -> np.ndarray:
    """Return PSNR and SSIM of every region, shape (2, 4)."""
    squared = ((frame.astype(float) - true) ** 2).mean(axis=2)
    _, likeness = structural_similarity(frame, true, channel_axis=2, full=True)
    likeness = likeness.mean(axis=2)
    psnr = [10 * np.log10(255**2 / squared[masks[r]].mean()) for r in REGIONS]
    return np.array([psnr, [likeness[masks[r]].mean() for r in REGIONS]])


def light_in_eyes(frame: Picture, true: Picture, points: np.ndarray) -> float:
    """Return the light between the true lids, as a share of that of the truth."""
    template = builtin_template("ibug_68")
    between = np.zeros(true.shape[:2], bool)
    for eye in sights_of(template):
        between |= polygon2mask(between.shape, outline(points, eye)[:, ::-1])
    seen, wanted = (decode(one[between]).sum(axis=0) @ LUMA for one in (frame, true))
    return float(seen / wanted)


def landmark_error(ends: list[np.ndarray], true: np.ndarray, level: float) -> list:
    """Return how far landmarks of a morph lie off, percent of inter-ocular distance."""
    mean = (1 - level) * ends[0] + level * ends[1]
    away = np.linalg.norm(mean - true, axis=1)
    eyes = np.linalg.norm(true[36] - true[45])
    return [100 * away[which].mean() / eyes for which in LANDMARK_REGIONS.values()]


def picture(identity: str, ends: list[Picture], frame: Picture, true: Picture) -> Image:
    """Return ends, morph, truth and three times their difference in a row."""
    off = np.clip(np.abs(frame.astype(int) - true) * 3, 0, 255).astype(np.uint8)
    return Image.fromarray(np.hstack([ends[0], ends[1], frame, true, off]))


def print_light(light: dict[tuple[float, str], list[float]], level: float) -> None:
    """Print how much light is between the lids."""
    print("light between the lids, as a share of that of the true picture")
    for (at, name), shares in light.items():
        if at == level:
            mean = np.exp(np.log(shares).mean())
            print(f"{name:<24}{mean:6.2f}  ({min(shares):.2f} to {max(shares):.2f})")


def print_shares(
    shares: dict[tuple[float, str], list[list[float]]], level: float
) -> None:
    """Print where the squared error in the face lies."""
    print("squared error in the face: % in mouth, eyes, skin | hidden | skin in dB")
    for (at, name), rows in shares.items():
        if at == level:
            mouth, eyes, skin, hidden, psnr = np.mean(rows, axis=0)
            print(
                f"{name:<24}{mouth:6.1f}{eyes:6.1f}{skin:6.1f} |{hidden:6.1f} |"
                f"{psnr:6.2f}"
            )


def print_identities(
    found: dict[str, list[np.ndarray]], identities: list[str], levels: list[float]
) -> None:
    """Print what every identity gains on the tutorial, by level and region."""
    ours, best, base = (np.array(found[n])[:, :, 0] for n in (OURS, BEST, BASE))
    gains, most = ours - base, best - base
    print("\ngain on the tutorial, dB (in brackets that of the true correspondence)")
    heads = [f"{level:.0%} {region}" for level in levels for region in REGIONS]
    print(f"{'':<8}" + "".join(f"{head:>17}" for head in heads))
    for name, gain, bound in zip(identities, gains, most, strict=True):
        cells = zip(gain.ravel(), bound.ravel(), strict=True)
        print(f"{name:<8}" + "".join(f"{g:+9.2f} ({b:+5.1f})" for g, b in cells))
    kept = (gains >= 0).sum()
    both = ((gains < 0) & (most < 0)).sum()
    print(
        f"{kept} of {gains.size} cells are not below the tutorial; in {both} of the "
        f"{gains.size - kept} others the true correspondence is, too"
    )
    for k, i, j in np.argwhere(gains < 0):
        print(
            f"  {identities[k]}, {levels[i]:.0%}, {REGIONS[j]}: {gains[k, i, j]:+.2f} "
            f"dB; the true correspondence {most[k, i, j]:+.2f} dB"
        )


def ends_of(
    identity: str, wanted: argparse.Namespace
) -> tuple[list[Picture], list[Landmarks], list[np.ndarray]]:
    """Return photographs, landmarks and the 68 exact ones of both ends."""
    if identity not in SETS[SHIPPED]:
        shown = [truth(identity, level, wanted.path) for level in (0.0, 1.0)]
        photos, plain = [one[0] for one in shown], [one[1] for one in shown]
        known = Placement(by="render")
        template = builtin_template("ibug_68")
        faces = [Landmarks(template, points, placement=known) for points in plain]
    else:
        stems = [f"{identity}_{label}" for label in ("happy", "distressed")]
        folder = ROOT / "landmarks"
        photos = [read_image(ROOT / "source_faces" / f"{stem}.png") for stem in stems]
        exact = [read_landmarks(folder / f"{stem}.json") for stem in stems]
        if wanted.landmarks != "ibug_68":
            folder /= "infant"
        faces = [read_landmarks(folder / f"{stem}.json") for stem in stems]
        plain = [one.points for one in exact]
    if wanted.detected:
        faces = [detect(photo, where=identity) for photo in photos]
        plain = [face.points for face in faces]
    return photos, faces, plain


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", choices=("linear", "eased"), default="linear")
    parser.add_argument("--set", choices=SETS, default=SHIPPED)
    parser.add_argument("--identities", nargs="+", help="default: the whole set")
    parser.add_argument("--landmarks", default="ibug_68")
    parser.add_argument("--levels", nargs="+", type=float, default=[0.25, 0.5, 0.75])
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--detected", action="store_true")
    parser.add_argument("--cells", action="store_true")
    wanted = parser.parse_args()
    if wanted.seeds is not None:
        IDENTITIES.update({f"infant{s}": draw_identity(s) for s in wanted.seeds})
        wanted.identities = [f"infant{seed}" for seed in wanted.seeds]
    wanted.identities = wanted.identities or sorted(SETS[wanted.set])
    found: dict[str, list[np.ndarray]] = {}
    shares: dict[tuple[float, str], list[list[float]]] = {}
    light: dict[tuple[float, str], list[float]] = {}
    off = []
    for identity in wanted.identities:
        photos, faces, plain = ends_of(identity, wanted)
        every = methods(photos, faces, plain, few=wanted.cells)
        rows: dict[str, list[np.ndarray]] = {}
        for level in wanted.levels:
            true, points = truth(identity, level, wanted.path)
            masks = regions(points, true.shape[0])
            frames = {name: method(level) for name, method in every.items()}
            places = true_places(identity, level, wanted.path, true.shape[0])
            most, hidden = ceilings(photos, places, level, frames[OURS], true)
            frames |= most
            for name, frame in frames.items():
                rows.setdefault(name, []).append(scores(frame, true, masks))
                if name in (BASE, OURS, *most):
                    shares.setdefault((level, name), []).append(
                        error_shares(frame, true, masks, hidden)
                    )
                    light.setdefault((level, name), []).append(
                        light_in_eyes(frame, true, points)
                    )
            off.append(landmark_error(plain, points, level))
            if wanted.pictures and level == 0.5:
                wanted.pictures.mkdir(parents=True, exist_ok=True)
                shown = picture(identity, photos, frames[OURS], true)
                shown.save(wanted.pictures / f"{identity}.png")
        for name, values in rows.items():
            found.setdefault(name, []).append(np.array(values))
    where = ", ".join(
        f"{value:.2f} % in the {name}"
        for name, value in zip(LANDMARK_REGIONS, np.mean(off, axis=0), strict=True)
    )
    print(
        f"path {wanted.path}, landmarks {wanted.landmarks}, {len(wanted.identities)} "
        "identities; landmarks of the morphs lie off the true ones, in percent of the "
        f"inter-ocular distance, by {where}"
    )
    base = np.array(found[BASE])
    for k, level in enumerate(wanted.levels):
        print(f"\n{level:.0%}: PSNR in dB (SSIM)")
        print(
            f"{'':<24}"
            + "".join(f"{region:>16}" for region in REGIONS)
            + "   least gain on the tutorial, any region"
        )
        for name, values in found.items():
            mean = np.array(values)[:, k].mean(axis=0)
            least = (np.array(values)[:, k, 0] - base[:, k, 0]).min()
            cells = "".join(f"{p:8.2f} ({s:.3f})" for p, s in mean.T)
            print(f"{name:<24}{cells}{least:12.2f} dB")
        print_shares(shares, level)
        print_light(light, level)
    print_identities(found, wanted.identities, wanted.levels)


if __name__ == "__main__":
    main()
