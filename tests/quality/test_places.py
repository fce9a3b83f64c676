"""Findings of one kind are told once, and seen where they are."""

import math
from dataclasses import replace

import numpy as np
import pytest
import small_evidence as small

from morphkit._core.finding import Finding
from morphkit.morph.trajectory import Trajectory
from morphkit.quality.checks import (
    CHECKS,
    FindingKind,
    Place,
    Sight,
    check,
    kind_of,
    place_of,
)
from morphkit.quality.checks.made_elsewhere import MADE_ELSEWHERE
from morphkit.quality.groups import group_findings


def no_frame(step):
    raise AssertionError(f"step {step} is not looked at")


BLIND = Sight(no_frame, small.TEMPLATE)


def moving(by):
    """Return a mesh whose second end lies beside the first."""
    nodes = np.array([small.MESH.nodes, small.MESH.nodes + by])
    faces = np.array([small.LANDMARKS, small.LANDMARKS + by])
    return small.correspondence(
        frame_nodes=small.units(nodes), landmarks=small.units(faces)
    )


def seen(finding, evidence, frames=None, template=small.TEMPLATE):
    sight = BLIND if frames is None else Sight(lambda k: frames[k - 1], template)
    return place_of(finding, evidence, sight)


# ---- groups


def test_findings_of_one_kind_are_one_group_with_the_worst_first():
    findings = [
        Finding("ghosting", "note", "a", where="c1", value=0.04),
        Finding("clipping", "warning", "b", where="c2", value=0.03),
        Finding("ghosting", "warning", "c", where="c3", value=0.09),
        Finding("ghosting", "note", "d", where="c2", value=0.05),
        Finding("fold", "error", "e", where="c1", value=2.0),
    ]
    groups = group_findings(findings)
    assert [g.code for g in groups] == ["fold", "ghosting", "clipping"]
    doubled = groups[1]
    assert [f.message for f in doubled.findings] == ["c", "d", "a"]
    assert doubled.counts == {"warning": 1, "note": 2}
    assert doubled.said_counts() == "1 warning, 2 notes"
    assert doubled.continua == ("c3", "c2", "c1")
    assert doubled.severity == "warning"
    kept = [f for g in groups for f in g.findings]
    assert sorted(kept, key=id) == sorted(findings, key=id)


def test_departures_to_both_sides_are_ranked_by_size():
    drifts = [
        Finding("contrast-drift", "note", "", where="up", value=0.06),
        Finding("contrast-drift", "note", "", where="down", value=-0.09),
    ]
    assert group_findings(drifts)[0].worst.where == "down"


def test_what_records_how_images_were_made_comes_last_and_decides_nothing():
    findings = [
        Finding("opening", "note", "", where="c1", value=2.0),
        Finding("fold-removed", "note", "", where="c1", value=0.2),
        Finding("fold-removed", "note", "", where="c2", value=1.4),
        Finding("detail-gain", "note", "", where="c2", value=0.3),
    ]
    groups = group_findings(findings)
    found = [(g.code, g.decides, len(g.findings)) for g in groups]
    assert found == [
        ("detail-gain", True, 1),
        ("fold-removed", True, 1),
        ("opening", False, 1),
        ("fold-removed", False, 1),
    ]
    assert groups[1].worst.where == "c2"


def test_a_warning_always_decides():
    for code in (*CHECKS, *MADE_ELSEWHERE):
        assert kind_of(code).decides(Finding(code, "warning", "", value=0.0))
    assert not FindingKind(recorded=math.inf).decides(Finding("x", "note", ""))


@pytest.mark.parametrize("code", [*CHECKS, *MADE_ELSEWHERE])
def test_every_kind_has_a_name_and_a_remedy_where_it_decides(code):
    kind = kind_of(code)
    assert kind.title
    assert kind.remedy or kind.recorded == math.inf
    assert kind.title[0].islower()
    assert not kind.remedy.endswith(".")


