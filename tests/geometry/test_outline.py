"""Outlines of heads: found where they are clear, believed nowhere else."""

import functools

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.outline import DIRECTIONS, OUTLINES, Outline, guides_of
from morphkit.geometry.outline.controls import OutlineControls, outline_controls
from morphkit.geometry.outline.guides import _places
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.morph.settings import MorphSettings
from morphkit.morph.symmetrise import symmetrise
from morphkit.pixels import ONE, RenderJob, Source, blend_nodes, render

WIDTH, HEIGHT = 360, 400
EYES = np.array([[150.0, 190.0], [210.0, 190.0]])
STILL = Similarity.identity()


SPOTS = Template(
    "spots",
    ("left", "right", "nose", "mouth", "chin"),
    mirror=(1, 0, 2, 3, 4),
    eyes=((0,), (1,)),
)
MARKS = Landmarks(SPOTS, np.array([*EYES.tolist(), (180, 225), (180, 255), (180, 290)]))


@functools.cache
def portrait(
    top: float = 130.0, wide: float = 95.0, *, busy: float = 0.0
) -> np.ndarray:
    """Return a head of dark hair on shoulders; its outline is half an ellipse."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    u, v = x - 180, y - 190
    head = np.where(v < 0, (u / wide) ** 2 + (v / top) ** 2 < 1, np.abs(u) < wide)
    head &= v < 110
    skin = (u / 66) ** 2 + ((v - 25) / 90) ** 2 < 1
    body = (v > 100) & (np.abs(u) < 60 + 1.2 * (v - 100))
    rng = np.random.default_rng(5)
    picture = np.full((HEIGHT, WIDTH, 3), (196.0, 200.0, 204.0)) - y[..., None] / 20
    if busy:  # things in the colours of the head, behind and beside it
        parts = gaussian_filter(rng.standard_normal((HEIGHT, WIDTH)), busy) > 0
        picture[parts] = (52, 40, 34)
        other = gaussian_filter(rng.standard_normal((HEIGHT, WIDTH)), busy) > 0.7 / busy
        picture[other] = (215, 172, 150)
    picture[body] = (60, 70, 130)
    picture[head] = (52, 40, 34)
    picture[skin] = (215, 172, 150)
    picture += rng.normal(0, 3, picture.shape)
    return np.clip(np.rint(gaussian_filter(picture, (0.7, 0.7, 0))), 0, 255).astype(
        np.uint8
    )


def on_ellipse(points: np.ndarray, top: float, wide: float) -> np.ndarray:
    """Return how far points above the eyes lie off the outline of `portrait`, px."""
    u, v = (points - [180.0, 190.0]).T
    return np.abs(np.hypot(u / wide, v / top) - 1) * np.hypot(u, v)


@functools.cache
def _found(key: bytes, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    photo = np.frombuffer(key, np.uint8).reshape(shape)
    return tuple(OUTLINES["grabcut"].find(photo, EYES))


def found(photo: np.ndarray, eyes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Find a foreground; once for each photograph, for it takes a second."""
    assert (eyes == EYES).all()
    return _found(photo.tobytes(), photo.shape)


GRABCUT = Outline(found, "as it is")


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTLINES)
def test_a_head_before_a_plain_background_is_found(name):
    photo = portrait()
    masks = OUTLINES[name].find(photo, EYES)
    assert len(masks) >= 2
    guides = guides_of([photo], [masks], [EYES], [STILL])
    assert guides.shares[0] > 0.9
    above = np.abs(DIRECTIONS) < 88
    assert on_ellipse(guides.ends[0], 130, 95)[above].max() < 2.0  # a reduced pixel


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTLINES)
def test_chance_and_threads_have_no_say(name):
    find = OUTLINES[name].find
    photo = portrait()[::2, ::2]
    one = find(photo, EYES / 2)
    cv2.setRNGSeed(4711)
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        two = find(photo.astype(np.uint16) * 257, EYES / 2)
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)


def disc(radius: float, scale: float = 0.5) -> np.ndarray:
    """Return a mask of half the size: a disc around the middle of the eyes."""
    y, x = np.mgrid[: round(HEIGHT * scale), : round(WIDTH * scale)]
    at = (np.stack([x, y], axis=-1) + 0.5) / scale - 0.5
    return np.hypot(*np.moveaxis(at - EYES.mean(axis=0), -1, 0)) < radius


