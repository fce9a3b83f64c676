"""From landmarks to a frozen correspondence: align, warp, check for folds, round.

Whatever a node depends on is computed in a fixed order, so that it is the same on every
machine (``docs/correspondence_specification.md``); the result is integers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image, Points
from morphkit._core.finding import Finding
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence.frozen_mesh import Correspondence, to_nodes
from morphkit.geometry.correspondence.lids import follow_lids, reach_corners
from morphkit.geometry.correspondence.lips import follow_teeth
from morphkit.geometry.correspondence.lower_jaw import darkest_place
from morphkit.geometry.correspondence.openings import (
    JAW,
    Openings,
    around,
    is_open,
    outline,
    resolve_openings,
    widen_shut_eyes,
)
from morphkit.geometry.correspondence.refine import refine_ends
from morphkit.geometry.correspondence.refinements import Refinement
from morphkit.geometry.correspondence.reveal import Sheets, plain_sheets
from morphkit.geometry.correspondence.tongue import tongue_points
from morphkit.geometry.correspondence.uncover import added_up, uncover
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import Mesh, Warp
from morphkit.geometry.warp.controls import Controls, make_controls
from morphkit.geometry.warp.mesh import regular_mesh
from morphkit.geometry.warp.unfold import UnfoldResult, unfold
from morphkit.pixels import Source, lowpass_taps

#: Pixels between the nodes of the frozen mesh.
SPACING = 8
#: Pixels by which merged landmarks may lie apart at an end: the noise of manual
#: placement on closed lips.
CROSSED = 3.0
#: Standard deviation of the soft edge of openings, as a fraction of the face's height.
FEATHER = 0.0025
#: Error of landmarks on the edge of an opening, as a fraction of the face's height: a
#: refinement moves nothing across the edge by more than this.
SLACK = 0.01
#: The same for mouths that are open in every face. What lies behind lips is then seen
#: in all, and cannot be drawn over them: tongues and gums find each other, where they
#: do not move as rigidly as `tongue_points` has it, or detected lips lie off.
OPEN_SLACK = 0.06
#: The same where lips were placed with care, and for their outer edges then.
CARE_SLACK, LIP_SLACK = 0.02, 0.005
#: Such placements.
PRECISE = frozenset({"hand", "render"})


@dataclass(frozen=True)
class MatchedFaces:
    """A frozen correspondence and the findings about it.

    Parameters
    ----------
    correspondence : Correspondence
        For rendering.
    findings : tuple of Finding
        Merged landmarks, folds that were removed or could not be.
    alone : tuple of tuple of str, optional
        For each photograph, the openings that its `insides` outline, in that order.
    """

    correspondence: Correspondence
    findings: tuple[Finding, ...]
    alone: tuple[tuple[str, ...], ...] = ()


def correspond(
    faces: Sequence[Landmarks],
    to_frame: Sequence[Similarity],
    *,
    warp: Warp,
    size: tuple[int, int],
    spacing: int = SPACING,
    photos: Sequence[Image] = (),
    refinement: Refinement | None = None,
    twins: Sequence[tuple[int, int]] = (),
    guides: Sequence[Points] = (),
    holes: bool = True,
    sums: npt.NDArray[np.float64] | None = None,
) -> MatchedFaces:
    """Return the frozen correspondence between the photographs of some faces.

    Swapping the faces swaps the ends of the result and changes no bit.

    Parameters
    ----------
    faces : sequence of Landmarks
        At least two, of one template, in the frames of their photographs.
    to_frame : sequence of Similarity
        From each photograph to the common frame.
    warp : Warp
        An entry of `WARPS`.
    size : (int, int)
        Width and height of the frame, pixels.
    spacing : int, optional
        Pixels between the nodes of the mesh.
    photos : sequence of ndarray, shape (H, W, 3), optional
        The photographs, needed by a refinement.
    refinement : Refinement, optional
        An entry of `REFINEMENTS`; None matches the landmarks alone.
    twins : sequence of (int, int), optional
        Faces that are mirror images of each other in the frame.
    guides : sequence of ndarray, shape (P, 2), optional
        Additional control points of the warp for every face, in the common frame:
        corresponding points that have no name.
    holes : bool, optional
        Whether lids and lips uncover what lies behind them (see `uncover`). Sums with
        shares below 0 may open wider than what was seen behind.
    sums : ndarray, shape (A, K), optional
        Shares of the K faces in what is drawn instead of them: holes are made for these
        sums, and what lies between them.

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
    n_landmarks = len(faces[0].points)
    faces = follow_teeth(reach_corners(faces, photos), photos)
    opened = resolve_openings(faces)
    placed = widen_shut_eyes(
        [m(points) for m, points in zip(to_frame, opened.points, strict=True)],
        opened,
        [face.placement.by == "detector" for face in faces],
    )
    placed = _on_lids(placed, opened, faces, to_frame, photos)
    taps = [lowpass_taps(1.0 / move.scale) for move in to_frame]
    # A fixed order of arithmetic, whatever the order of the faces.
    order = sorted(range(len(placed)), key=lambda k: _order_key(placed, photos, k))
    beyond = guides or [np.empty((0, 2))] * len(placed)
    tongues = tongue_points(
        [faces[k] for k in order],
        [placed[k] for k in order],
        [photos[k] for k in order] if photos else [],
    )
    controls = make_controls(
        [
            np.concatenate([placed[k], beyond[k], tongue])
            for k, tongue in zip(order, tongues, strict=True)
        ],
        size,
    )
    if refinement is not None and len(photos) != len(faces):
        raise InputError(
            f"{len(photos)} photographs for {len(faces)} faces",
            remedy="a refinement needs one photograph per face",
        )
    if refinement is None:
        mesh = warp.mesh(controls.mean, size, spacing)
    else:
        mesh = regular_mesh(size, spacing)
    ends, findings = _unfold_ends(mesh, _warped(mesh, controls, warp))
    mean = fixed_order.mean(np.array([placed[k] for k in order]))
    mean_outline = {o.name: outline(mean, o) for o in opened.tied}
    if refinement is not None:
        finer = refine_ends(
            mesh,
            ends,
            [Source(photos[k], taps=taps[k]) for k in order],
            [to_frame[k] for k in order],
            refinement=refinement,
            size=size,
            ignore=[mean_outline[o.name] for o in opened.tied if o.name in JAW],
            hold=[mean_outline[o.name] for o in opened.tied if o.name not in JAW],
            keep=_kept_edges(faces, opened, mean),
            twins=[(order.index(a), order.index(b)) for a, b in twins],
        )
        ends, more = _unfold_ends(mesh, finer)
        findings += more
    findings = (
        _opening_notes(opened)
        + _hidden_notes(faces)
        + _merge_notes(controls, placed, faces[0])
        + findings
    )

    shares = None if sums is None else sums[:, order]
    sheets = plain_sheets(mesh, ends)
    if holes:
        sheets = uncover(
            mesh,
            ends,
            opened,
            [faces[k] for k in order],
            [placed[k] for k in order],
            [photos[k] for k in order] if photos else [],
            shares,
        )
    back = np.argsort(order)
    in_frame = _in_frame(sheets, shares)[back]
    in_photo = [
        move.inverse()(sheets.ends[k]) for move, k in zip(to_frame, back, strict=True)
    ]
    if len(sheets.jaw):
        opened = _blended_with_dark(in_photo, sheets.jaw, opened, faces, photos)
    return MatchedFaces(
        Correspondence(
            size=size,
            triangles=sheets.drawn,
            frame_nodes=to_nodes(in_frame),
            photo_nodes=to_nodes(np.array(in_photo)),
            taps=tuple(np.array(one, dtype=np.int16) for one in taps),
            landmarks=to_nodes(np.array(placed)[:, :n_landmarks]),
            insides=tuple(
                tuple(to_nodes(inside) for inside in photo) for photo in opened.insides
            ),
            feathers=tuple(_feather(face) for face in faces),
            behind=sheets.n_behind,
        ),
        tuple(findings),
        tuple(tuple(opening.name for opening in seen) for seen in opened.open),
    )


