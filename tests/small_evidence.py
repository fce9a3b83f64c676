"""Evidence made by hand: a face that is sound, and faces with one defect each."""

from typing import Any

import numpy as np

from morphkit.correspondence import UNITS_PER_PIXEL, Correspondence
from morphkit.quality import Evidence, Measuring
from morphkit.trajectory import Trajectory
from morphkit.warp.mesh import regular_mesh

SIZE = (160, 120)
MESH = regular_mesh(SIZE, 10)
TAPS = (np.array([16384], np.int16),) * 2

#: Landmarks on an ellipse about the middle of the frame.
ANGLES = np.linspace(0, 2 * np.pi, 24, endpoint=False)
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
    measuring = Measuring(mesh)
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


def darkened() -> Evidence:
    frames = sound_frames()
    frames[2] = textured(2, mean=126.0)
    return evidence(frames)


def softened() -> Evidence:
    frames = sound_frames()
    frames[3] = textured(3, spread=8.0)
    return evidence(frames)


def clipped() -> Evidence:
    """One frame all along, with specks of black and of white."""
    frame = textured(0)
    place = np.random.default_rng(40).uniform(size=frame.shape[:2])
    frame[place < 0.04] = 0
    frame[place > 0.97] = 255
    return evidence([frame] * 5)


def planted() -> dict[str, Evidence]:
    """Return evidence with one defect for every check."""
    return {
        "fold": folded(),
        "outside-photo": evidence(mesh=shifted_photo((14, 0))),
        "enlarged": evidence(mesh=reduced_photo(0.6), photo_sizes=(SIZE, (96, 72))),
        "luminance-drift": darkened(),
        "detail-loss": softened(),
        "clipping": clipped(),
    }
