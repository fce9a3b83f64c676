"""Frozen meshes of two rendered infants, by every warp and refinement.

Run as a program, it adds the nodes of this machine to ``nodes.json`` under the present
number of the correspondence specification::

    python tests/golden/correspondence/meshes.py

Nodes that stand there already are never replaced: whoever moves a node raises
``CORRESPONDENCE_SPECIFICATION`` first.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from morphkit.geometry.align import ALIGNMENTS, to_common_frame
from morphkit.geometry.correspondence import CORRESPONDENCE_SPECIFICATION, correspond
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.warp import WARPS
from morphkit.pipeline.face_files import read_face
from morphkit.pipeline.software import software_versions

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "nodes.json"
FACES = HERE.parent / "faces"
SIZE, SPACING = (64, 72), 16
#: Refinements that rest on OpenCV.
BY_OPENCV = ("flow", "wide-flow")


def meshes() -> Iterator[tuple[str, bool, Correspondence]]:
    """Yield every mesh by its name, and whether OpenCV's flow has a say in it."""
    faces = [
        read_face(
            FACES / f"ada_{label}.png",
            FACES / f"ada_{label}.json",
        )
        for label in ("happy", "distressed")
    ]
    for alignment in ALIGNMENTS:
        moves, _ = to_common_frame(faces, alignment=ALIGNMENTS[alignment], size=SIZE)
        for warp in WARPS:
            for refinement in (
                (None, *REFINEMENTS) if alignment == "two_point" else (None,)
            ):
                matched = correspond(
                    [face.landmarks for face in faces],
                    moves,
                    warp=WARPS[warp],
                    size=SIZE,
                    spacing=SPACING,
                    photos=[face.image for face in faces],
                    refinement=None if refinement is None else REFINEMENTS[refinement],
                )
                name = f"{alignment} {warp} {refinement or 'landmarks alone'}"
                yield name, refinement in BY_OPENCV, matched.correspondence


def nodes_of(mesh: Correspondence) -> list[list[int]]:
    """Return the nodes of both ends in frame and photograph, and all outlines."""
    arrays = [*mesh.frame_nodes, *mesh.photo_nodes, mesh.triangles, *mesh.taps]
    arrays += [outline for end in mesh.insides for outline in end]
    return [array.ravel().tolist() for array in arrays]


def dense_software() -> dict[str, str]:
    """Return what has a say in dense matching."""
    versions = software_versions()
    return {name: versions[name] for name in ("numpy", "opencv", "scipy", "platform")}


def add_nodes() -> str:
    """Add the nodes of new meshes, and say how many there are now."""
    golden = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.is_file() else {}
    number = str(CORRESPONDENCE_SPECIFICATION)
    part = golden.setdefault(number, {"made_with": dense_software(), "meshes": {}})
    known = part["meshes"]
    for name, _, mesh in meshes():
        known.setdefault(name, nodes_of(mesh))
    GOLDEN.write_text(json.dumps(golden, separators=(",", ":")) + "\n", "utf-8")
    return f"{len(known)} meshes under {CORRESPONDENCE_SPECIFICATION}"


if __name__ == "__main__":
    print(add_nodes())  # noqa: T201 - a program