def test_a_code_that_nobody_knows_is_its_own_name():
    (group,) = group_findings([Finding("many-steps", "warning", "9 images")])
    assert (group.title, group.remedy, group.decides) == ("many-steps", "", True)
    assert place_of(group.worst, small.evidence(), BLIND) is None


# ---- places


def test_a_named_place_follows_the_mesh_from_the_step_it_is_named_at():
    evidence = small.evidence(mesh=moving((8.0, -4.0)))
    said = "the mesh folds: 2 triangles around (60, 50) at step 2; check"
    place = seen(Finding("fold", "error", said), evidence)
    assert place.step == 2
    path = np.array(place.marks)
    assert path[1] == pytest.approx([60, 50])
    share = np.arange(5)[:, None] / 4 - 0.25
    assert path == pytest.approx(np.array([60, 50]) + share * [8, -4], abs=0.01)


def test_levels_of_their_own_for_the_shape_move_the_mark():
    evidence = small.evidence(mesh=moving((8.0, -4.0)))
    held = Trajectory(evidence.trajectory.levels, False, shape_levels=np.full(5, 0.5))
    said = "the mesh folds: 2 triangles around (60, 50) at step 2; check"
    place = seen(Finding("fold", "error", said), replace(evidence, trajectory=held))
    assert len(set(place.marks)) == 1


@pytest.mark.parametrize("said", ["it folds", "around (60, 50) at step 9"])
def test_without_a_place_that_there_is_nothing_is_shown(said):
    assert seen(Finding("fold", "error", said), small.evidence()) is None


def test_doubled_edges_are_seen_halfway():
    ends = replace(small.doubled(), ghosting_place=(70.0, 66.0), ghosting_shift=6.0)
    evidence = replace(small.evidence(mesh=moving((8.0, 0.0))), ends=ends)
    place = seen(Finding("ghosting", "note", ""), evidence)
    assert place.step == 3
    assert place.marks[2] == pytest.approx((70, 66), abs=0.01)
    assert place.marks[0] == pytest.approx((66, 66), abs=0.01)


def test_a_third_face_has_two_halves():
    levels = np.arange(9) / 8
    third = np.array([small.MESH.nodes] * 3)
    mesh = small.correspondence(
        frame_nodes=small.units(third),
        photo_nodes=small.units(third),
        landmarks=small.units(np.array([small.FACE] * 3)),
        taps=small.TAPS[:1] * 3,
    )
    plain = small.evidence(small.sound_frames(9))
    evidence = replace(
        plain,
        trajectory=Trajectory(levels, via=True),
        correspondence=mesh,
        ends=small.doubled(),
    )
    place = seen(Finding("ghosting", "note", ""), evidence)
    assert list(place.steps(9)) == [1, 3, 5, 7, 9]


def test_the_worst_landmark_lies_where_it_is_at_the_second_end():
    # Of a landmark that the template does not name, its place alone is known.
    ends = small.sound_ends()
    ends = replace(ends, landmark="elsewhere", landmark_place=(90.0, 45.0))
    evidence = replace(small.evidence(mesh=moving((4.0, 4.0))), ends=ends)
    place = seen(Finding("landmark-error", "warning", ""), evidence)
    assert place.marks[-1] == pytest.approx((90, 45), abs=0.01)
    assert place.marks[0] == pytest.approx((86, 41), abs=0.01)
    blank = replace(ends, landmark_place=None)
    assert (
        seen(Finding("landmark-error", "warning", ""), replace(evidence, ends=blank))
        is None
    )


def test_the_opening_that_differs_is_shown_with_its_corners():
    evidence = replace(small.evidence(mesh=moving((0.0, 0.0))), ends=small.with_teeth())
    place = seen(Finding("opening-state", "warning", ""), evidence)
    assert place.marks[2] == pytest.approx((80, 80), abs=0.1)
    assert 14 < place.reach < 28  # the mouth is 28 wide


