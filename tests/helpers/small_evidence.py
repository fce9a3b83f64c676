"""Evidence made by hand: a face that is sound, and faces with one defect each."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, shift

from morphkit.faces.template import Opening, Template
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.warp.mesh import regular_mesh
from morphkit.morph.trajectory import Trajectory
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks import Evidence, FrameMeasurements, View
from morphkit.quality.checks.end_agreement import compare_ends, states_of
from morphkit.quality.checks.identity_distances import IdentityDistances
from morphkit.quality.distances import Spacing
from morphkit.quality.regions import face_region
from morphkit.quality.spacing import Measure, measure_spacing

SIZE = (160, 120)
MESH = regular_mesh(SIZE, 10)
TAPS = (np.array([16384], np.int16),) * 2

#: Landmarks on an ellipse about the middle of the frame.
ANGLES = np.linspace(0, 2 * np.pi, 24, endpoint=False)
FACE_ONLY = Template(name="ellipse", points=tuple(f"p{k}" for k in range(24)), lines=())
FACE = np.array([80, 60]) + np.stack([35 * np.cos(ANGLES), 45 * np.sin(ANGLES)], 1)


def units(points: np.ndarray) -> np.ndarray:
    return np.rint(points * UNITS_PER_PIXEL).astype(np.int32)


def correspondence(**changes: Any) -> Correspondence:
    """Return a mesh at rest, both photographs of which lie in the frame as they are."""
    nodes = units(np.array([MESH.nodes, MESH.nodes]))
    parts: dict[str, Any] = {
        "size": SIZE,
        "triangles": MESH.triangles,
        "frame_nodes": nodes,
        "photo_nodes": nodes,
        "taps": TAPS,
        "landmarks": units(np.array([FACE, FACE])),
    }
    return Correspondence(**(parts | changes))


def textured(seed: int, mean: float = 130.0, spread: float = 12.0) -> np.ndarray:
    """Return a grey frame with fine grain."""
    noise = np.random.default_rng(seed).normal(0, spread, (SIZE[1], SIZE[0], 1))
    grey = np.rint(np.clip(mean + noise, 1, 254)).astype(np.uint8)
    return np.repeat(grey, 3, axis=2)


def coloured(seed: int, yellow: float = 0.0) -> np.ndarray:
    """Return a frame with grain and colours of one luma, yellower or bluer in all."""
    grain = textured(seed).astype(float)
    red, blue = np.random.default_rng(seed + 90).normal(0, 8, (2, SIZE[1], SIZE[0]))
    red, blue = red + yellow, blue - 2 * yellow
    green = -(54 * red + 19 * blue) / 183
    return (
        np.rint(grain + np.stack([red, green, blue], 2)).clip(1, 254).astype(np.uint8)
    )


def one_end_grey() -> Evidence:
    frames = [coloured(seed) for seed in range(5)]
    frames[0] = textured(0)
    return evidence(frames)


def one_end_yellow() -> Evidence:
    return evidence([coloured(seed, yellow=seed) for seed in range(5)])


def sound_frames(n: int = 5) -> list[np.ndarray]:
    """Return frames alike in light and grain."""
    return [textured(seed) for seed in range(n)]


def evidence(
    frames: list[np.ndarray] | None = None,
    mesh: Correspondence | None = None,
    photo_sizes: tuple[tuple[int, int], ...] = (SIZE, SIZE),
    levels: list[float] | None = None,
) -> Evidence:
    """Return what the checks see of some frames."""
    frames = sound_frames() if frames is None else frames
    mesh = mesh or correspondence()
    plan = (
        Trajectory.equal_steps(len(frames))
        if levels is None
        else Trajectory.through(levels)
    )
    measuring = FrameMeasurements(mesh)
    for frame, level in zip(frames, plan.levels.tolist(), strict=True):
        measuring.add(frame, level)
    return Evidence(plan, mesh, photo_sizes, measuring.scores())


def pushed(x: float, y: float, push: tuple[float, float]) -> np.ndarray:
    """Return the nodes of the mesh with the nearest one to a place pushed away."""
    nodes = MESH.nodes.copy()
    nodes[np.argmin(np.hypot(*(nodes - [x, y]).T))] += push
    return units(nodes)


def shifted_photo(shift: tuple[float, float]) -> Correspondence:
    """Return a mesh whose second photograph does not reach an edge of the frame."""
    nodes = units(MESH.nodes)
    photos = np.array([nodes, nodes + units(np.array(shift))])
    return correspondence(photo_nodes=photos)


def reduced_photo(scale: float) -> Correspondence:
    """Return a mesh whose second photograph has so many pixels per frame pixel."""
    nodes = units(MESH.nodes)
    photos = np.array([nodes, units((MESH.nodes + 0.5) * scale - 0.5)])
    return correspondence(photo_nodes=photos)


def folded() -> Evidence:
    rest = units(MESH.nodes)
    mesh = correspondence(frame_nodes=np.array([rest, pushed(50, 40, (24, 3))]))
    return evidence(mesh=mesh)


def seen(
    box: tuple[int, int, int, int], photos: tuple[np.ndarray, ...] = (), **more: Any
) -> Evidence:
    """Return evidence of images that show a part of the frame."""
    return replace(evidence(**more), view=View(FACE_ONLY, box, photo_points=photos))


def darkened() -> Evidence:
    frames = sound_frames()
    frames[2] = textured(2, mean=126.0)
    return evidence(frames)


def softened() -> Evidence:
    """One frame whose grain is coarser, not weaker."""
    frames = sound_frames()
    frames[3] = coarse(frames[3], 0.45)
    return evidence(frames)


def coarse(frame: np.ndarray, by: float) -> np.ndarray:
    """Return a frame with coarser grain of the same strength."""
    grain = gaussian_filter(frame[..., 0] - 130.0, by)
    grey = np.rint(130 + 12 * grain / grain.std()).clip(1, 254).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def sharpened() -> Evidence:
    """One frame whose grain is finer, not stronger."""
    frames = [coarse(textured(5), 0.7)] * 5
    frames[1] = textured(5)
    return evidence(frames)


def clipped() -> Evidence:
    """One frame all along, with specks of black and of white."""
    frame = textured(0)
    place = np.random.default_rng(40).uniform(size=frame.shape[:2])
    frame[place < 0.04] = 0
    frame[place > 0.97] = 255
    return evidence([frame] * 5)


#: The same face with eyes and a mouth, which is shut.
PARTS = np.array(
    [[62, 45], [70, 45], [90, 45], [98, 45], [66, 80], [80, 79.5], [94, 80], [80, 80.5]]
)
TEMPLATE = Template(
    name="small_face",
    points=tuple(f"p{k}" for k in range(len(FACE) + len(PARTS))),
    lines=(tuple(range(24)), (28, 29, 30, 31)),
    closed=(True, True),
    eyes=((24, 25), (26, 27)),
    openings=(Opening("mouth", (28, 29, 30), (28, 31, 30)),),
)
LANDMARKS = np.concatenate([FACE, PARTS])


def picture(seed: int = 3) -> np.ndarray:
    """Return a smooth picture full of edges, code values in [0, 1]."""
    noise = np.random.default_rng(seed).normal(size=(SIZE[1], SIZE[0]))
    smooth = gaussian_filter(noise, 2.0)
    return np.repeat((0.5 + 0.12 * smooth / smooth.std())[..., None], 3, 2).clip(0, 1)


def ends(second: np.ndarray, moved: tuple[float, float] = (0, 0)) -> EndAgreement:
    """Return how a picture and another match; one landmark of the other is moved."""
    other = LANDMARKS.copy()
    other[26] += moved
    mesh = correspondence(landmarks=units(np.array([LANDMARKS, other])))
    states = states_of(LANDMARKS, other, TEMPLATE)
    region = face_region(mesh)
    return compare_ends((picture(), second), region, mesh, (0, 1), states, TEMPLATE)


def ends_of(first: np.ndarray, second: np.ndarray) -> EndAgreement:
    """Return how two pictures match whose landmarks are the same."""
    mesh = correspondence(landmarks=units(np.array([LANDMARKS, LANDMARKS])))
    states = states_of(LANDMARKS, LANDMARKS, TEMPLATE)
    region = face_region(mesh)
    return compare_ends((first, second), region, mesh, (0, 1), states, TEMPLATE)


def doubled() -> EndAgreement:
    """Return ends of which one lies beside the other."""
    return ends(shift(picture(), (2.0, 3.0, 0.0), order=3, mode="nearest").clip(0, 1))


def with_a_mole() -> EndAgreement:
    """Return ends with a mole at another place of the skin in each."""
    return replace(sound_ends(), spot=0.08, spot_places=((70.0, 60.0), (76.0, 68.0)))


def with_teeth() -> EndAgreement:
    """Return ends of which one shows teeth though its landmarks are shut."""
    second = picture()
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    teeth = np.exp(-((((x - 80) / 12) ** 2 + ((y - 80) / 4) ** 2) ** 2))
    second += teeth[..., None] * (0.95 - second)
    return ends(second)


def spacings(
    pace: Callable[[float], float], *, grow: float = 1.0, jump: float = 0.0
) -> dict[str, Spacing]:
    """Return the spacing of a picture that turns into another at a pace.

    Differences grow with a power of the way; `jump` sets both ends apart.
    """
    first, change = picture() * 0.5 + 0.2, picture(9) - 0.5
    levels = (np.arange(11) / 10).tolist()

    def frame_at(level: float) -> np.ndarray:
        apart = -jump if level <= 0 else jump if level >= 1 else 0.0
        return (first + 0.3 * (pace(level) + apart) * change).clip(0, 1)

    def farther(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.abs(a - b).mean() ** grow)

    def squared(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sqrt(((a - b) ** 2).mean()))

    measures = [
        Measure(name, "u", lambda frame: frame[::4, ::4], distance)
        for name, distance in (("mean", farther), ("root", squared))
    ]
    return measure_spacing(frame_at, levels, measures)


def even(**more: Any) -> Evidence:
    """Return the evidence of a sound continuum, measured in every way."""
    found = {"spacings": spacings(lambda level: level), "ends": sound_ends()}
    return replace(evidence(), **(found | more))


@cache
def sound_ends() -> EndAgreement:
    """Return ends that are one picture."""
    return ends(picture())


def two_people() -> IdentityDistances:
    """Return distances of faces that turn from one adult into another."""
    away = np.linspace(0, 0.8, 5)
    return IdentityDistances("dlib_resnet", away, away[::-1], age_months=400.0)


def contrasted() -> Evidence:
    """Three frames without detail that the middle one has more of."""
    frames = [textured(0) for _ in range(3)]
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    wave = np.rint(13 * np.sin(x / 9) * np.sin(y / 9)).astype(int)[..., None]
    frames[1] = np.clip(frames[1].astype(int) + wave, 1, 254).astype(np.uint8)
    return evidence(frames)


def wavy(height: float) -> Callable[[float], float]:
    """Return a pace that is fast halfway; from 1/2π on it goes back at the ends."""
    return lambda level: float(level - height * np.sin(2 * np.pi * level))


def planted() -> dict[str, Evidence]:
    """Return evidence with one defect for every check."""
    return {
        "fold": folded(),
        "face-outside-frame": seen((50, 0, 160, 120)),
        "face-outside-photo": seen((0, 0, *SIZE), photos=(FACE, FACE - [60, 0])),
        "outside-photo": evidence(mesh=shifted_photo((14, 0))),
        "enlarged": evidence(mesh=reduced_photo(0.6), photo_sizes=(SIZE, (96, 72))),
        "ghosting": even(ends=doubled()),
        "doubled-spot": even(ends=with_a_mole()),
        "opening-state": even(ends=with_teeth()),
        "landmark-error": even(ends=ends(picture(), (4.0, 3.0))),
        "grey-end": one_end_grey(),
        "colour-cast": one_end_yellow(),
        "luminance-drift": darkened(),
        "contrast-drift": contrasted(),
        "detail-loss": softened(),
        "detail-gain": sharpened(),
        "clipping": clipped(),
        "spacing-uneven": even(spacings=spacings(wavy(0.05))),
        "edge-steps": even(spacings=spacings(lambda t: t, jump=0.05)),
        "not-monotone": even(spacings=spacings(wavy(0.24))),
        "not-additive": even(spacings=spacings(lambda t: t, grow=1.3)),
        "identity": even(identity=two_people()),
    }