def _blended_with_dark(
    in_photo: Sequence[Points],
    jaw: npt.NDArray[np.intp],
    opened: Openings,
    faces: Sequence[Landmarks],
    photos: Sequence[Image],
) -> Openings:
    """Let closed mouths show a dark place for what lies behind lips, in `in_photo`.

    No photograph is then seen alone there: the outlines of mouths are taken out.
    """
    for k, (face, photo) in enumerate(zip(faces, photos, strict=True)):
        if any(o.name in JAW and o not in opened.open[k] for o in opened.tied):
            in_photo[k][jaw] = darkest_place(photo, face, opened.insides[k])
    kept = [[o.name not in JAW for o in seen] for seen in opened.open]
    return replace(
        opened,
        open=tuple(
            tuple(compress(seen, keep))
            for seen, keep in zip(opened.open, kept, strict=True)
        ),
        insides=tuple(
            tuple(compress(there, keep))
            for there, keep in zip(opened.insides, kept, strict=True)
        ),
    )


def _in_frame(
    sheets: Sheets, sums: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float64]:
    """Return the nodes of every end in the frame, (K, N, 2).

    Ends are moved by the least that gives sums their nodes, if there are sums.
    """
    ends = np.array(sheets.ends)
    if sums is None or not sheets.sums:
        return ends
    off = np.array(sheets.sums) - added_up(sums, ends)
    return np.asarray(ends + added_up(fixed_order.pseudo_inverse(sums), off))