def test_landmarks_are_found_by_their_names():
    said = 'landmarks swap places between the faces: "p26" and "p27", up to 3 px apart'
    place = seen(
        Finding("crossed-landmarks", "warning", said),
        small.evidence(mesh=moving((0.0, 2.0))),
    )
    assert place.marks[4] == pytest.approx((90, 47), abs=0.01)
    unnamed = Finding("crossed-landmarks", "warning", 'they swap: "nose", "chin"')
    assert seen(unnamed, small.evidence()) is None


def test_a_mark_of_a_measurement_lies_where_most_of_it_comes_from():
    frames = [frame.copy() for frame in small.sound_frames()]
    frames[3][40:60, 60:80] = 255
    frames[3][30:34, 90:94] = 0
    clipped = small.evidence(frames)
    (finding,) = [f for f in check(clipped) if f.code == "clipping"]
    place = seen(finding, clipped, frames)
    assert place.step == 4
    assert place.marks[3] == pytest.approx((70, 50), abs=4)

    flat = [np.full_like(frames[0], 120) for _ in range(5)]
    flat[1][70:80, 84:94] = small.textured(8)[70:80, 84:94]
    crisp = small.evidence(flat)
    said = Finding("detail-gain", "note", "the face at step 2 has more fine detail")
    assert seen(said, crisp, flat).marks[1] == pytest.approx((89, 75), abs=4)
    # What both ends have there is no gain.
    for end in (0, 4):
        flat[end][70:80, 84:94] = flat[1][70:80, 84:94]
    flat[1][36:42, 70:78] = small.textured(9)[36:42, 70:78]
    assert seen(said, crisp, flat).marks[1] == pytest.approx((74, 39), abs=4)
    softer = [flat[0].copy() for _ in range(5)]
    softer[1][70:80, 84:94] = 120
    less = Finding("detail-loss", "warning", "the face at step 2 has less")
    assert seen(less, crisp, softer).marks[1] == pytest.approx((89, 75), abs=4)


def test_uneven_steps_show_both_sides_of_the_largest_and_the_smallest():
    uneven = small.even(spacings=small.spacings(lambda level: level**2))
    plan = Trajectory.equal_steps(11)
    place = seen(
        Finding("spacing-uneven", "note", ""), replace(uneven, trajectory=plan)
    )
    said = place.steps(11)
    assert said == {
        1: "smallest step:",
        2: "to here",
        10: "largest step:",
        11: "to here",
    }
    assert place.marks == ()


def test_neighbouring_steps_are_told_apart():
    spacing = small.spacings(lambda level: level)
    primary = next(iter(spacing))
    steps = np.full(10, 1.0)
    steps[4], steps[5] = 0.5, 2.0
    uneven = small.even(spacings={primary: replace(spacing[primary], steps=steps)})
    place = seen(Finding("spacing-uneven", "note", ""), uneven)
    shown = {k: word for k, word in place.steps(11).items() if word}
    assert shown == {
        5: "smallest step:",
        6: "smallest to here, largest:",
        7: "to here",
    }


def test_drifts_show_whole_images_at_their_step():
    said = "the contrast of the face at step 3 is -9.2% off the line between the ends"
    place = seen(Finding("contrast-drift", "note", said), small.evidence())
    assert place == Place(3)
    assert list(place.steps(5)) == [1, 2, 3, 4, 5]
    beyond = Finding("contrast-drift", "note", said.replace("3", "7"))
    assert seen(beyond, small.evidence()) is None


def test_a_public_copy_has_whole_images_alone():
    blind = replace(small.evidence(), correspondence=None)
    local = Finding("fold", "error", "around (60, 50) at step 2")
    assert seen(local, blind) is None
    whole = Finding("contrast-drift", "note", "the face at step 3")
    assert seen(whole, blind) == Place(3)
