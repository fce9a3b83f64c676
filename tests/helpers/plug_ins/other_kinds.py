"""Made-up entries of the kinds that docs/extending.md does not show, each its own."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from morphkit._core.finding import Finding
from morphkit.experiment.analysis.cross_checks import CrossCheck, ExternalFit
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Ability
from morphkit.experiment.observers import Observer
from morphkit.experiment.readers import Reader
from morphkit.export.adapter import Adapter
from morphkit.faces.detectors import Detector, convert, mesh
from morphkit.faces.embeddings import Embedding
from morphkit.faces.formats import Format, builtin_template
from morphkit.faces.formats.table import fitting_template
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.align import Alignment, procrustes
from morphkit.geometry.correspondence.frozen_mesh import to_nodes
from morphkit.geometry.correspondence.refinements import Pass, Refinement
from morphkit.geometry.outline import Outline
from morphkit.morph.blend import Blend
from morphkit.morph.masks import Mask
from morphkit.morph.normalise import Matching, sets
from morphkit.psychophysics.intervals import Interval
from morphkit.quality.checks import Check
from morphkit.quality.landmark_checks import LandmarkCheck
from morphkit.quality.limits import Limit

#: Every second landmark.
HALVES = Alignment(
    fit=procrustes.fit,
    points_of=lambda landmarks: landmarks.points[::2],
    summary="every second landmark, least squares",
    in_methods="every second landmark",
)
EVENING_LIGHT = Blend(
    scale="light", summary="light, once more", in_methods="evening light"
)


def box_around(places):
    """Return the upright box around all landmarks."""
    (x0, y0), (x1, y1) = places.points.min(axis=0), places.points.max(axis=0)
    return to_nodes(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))


BOX = Mask(outline=box_around, summary="the box around the landmarks")
ALIKE = Matching(
    learn=sets.learn_luminance,
    change=sets.change_light,
    over=("frames",),
    grey=False,
    summary="mean luminance and contrast, once more",
)


def no_displacement(first, second, *, smooth, most, even=False, ignore=None, hold=None):
    """Return that nothing has to be displaced."""
    del second, smooth, most, even, ignore, hold
    return np.zeros((*first.shape[:2], 2))


STILL = Refinement(
    estimate=no_displacement,
    passes=(Pass(side=64, smooth=0.05, most=0.02),),
    summary="no displacement at all",
)


def two_discs(photo, eyes):
    """Return two discs around the eyes, one a little larger."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width]
    cx, cy = np.mean(eyes, axis=0)
    away = np.hypot(x - cx, y - cy) / np.hypot(*(eyes[1] - eyes[0]))
    return [away < 1.6, away < 1.61]


DISC = Outline(find=two_discs, summary="a disc around the eyes")


def find_faces(image):
    """Return what the mesh finds, under another name."""
    return tuple(
        Landmarks(
            builtin_template("ibug_68"),
            convert.to_ibug_68(face.points),
            replace(face.placement, detector="second_mesh"),
        )
        for face in mesh.find(image)
    )


SECOND_MESH = Detector(
    find=find_faces,
    template="ibug_68",
    any_angle=True,
    description="the face mesh once more, in the iBUG template",
    licence="Apache-2.0",
)


def read_points(text, *, template=None, size=None, pts_origin=1):
    """Return the points of a text, two numbers a line."""
    del size, pts_origin
    points = np.array([line.split() for line in text.split("\n") if line], float)
    known = fitting_template(len(points), template)
    return {"": Landmarks(known, points, Placement(by="hand"))}


def write_points(landmarks, *, size=None, pts_origin=1):
    """Return the points of one face, two numbers a line."""
    del size, pts_origin
    ((_, face),) = landmarks.items()
    return "".join(f"{x!r} {y!r}\n" for x, y in face.points.tolist())


BARE = Format(
    (".bare",), read_points, write_points, precision=0.0, about="two numbers a line"
)


def find_many_steps(evidence):
    """Find continua of more than three images."""
    n = evidence.trajectory.n_steps
    judged = evidence.judge("many-steps", n)
    if judged:
        severity, limit = judged
        yield Finding("many-steps", severity, f"{n} images", value=n, limit=limit)


def find_low_chins(faces):
    """Find faces whose lowest landmark is far down."""
    for face in faces:
        low = float(face.landmarks.points[:, 1].max())
        yield Finding("low-chin", "note", f"{low:.0f} pixels down", where=face.where)


MANY_STEPS = Check(
    find_many_steps,
    limits={"many-steps": Limit("images of a continuum", "made up", warning=3.0)},
)
LOW_CHIN = LandmarkCheck(find_low_chins)
DROWSY = Observer(lapses=0.4)


def read_pipes(path: Path):
    """Return answers that stand between pipes: participant, order, images, answer."""
    answers = []
    for line in path.read_text("utf-8").splitlines():
        participant, order, design, stimuli, response = line.split("|")
        names = tuple(stimuli.split("+"))
        answers.append(Answer(participant, int(order), names, response, design=design))
    return tuple(answers)


PIPES = Reader(read_pipes, "answers between pipes")


def write_trials(material, folder):
    """Write the trials of every list, a line each."""
    for number, trials in enumerate(material.design.lists, start=1):
        lines = [f"{'+'.join(t.stimuli)} {t.question}\n" for t in trials]
        (folder / f"list_{number}.txt").write_text("".join(lines), "utf-8")


PAPER = Adapter(
    title="paper and pencil",
    write=write_trials,
    online=False,
    abilities=frozenset(Ability) - {Ability.BALANCE_POINT},
    start="Print the lists.",
)


def describe_shape(image, points, template):
    """Return the landmarks without their place and size."""
    placed = points - points.mean(axis=0)
    return placed.ravel() / np.linalg.norm(placed)


def fit_again(library, fit):
    """Return the values that we found, with intervals around them."""
    return ExternalFit(
        pse=float(library.float64(fit.pse)),
        jnd=fit.jnd,
        pse_interval=Interval(fit.pse - 0.1, fit.pse + 0.1),
        jnd_interval=Interval(fit.jnd - 0.1, fit.jnd + 0.1),
        guess=0.0,
        lapse=0.0,
        overdispersion=0.0,
    )


SHAPE = Embedding(
    describe_shape,
    adults_only=False,
    summary="the shape of the landmarks",
    licence="MIT",
    extra="",
    library="numpy",
)
AGAIN = CrossCheck(
    load=lambda: np,
    fit=fit_again,
    summary="our own fit, once more",
    licence="MIT",
    library="numpy",
)