def _on_lids(
    placed: Sequence[Points],
    opened: Openings,
    faces: Sequence[Landmarks],
    to_frame: Sequence[Similarity],
    photos: Sequence[Image],
) -> list[Points]:
    """Return landmarks in the frame with the shut lids of detectors on their lines."""
    found = list(placed)
    for k, photo in enumerate(photos):
        if faces[k].placement.by != "detector":
            continue
        shut = [one for one in opened.tied if one not in opened.open[k]]
        before = to_frame[k].inverse()(placed[k])
        after = follow_lids(before, shut, photo)
        moved = (after != before).any(axis=1)
        found[k] = np.where(moved[:, None], to_frame[k](after), placed[k])
    return found


def _kept_edges(
    faces: Sequence[Landmarks], opened: Openings, mean: Points
) -> list[tuple[Points, float]]:
    """Return the edges of openings that landmarks place, and their error, pixels."""
    height = float(np.ptp(mean, axis=0).max())
    precise = all(face.placement.by in PRECISE for face in faces)
    kept = []
    for opening in faces[0].template.openings:
        is_jaw = opening.name in JAW
        open_in_all = all(is_open(face.points, opening) for face in faces)
        if not open_in_all and not (is_jaw and opening in opened.tied):
            continue
        slack = SLACK
        if is_jaw and open_in_all:
            slack = CARE_SLACK if precise else OPEN_SLACK
            if precise:
                lips = around(mean, faces[0].template, opening)
                kept += [(edge, LIP_SLACK * height) for edge in lips]
        kept.append((outline(mean, opening), slack * height))
    return kept


def _order_key(
    placed: Sequence[Points], photos: Sequence[Image], k: int
) -> tuple[bytes, bytes]:
    """Return the sort key that fixes the order of arithmetic."""
    return placed[k].tobytes(), photos[k].tobytes() if photos else b""


def _warped(mesh: Mesh, controls: Controls, warp: Warp) -> list[Points]:
    """Return the positions to which the warp moves the nodes in every end."""
    carry = warp.fit(controls.mean, np.hstack(controls.ends))
    columns = carry(mesh.nodes)
    ends = [columns[:, 2 * k : 2 * k + 2].copy() for k in range(len(controls.ends))]
    for nodes in ends:
        nodes[mesh.rim] = mesh.nodes[mesh.rim]
    return ends


