"""How well real photographs meet in the middle, and what the frames then look like.

Usage: python benchmarks/real_pairs.py [--pairs 001 002 …] [--pictures DIR]

For the ten neutral-smiling pairs in shared/data/london beside the repository (CC-BY
4.0, DeBruine & Jones 2017), per pair and in the mean, with landmarks alone ("before")
and with the default refinement ("after"):

- NCC of both photographs warped to the middle, band-passed between 1.5 and 8 px, in
  the face and around the mouth; once as a whole, once where both photographs show the
  same, since teeth behind lips that are closed in the other have nothing to agree with;
- along the frames (mean of levels 0.25, 0.5, 0.75), inside the face: detail (energy
  above 1.5 px, relative to the line between the ends), mean luminance relative to that
  line, and ghosting: the mean absolute difference of both warped photographs weighted
  by 4·t·(1 - t), in code values;
- what the checks measure halfway: the index of ghosting and a doubled spot of the skin,
  percent, the measure of openings whose landmarks agree, and the worst landmark,
  percent of the eye distance (a mesh without refinement has all in place).

With --pictures, strips of the mouth and of the eyes at full size.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from morphkit.faces.detectors import detect
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import ALIGNMENTS, align_set
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS
from morphkit.geometry.warp import WARPS
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.settings import Rendering
from morphkit.pixels import ONE, RenderJob, Source, blend_nodes, cover_of, render
from morphkit.quality.checks.end_agreement import compare_ends, states_of
from morphkit.quality.regions import face_region

LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london"
SIZE = (1350, 1350)
LEVELS = (0.25, 0.5, 0.75)
NAMES = (
    "face", "mouth", "face both", "mouth both", "detail", "luminance", "ghosting",
    "index", "spot", "openings", "landmark",
)  # fmt: skip


def luma(frame: np.ndarray) -> np.ndarray:
    """Return the luma of a frame."""
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float64)


def band(frame: np.ndarray) -> np.ndarray:
    """Return what of a frame is between 1.5 and 8 px."""
    grey = luma(frame)
    return cv2.GaussianBlur(grey, (0, 0), 1.5) - cv2.GaussianBlur(grey, (0, 0), 8)


def ncc(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """Return the normalised cross-correlation of two frames in a mask."""
    x, y = (band(frame)[mask] for frame in (a, b))
    return float(np.corrcoef(x, y)[0, 1])


def hull(points: np.ndarray, grow: int = 1) -> np.ndarray:
    """Return the mask of the hull of points, grown."""
    mask = np.zeros(SIZE[::-1], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(points).astype(np.int32)), 1)
    return cv2.dilate(mask, np.ones((grow, grow), np.uint8)) > 0


def alone(mesh: Correspondence, nodes: np.ndarray) -> np.ndarray:
    """Return where in a frame only one photograph shows what is there."""
    found = np.zeros(SIZE[::-1], bool)
    for k, outlines in enumerate(mesh.insides):
        if outlines:
            cover = cover_of(outlines, SIZE, mesh.feathers[k].tolist())
            grey = np.repeat((cover >> 7).astype(np.uint8)[..., None], 3, axis=2)
            frame = warped(mesh, Source(grey, scale="code"), k, nodes)
            found |= frame[..., 0] > 20
    return cv2.dilate(found.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0


def warped(
    mesh: Correspondence, source: Source, end: int, nodes: np.ndarray
) -> np.ndarray:
    """Return one photograph warped to nodes of the frame."""
    return render(
        RenderJob(
            [source], [mesh.photo_nodes[end]], nodes, mesh.triangles, [ONE], size=SIZE
        )
    )


def checked(
    mesh: Correspondence, faces: list[Landmarks], pair: tuple[np.ndarray, np.ndarray]
) -> list[float]:
    """Return what the checks measure on both photographs, warped halfway."""
    template = faces[0].template
    states = states_of(faces[0].points, faces[1].points, template)
    found = compare_ends(pair, face_region(mesh), mesh, (0, 1), states, template)
    return [
        100 * found.ghosting, 100 * found.spot,
        max(found.openings.values(), default=0.0), found.landmark_error or 0.0,
    ]  # fmt: skip


def measure(
    mesh: Correspondence, faces: list[Landmarks], photos: list[np.ndarray], detail: str
) -> list[float]:
    """Return the figures of a pair."""
    rendering = Rendering(detail=detail)
    sources = prepare_sources(mesh, photos, rendering)
    plain = [
        Source(photo, taps=tuple(t.tolist()))
        for photo, t in zip(photos, mesh.taps, strict=True)
    ]
    places = mesh.landmarks / 256
    ends = [render_frame(mesh, sources, float(k), rendering) for k in (0, 1)]
    hulls = [hull(points) for points in places]

    def fine(frame: np.ndarray, mask: np.ndarray) -> float:
        grey = luma(frame)
        return float(((grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[mask] ** 2).mean())

    rows, judged = [], []
    for level in LEVELS:
        share = round(level * ONE)
        nodes = blend_nodes(list(mesh.frame_nodes), (ONE - share, share))
        points = (1 - level) * places[0] + level * places[1]
        face, mouth = hull(points), hull(points[48:68], 41)
        a, b = (warped(mesh, source, k, nodes) for k, source in enumerate(plain))
        if level == 0.5:
            judged = checked(mesh, faces, (a, b))
        both = ~alone(mesh, nodes)
        frame = render_frame(mesh, sources, level, rendering)

        def line(values: list[float], level: float = level) -> float:
            return (1 - level) * values[0] + level * values[1]

        energy = line([fine(e, m) for e, m in zip(ends, hulls, strict=True)])
        light = line([luma(e)[m].mean() for e, m in zip(ends, hulls, strict=True)])
        apart = np.abs(luma(a) - luma(b))[face & both].mean()
        rows.append(
            [
                ncc(a, b, face), ncc(a, b, mouth),
                ncc(a, b, face & both), ncc(a, b, mouth & both),
                fine(frame, face) / energy, luma(frame)[face].mean() / light,
                4 * level * (1 - level) * apart,
            ]
        )  # fmt: skip
    middle = rows[LEVELS.index(0.5)]
    return [*middle[:4], *np.mean(rows, axis=0)[4:], *judged]


def strips(mesh: Correspondence, photos: list[np.ndarray], stem: Path) -> None:
    """Save mouth and eyes at nine levels."""
    rendering = Rendering(detail="level")
    sources = prepare_sources(mesh, photos, rendering)
    frames = [render_frame(mesh, sources, k / 8, rendering) for k in range(9)]
    places = (mesh.landmarks / 256).reshape(2, -1, 2)
    for name, which, spare in (
        ("mouth", slice(48, 68), 40),
        ("eyes", slice(36, 48), 30),
    ):
        points = places[:, which].reshape(-1, 2)
        low = np.maximum(points.min(axis=0).astype(int) - spare, 0)
        high = points.max(axis=0).astype(int) + spare
        cut = [frame[low[1] : high[1], low[0] : high[0]] for frame in frames]
        Image.fromarray(np.vstack(cut)).save(stem.with_name(f"{stem.name}_{name}.png"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    every = sorted(path.name[:3] for path in LONDON.glob("*_08.jpg"))
    parser.add_argument("--pairs", nargs="+", default=every)
    parser.add_argument("--pictures", type=Path)
    wanted = parser.parse_args()
    print(f"{'':<18}" + "".join(f"{name:>11}" for name in NAMES))
    found: dict[str, list[list[float]]] = {"before": [], "after": []}
    for pair in wanted.pairs:
        photos = [read_image(LONDON / f"{pair}_{end}.jpg") for end in ("03", "08")]
        faces = [detect(photo) for photo in photos]
        moves = align_set(
            faces, [SIZE] * 2, alignment=ALIGNMENTS["two_point"], size=SIZE
        )
        for name, refine, detail in (
            ("before", "none", "plain"),
            ("after", DEFAULT, "level"),
        ):
            mesh = correspond(
                faces,
                moves,
                warp=WARPS["tps"],
                size=SIZE,
                photos=photos,
                refinement=REFINEMENTS.get(refine),
            ).correspondence
            found[name].append(measure(mesh, faces, photos, detail))
            row = "".join(f"{value:11.3f}" for value in found[name][-1])
            print(f"{pair} {name:<14}{row}", flush=True)
            if wanted.pictures and name == "after":
                wanted.pictures.mkdir(parents=True, exist_ok=True)
                strips(mesh, photos, wanted.pictures / pair)
    for name, rows in found.items():
        row = "".join(f"{value:11.3f}" for value in np.mean(rows, axis=0))
        print(f"mean {name:<13}{row}")


if __name__ == "__main__":
    main()
