"""How long a continuum takes, beside the programs that labs use today.

Usage: python benchmarks/speed.py [--rounds 5] [--skip-facemorpher]

One job: decode two photographs, make 15 frames of 1350×1350, write 15 PNG files;
landmarks known. All programs interleaved in one run, medians and ratios; one thread,
and morphkit once more with two. Beside the CPU time stand the time that passes, and the
CPU time of the first thread: what passes where two processors have nothing else to do.
"Decode, copy, encode" is what no morph can do without. A second table gives
the time of a frame alone, without reading and writing, for every setting, beside the
plain morph, and the work that is done once for a pair. Needs the ten pairs
in shared/data/london beside the repository (CC-BY 4.0, DeBruine & Jones 2017).
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import baselines
import cv2
import numpy as np

from morphkit.faces.detectors import detect
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.scene import Scene
from morphkit.morph.settings import Rendering
from morphkit.morph.trajectory import Trajectory
from morphkit.pixels import encode_png, implementation
from morphkit.pixels.backend import native

LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london"
STEPS = 15
Job = Callable[[Path, Path, Landmarks, Landmarks, Path], None]


def morphkit_job(
    sampling: str, warp: str, *, openings: bool = False, threads: int = 1
) -> Job:
    """Return the job as morphkit does it, with or without covers in mouths and eyes."""

    def job(first: Path, second: Path, a: Landmarks, b: Landmarks, out: Path) -> None:
        engine = native()
        if engine is not None:
            engine.use_threads(threads)
        photos = [read_image(first), read_image(second)]
        size = photos[0].shape[1], photos[0].shape[0]
        template = dataclasses.replace(a.template, openings=())
        plain = [Landmarks(template, face.points) for face in (a, b)]
        mesh = correspond(
            [a, b] if openings else plain,
            [Similarity.identity()] * 2,
            warp=WARPS[warp],
            size=size,
        ).correspondence
        plan = Trajectory.equal_steps(STEPS)
        scene = Scene("pair", "face", mesh, photos, plan)
        for k, frame in enumerate(scene.prepared(Rendering(sampling)).frames()):
            (out / f"{k:02d}.png").write_bytes(encode_png(frame))

    return job


def tutorial_job(
    first: Path, second: Path, a: Landmarks, b: Landmarks, out: Path
) -> None:
    """Do the job of the common OpenCV tutorial."""
    photos = [cv2.imread(str(path)) for path in (first, second)]
    size = photos[0].shape[1], photos[0].shape[0]
    pa, pb = (baselines.with_border(x.points, size) for x in (a, b))
    triangles = baselines.triangles_of(pa, pb)
    floats = [np.float32(photo) for photo in photos]
    for k in range(STEPS):
        frame = baselines.tutorial_frame(*floats, pa, pb, k / (STEPS - 1), triangles)
        cv2.imwrite(str(out / f"{k:02d}.png"), frame)


def facemorpher_job(
    first: Path, second: Path, a: Landmarks, b: Landmarks, out: Path
) -> None:
    """Do a fifteenth of the job of facemorpher (one frame of the fifteen)."""
    photos = [cv2.imread(str(path)) for path in (first, second)]
    size = photos[0].shape[1], photos[0].shape[0]
    pa, pb = (baselines.with_border(x.points, size) for x in (a, b))
    frame = baselines.facemorpher_frame(*photos, pa, pb, 0.5)
    cv2.imwrite(str(out / "00.png"), frame)


def floor_job(first: Path, second: Path, a: Landmarks, b: Landmarks, out: Path) -> None:
    """Decode, copy and encode: what no morph can do without."""
    del a, b
    photos = [read_image(first), read_image(second)]
    for k in range(STEPS):
        (out / f"{k:02d}.png").write_bytes(encode_png(photos[0].copy()))


JOBS: dict[str, tuple[Job, int]] = {
    "morphkit, tps mesh, bicubic": (morphkit_job("bicubic", "tps"), 1),
    "the same in two threads": (morphkit_job("bicubic", "tps", threads=2), 1),
    "one thread, mouths and eyes covered": (
        morphkit_job("bicubic", "tps", openings=True),
        1,
    ),
    "morphkit, tps mesh, bilinear": (morphkit_job("bilinear", "tps"), 1),
    "morphkit, piecewise affine, bicubic": (
        morphkit_job("bicubic", "piecewise_affine"),
        1,
    ),
    "common OpenCV tutorial": (tutorial_job, 1),
    "facemorpher (one frame, times 15)": (facemorpher_job, STEPS),
    "decode, copy, encode": (floor_job, 1),
}


class Seconds(NamedTuple):
    """What a job takes: of all threads, by the clock, of the first thread."""

    cpu: float
    wall: float
    first: float

    @classmethod
    def now(cls) -> "Seconds":
        """Return what the process has taken so far."""
        return cls(time.process_time(), time.perf_counter(), time.thread_time())


#: Settings by what differs from the plain morph: openings, refinement, rendering.
SETTINGS: dict[str, tuple[bool, str, Rendering]] = {
    "plain morph": (False, "none", Rendering()),
    "openings": (True, "none", Rendering()),
    "openings, flow": (True, DEFAULT, Rendering()),
    "default: openings, flow, detail": (True, DEFAULT, Rendering(detail="level")),
    "default, sRGB blend": (True, DEFAULT, Rendering(blend="srgb", detail="level")),
    "default, bilinear": (True, DEFAULT, Rendering("bilinear", detail="level")),
}


def frame_times(photos: list, faces: list[Landmarks]) -> dict[str, tuple[float, float]]:
    """Return CPU seconds of a frame, and of the work for a pair, for every setting."""
    size = photos[0].shape[1], photos[0].shape[0]
    template = dataclasses.replace(faces[0].template, openings=())
    shut = [Landmarks(template, face.points) for face in faces]
    ready, pair = {}, {}
    for name, (openings, refine, rendering) in SETTINGS.items():
        begin = time.process_time()
        mesh = correspond(
            faces if openings else shut,
            [Similarity.identity()] * 2,
            warp=WARPS["tps"],
            size=size,
            photos=photos,
            refinement=REFINEMENTS.get(refine),
        ).correspondence
        ready[name] = mesh, prepare_sources(mesh, photos, rendering), rendering
        pair[name] = time.process_time() - begin
    frames: dict[str, list[float]] = {name: [] for name in SETTINGS}
    for level in Trajectory.equal_steps(STEPS).levels[1:-1].tolist():
        for name, (mesh, sources, rendering) in ready.items():
            begin = time.process_time()
            render_frame(mesh, sources, level, rendering)
            frames[name].append(time.process_time() - begin)
    return {name: (statistics.median(frames[name]), pair[name]) for name in SETTINGS}


def print_frame_times(pairs: list[dict[str, tuple[float, float]]]) -> None:
    """Print what settings cost per frame and per pair."""
    print("\none frame, no files; then work once for a pair: CPU seconds, medians")
    for name in SETTINGS:
        frame = statistics.median(pair[name][0] for pair in pairs)
        once = statistics.median(pair[name][1] for pair in pairs)
        ratio = statistics.median(
            pair[name][0] / pair["plain morph"][0] for pair in pairs
        )
        print(f"{name:<38}{frame:8.3f} s{ratio:8.2f} ×{once:10.2f} s")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="pairs to run over")
    parser.add_argument("--skip-facemorpher", action="store_true")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    names = sorted(path.name[:3] for path in LONDON.glob("*_08.jpg"))[: wanted.rounds]
    jobs = {
        name: job
        for name, job in JOBS.items()
        if not (wanted.skip_facemorpher and name.startswith("facemorpher"))
    }
    times: dict[str, list[Seconds]] = {name: [] for name in jobs}
    alone = []
    for identity in names:
        files = LONDON / f"{identity}_03.jpg", LONDON / f"{identity}_08.jpg"
        marks = [detect(read_image(path)) for path in files]
        alone.append(frame_times([read_image(path) for path in files], marks))
        for name, (job, times_over) in jobs.items():
            with tempfile.TemporaryDirectory() as folder:
                begin = Seconds.now()
                job(*files, *marks, Path(folder))
                taken = zip(Seconds.now(), begin, strict=True)
                times[name].append(Seconds(*(times_over * (b - a) for b, a in taken)))
    print(f"pixels by: {implementation()}; {len(names)} pairs; medians of seconds,")
    print("and of what the tutorial takes times that")
    print_job_times(times)
    print_frame_times(alone)


def print_job_times(times: dict[str, list[Seconds]]) -> None:
    """Print what jobs take, beside the tutorial."""
    tutorial = times["common OpenCV tutorial"]
    print(f"{'':<38}" + "".join(f"{name:>12}       " for name in Seconds._fields))
    for name, rounds in times.items():
        cells = []
        for part in Seconds._fields:
            ours, theirs = ([getattr(s, part) for s in x] for x in (rounds, tutorial))
            ratio = statistics.median(t / o for t, o in zip(theirs, ours, strict=True))
            cells.append(f"{statistics.median(ours):8.2f} s {ratio:6.2f} ×")
        print(f"{name:<38}" + " ".join(cells))


if __name__ == "__main__":
    main()