def split(radius: float) -> np.ndarray:
    """Return a photograph that is dark within a disc."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    inside = np.hypot(x - 180, y - 190) < radius
    return np.where(inside[..., None], 40, 200).astype(np.uint8).repeat(3, axis=2)


def test_edges_lie_where_masks_end():
    guides = guides_of([split(110)], [[disc(110), disc(110)]], [EYES], [STILL])
    away = guides.ends[0] - EYES.mean(axis=0)
    assert guides.shares == (1.0,)
    np.testing.assert_allclose(np.hypot(*away.T), 110, atol=1.2)
    turn = np.degrees(np.arctan2(away[:, 0], -away[:, 1]))
    np.testing.assert_allclose(turn, DIRECTIONS, atol=1e-6)


def test_a_turned_and_enlarged_photograph_is_followed():
    """Directions turn with the head, so that the same places belong together."""
    move = Similarity(1.5 * np.cos(0.3), 1.5 * np.sin(0.3), 20.0, -11.0)
    masks = [[disc(110), disc(110)]]
    here = guides_of([split(110)], masks, [EYES], [STILL]).ends[0]
    there = guides_of([split(110)], masks, [EYES], [move]).ends[0]
    np.testing.assert_allclose(there, move(here), atol=1e-9)


@pytest.mark.parametrize(
    ("masks", "photo"),
    [
        ([disc(110), disc(117)], split(110)),  # 0.12 eye distances apart
        ([disc(110), disc(110)], np.full((HEIGHT, WIDTH, 3), 90, np.uint8)),
        ([disc(400), disc(400)], split(110)),  # beyond the photograph
        ([disc(20), disc(20)], split(20)),  # within the face
    ],
    ids=["assumptions disagree", "no contrast", "never ends", "too near"],
)
def test_what_is_not_believed(masks, photo):
    guides = guides_of([photo], [masks], [EYES], [STILL])
    assert not guides.used
    assert guides.shares == (0.0,)


def test_a_strand_of_hair_is_bridged():
    """One direction stands out by more than a head can: its neighbours say more."""
    strand = disc(110)
    middle = EYES.mean(axis=0) / 2
    tip = _places(np.array([2.9]), DIRECTIONS[[7]], EYES)[0] / 2
    with_strand = strand.astype(np.uint8)
    cv2.line(
        with_strand,
        tuple(np.rint(middle).astype(int).tolist()),
        tuple(np.rint(tip).astype(int).tolist()),
        1,
        5,
    )
    photo = split(110)
    photo[cv2.resize(with_strand, (WIDTH, HEIGHT)) > 0] = 40
    guides = guides_of([photo], [[with_strand.astype(bool)] * 2], [EYES], [STILL])
    assert guides.shares[0] == pytest.approx(1 - 3 / len(DIRECTIONS))
    away = guides.ends[0] - EYES.mean(axis=0)
    assert len(away) == len(DIRECTIONS)
    np.testing.assert_allclose(np.hypot(*away.T), 110, atol=1.2)


def test_directions_must_be_believed_in_all_photographs():
    half = disc(110)
    y, x = np.mgrid[: half.shape[0], : half.shape[1]]
    right = x > EYES[:, 0].mean() / 2 + 4
    odd = [disc(110), np.where(right & (y < 140), disc(130), disc(110))]
    whole = [disc(110), disc(110)]
    guides = guides_of([split(110)] * 2, [whole, odd], [EYES] * 2, [STILL] * 2)
    assert guides.shares[0] == 1.0
    assert 0.3 < guides.shares[1] < 0.6
    assert not guides.used


def apart(faces: list[Face], guides) -> float:
    """Return the mean difference of both, warped to the middle."""
    mesh = correspond(
        [face.landmarks for face in faces],
        [STILL, STILL],
        warp=WARPS["tps"],
        size=(WIDTH, HEIGHT),
        guides=guides,
    ).correspondence
    half = blend_nodes(list(mesh.frame_nodes), (ONE // 2, ONE // 2))
    ends = [
        render(
            RenderJob(
                [Source(face.image)], [n], half, mesh.triangles, [ONE], size=mesh.size
            )
        )
        for face, n in zip(faces, mesh.photo_nodes, strict=True)
    ]
    return float(np.abs(ends[0].astype(int) - ends[1])[:180].mean())


@pytest.mark.slow
def test_outlines_meet_and_are_told():
    faces = [Face(portrait(top, wide), MARKS) for top, wide in ((130, 95), (160, 112))]
    guided = outline_controls(faces, [STILL] * 2, GRABCUT, size=(WIDTH, HEIGHT))
    (note,) = guided.findings
    assert (note.code, note.severity) == ("outline", "note")
    assert len(guided.ends[0]) == note.value >= 12
    without, with_outline = apart(faces, ()), apart(faces, guided.ends)
    assert with_outline < 0.45 * without
    assert outline_controls(faces, [STILL] * 2, None, size=(WIDTH, HEIGHT)).ends == ()


@pytest.mark.slow
@pytest.mark.parametrize("busy", [3.0, 16.0])
def test_a_busy_background_is_not_believed(busy):
    """Things in the colours of hair and skin: an edge may be that of the face."""
    photo = portrait(busy=busy)
    guides = guides_of([photo], [found(photo, EYES)], [EYES], [STILL])
    assert not guides.used
    assert guides.shares[0] < 0.5


@pytest.mark.slow
def test_a_head_that_is_not_clear_of_its_background_is_refused_and_told():
    dark = portrait().copy()
    dark[(dark > 150).all(axis=2)] = (52, 40, 34)
    faces = [Face(photo, MARKS) for photo in (portrait(), dark)]
    guided = outline_controls(faces, [STILL] * 2, GRABCUT, size=(WIDTH, HEIGHT))
    (warning,) = guided.findings
    assert guided.ends == ()
    assert (warning.code, warning.severity) == ("outline-unsure", "warning")
    assert "photograph 2 (" in warning.message


def unasked(faces: list[Face], outline: Outline) -> OutlineControls:
    """Return the control points that are used without being asked for."""
    still = [STILL] * len(faces)
    return outline_controls(faces, still, outline, size=(WIDTH, HEIGHT), asked=False)


def by_radius(*radii: float) -> Outline:
    """Return what finds discs around the eyes, in the order of the photographs."""
    left = iter(radii)
    return Outline(lambda _photo, _eyes: (disc(radius := next(left)), disc(radius)), "")


def test_heads_that_are_not_alike_are_laid_upon_each_other_only_if_asked_for():
    """60 px between the eyes: means 121.7 and 132.3, and .56 and .74 of it away."""
    for radii, alike in (((105, 105, 155), True), ((110, 110, 177), False)):
        faces = [Face(split(radius), MARKS) for radius in radii]
        told = unasked(faces, by_radius(*radii))
        (finding,) = told.findings
        assert finding.severity == "note"
        assert finding.code == ("outline" if alike else "outline-unsure")
        assert (len(told.ends) > 0) is alike
    assert "photograph 3 ends 0.7" in finding.message
    assert "--outline grabcut" in finding.message
    frame = {"size": (WIDTH, HEIGHT)}
    asked = outline_controls(faces, [STILL] * 3, by_radius(*radii), **frame)
    assert [f.code for f in asked.findings] == ["outline"]


def test_where_landmarks_mark_the_outline_no_point_between_them_is_added():
    """A lone point would pull the crown to a tip."""
    around = _places(np.full(15, 110 / 60), DIRECTIONS[4:19], EYES)
    names = (*SPOTS.points, *(f"hair {k}" for k in range(len(around))))
    hair = Template("hair", names, eyes=SPOTS.eyes)
    points = np.vstack([MARKS.points, around])
    faces = [Face(split(110), Landmarks(hair, points)) for _ in range(2)]
    told = unasked(faces, by_radius(110, 110))
    assert (told.ends, told.findings) == ((), ())
    frame = {"size": (WIDTH, HEIGHT)}
    asked = outline_controls(faces, [STILL] * 2, by_radius(110, 110), **frame)
    assert len(asked.ends[0]) == 8
    assert [f.code for f in asked.findings] == ["outline"]


def test_what_is_not_asked_for_is_told_by_a_note():
    faces = [Face(split(radius), MARKS) for radius in (110, 20)]
    told = unasked(faces, by_radius(110, 20))
    (note,) = told.findings
    assert (note.code, note.severity) == ("outline-unsure", "note")
    assert "photograph 2 (0% of it)" in note.message
    assert told.ends == ()


def test_a_template_without_eyes_is_told():
    blind = Template("blind", SPOTS.points)
    faces = [Face(portrait(), Landmarks(blind, MARKS.points)) for _ in range(2)]
    guided = outline_controls(faces, [STILL] * 2, GRABCUT, size=(WIDTH, HEIGHT))
    assert [f.code for f in guided.findings] == ["outline-unsure"]
    assert "does not define the eyes" in guided.findings[0].message


def test_landmarks_of_ones_own_come_first():
    """Where landmarks reach the outline, no point beside them pulls at the warp."""
    hair = Template("hair", (*SPOTS.points, "top"), eyes=SPOTS.eyes)
    points = np.vstack([MARKS.points, [180, 62]])
    faces = [Face(portrait(), Landmarks(hair, points)) for _ in range(2)]
    guided = outline_controls(faces, [STILL] * 2, GRABCUT, size=(WIDTH, HEIGHT))
    assert len(guided.ends[0]) == len(DIRECTIONS) - 1
    assert np.hypot(*(guided.ends[0] - points[-1]).T).min() > 15


@pytest.mark.slow
def test_a_symmetrised_face_stays_symmetric():
    lopsided = np.roll(portrait(), 9, axis=1)
    points = MARKS.points + np.array([9, 0])
    settings = MorphSettings(align="procrustes", refine="none", outline="grabcut")
    made = symmetrise(Face(lopsided, Landmarks(SPOTS, points)), settings=settings)
    assert "outline" in {f.code for f in made.findings}
    frame = made.frame.astype(int)
    assert np.abs(frame - frame[:, ::-1]).mean() < 0.25