def _unfold_ends(
    mesh: Mesh, ends: Sequence[Points]
) -> tuple[list[Points], list[Finding]]:
    """Return the unfolded nodes of every end, and findings about the folds."""
    results = [unfold(mesh, nodes) for nodes in ends]
    return [result.nodes for result in results], [
        fold_finding(mesh, result) for result in results if result.n_folded
    ]


def fold_finding(mesh: Mesh, result: UnfoldResult) -> Finding:
    """Return the finding about folds."""
    x, y = result.where or (0.0, 0.0)
    far = f"up to {result.moved:.1f}" if result.moved >= 0.05 else "less than 0.1"
    done = (
        f"removed by smoothing, which moved nodes by {far} px"
        if result.clean
        else "which smoothing could not remove"
    )
    return Finding(
        "fold-removed" if result.clean else "fold",
        "note" if result.clean else "error",
        f"the warp folds in {result.n_folded} of {len(mesh.triangles)} triangles "
        f"around ({x:.0f}, {y:.0f}), {done}",
        value=result.moved,
    )


def _feather(face: Landmarks) -> npt.NDArray[np.int16]:
    """Return the filter that softens the outlines of openings in a photograph."""
    sigma = FEATHER * float(np.ptp(face.points, axis=0).max())
    # The filter of a reduction by this factor has just this standard deviation.
    return np.array(lowpass_taps(math.sqrt(1.0 + 4.0 * sigma * sigma)), dtype=np.int16)


def _opening_notes(opened: Openings) -> list[Finding]:
    """Return a note about openings that open or close between the faces."""
    if not opened.tied:
        return []
    names = ", ".join(opening.name for opening in opened.tied)
    return [
        Finding(
            "opening",
            "note",
            f"open in one face and closed in the other: {names}; the inside is taken "
            "from the open face alone",
            value=float(len(opened.tied)),
        )
    ]


def _hidden_notes(faces: Sequence[Landmarks]) -> list[Finding]:
    """Return a note about landmarks that are hidden in some of the photographs."""
    hidden = sorted(set().union(*(face.hidden for face in faces)))
    if not hidden:
        return []
    points = faces[0].template.points
    names = ", ".join(f'"{points[i]}"' for i in hidden[:8])
    more = f" and {len(hidden) - 8} more" if len(hidden) > 8 else ""
    return [
        Finding(
            "hidden-landmarks",
            "note",
            f"hidden in a photograph: {names}{more}; their places there are taken from "
            "the visible landmarks",
            value=float(sum(len(face.hidden) for face in faces)),
        )
    ]


def _merge_notes(
    controls: Controls, placed: Sequence[Points], face: Landmarks
) -> list[Finding]:
    """Return the findings about landmarks that share a control point.

    They coincide in the mean shape. Where they lie apart at an end, they have swapped
    places between the ends, which is usually a mistake.
    """
    found = []
    for crossed in (True, False):
        groups = [
            g for g in controls.merged if (_separation(placed, g) > CROSSED) == crossed
        ]
        if not groups:
            continue
        names = ", ".join(
            " = ".join(f'"{face.template.points[i]}"' for i in group)
            for group in groups
        )
        n_lost = sum(len(group) - 1 for group in groups)
        if crossed:
            apart = max(_separation(placed, group) for group in groups)
            said = (
                f"landmarks swap places between the faces: {names}, up to "
                f"{apart:.1f} px apart; they share one control point, so check that "
                "they are not swapped in one face"
            )
            found.append(Finding("crossed-landmarks", "warning", said, value=apart))
        else:
            said = f"coincident landmarks share one control point: {names}"
            found.append(Finding("merged-landmarks", "note", said, value=float(n_lost)))
    return found


def _separation(placed: Sequence[Points], group: Sequence[int]) -> float:
    """Return twice the largest distance of landmarks from their mean in any end."""
    ends = np.array([points[list(group)] for points in placed])
    off = ends - ends.mean(axis=1, keepdims=True)
    return 2 * float(np.sqrt((off**2).sum(axis=2)).max())
