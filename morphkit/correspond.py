"""From landmarks to a frozen correspondence: align, warp, check for folds, round.

This is the half that may use any library and need not repeat bit for bit; its result
is integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from morphkit.arrays import Points
from morphkit.correspondence import Correspondence, to_nodes
from morphkit.errors import InputError
from morphkit.finding import Finding
from morphkit.landmarks import Landmarks
from morphkit.pixels import lowpass_taps
from morphkit.similarity import Similarity
from morphkit.warp import Mesh, Warp
from morphkit.warp.controls import Controls, make_controls
from morphkit.warp.untangle import untangle

#: Pixels between the nodes of the frozen mesh.
SPACING = 8


@dataclass(frozen=True)
class Matched:
    """A frozen correspondence and what is to be said about it.

    Parameters
    ----------
    correspondence : Correspondence
        For rendering.
    findings : tuple of Finding
        Merged landmarks, folds that were removed or could not be.
    """

    correspondence: Correspondence
    findings: tuple[Finding, ...]


def correspond(
    faces: Sequence[Landmarks],
    to_frame: Sequence[Similarity],
    *,
    warp: Warp,
    size: tuple[int, int],
    spacing: int = SPACING,
) -> Matched:
    """Return the frozen correspondence between the photographs of some faces.

    Exchanging the faces exchanges the ends of the result and changes no bit.

    Parameters
    ----------
    faces : sequence of Landmarks
        At least two, of one template, in the frames of their photographs.
    to_frame : sequence of Similarity
        From each photograph to the common frame.
    warp : Warp
        An entry of `morphkit.warp.WARPS`.
    size : (int, int)
        Width and height of the frame, pixels.
    spacing : int, optional
        Pixels between the nodes of the mesh.

    Raises
    ------
    InputError
        If the templates differ, or too few landmarks lie apart.
    """
    names = sorted({face.template.name for face in faces})
    if len(names) > 1:
        raise InputError(
            f"the faces have different templates: {', '.join(names)}",
            remedy="convert the landmark files to one template",
        )
    placed = [move(face.points) for face, move in zip(faces, to_frame, strict=True)]
    # One order for the arithmetic, whichever order the faces came in.
    order = sorted(range(len(placed)), key=lambda k: placed[k].tobytes())
    controls = make_controls([placed[k] for k in order], size)
    mesh = warp.mesh(controls.mean, size, spacing)
    ends, findings = _warped(mesh, controls, warp)
    findings = _merge_notes(controls, faces[0]) + findings

    back = np.argsort(order)
    in_frame = [ends[k] for k in back]
    in_photo = [
        move.inverse()(nodes) for move, nodes in zip(to_frame, in_frame, strict=True)
    ]
    return Matched(
        Correspondence(
            size=size,
            triangles=mesh.triangles,
            frame_nodes=to_nodes(np.array(in_frame)),
            photo_nodes=to_nodes(np.array(in_photo)),
            taps=tuple(
                np.array(lowpass_taps(1.0 / move.scale), dtype=np.int16)
                for move in to_frame
            ),
            landmarks=to_nodes(np.array(placed)),
        ),
        tuple(findings),
    )


def _warped(
    mesh: Mesh, controls: Controls, warp: Warp
) -> tuple[list[Points], list[Finding]]:
    """Return the nodes of every end without folds, and what that took."""
    carry = warp.fit(controls.mean, np.hstack(controls.ends))
    columns = carry(mesh.nodes)
    ends, findings = [], []
    for k in range(len(controls.ends)):
        nodes = columns[:, 2 * k : 2 * k + 2].copy()
        nodes[mesh.rim] = mesh.nodes[mesh.rim]
        result = untangle(mesh, nodes)
        ends.append(result.nodes)
        if result.where is not None:
            x, y = result.where
            done = (
                f"smoothed away, moving nodes by up to {result.moved:.1f} px"
                if result.clean
                else "which smoothing could not remove"
            )
            findings.append(
                Finding(
                    "fold-removed" if result.clean else "fold",
                    "note" if result.clean else "error",
                    f"the warp folds in {result.n_folded} of {len(mesh.triangles)} "
                    f"triangles around ({x:.0f}, {y:.0f}), {done}",
                    value=result.moved,
                )
            )
    return ends, findings


def _merge_notes(controls: Controls, face: Landmarks) -> list[Finding]:
    """Return a note about landmarks that share a control point."""
    if not controls.merged:
        return []
    names = [
        " = ".join(f'"{face.template.points[i]}"' for i in group)
        for group in controls.merged
    ]
    return [
        Finding(
            "merged-landmarks",
            "note",
            f"landmarks at one place share one control point: {', '.join(names)}",
            value=float(sum(len(group) - 1 for group in controls.merged)),
        )
    ]
