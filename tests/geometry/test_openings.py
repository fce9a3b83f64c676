"""Mouths and eyes that open: what is tied, what is covered, what is seen."""

from dataclasses import replace

import numpy as np
import pytest
from repository import LANDMARKS

from morphkit.errors import InputError
from morphkit.faces.formats import read_landmarks
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.openings import (
    around,
    is_open,
    openness,
    outline,
    resolve_openings,
    widen_shut_eyes,
)
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.pixels import (
    ONE,
    RenderJob,
    Source,
    blend_nodes,
    cover_of,
    render,
    render_samples,
)
from morphkit.pixels.backend import native
from morphkit.pixels.spec import encode_table

TEMPLATE = builtin_template("ibug_68")
MOUTH = next(o for o in TEMPLATE.openings if o.name == "mouth")


def face(gap: float) -> Landmarks:
    """Return a face of 200 px with a mouth of width 60 that is open by `gap` px."""
    rng = np.random.default_rng(5)
    points = rng.uniform(20, 180, (68, 2))
    points[:17] = [(20 + 10 * k, 190 - abs(8 - k) * 10) for k in range(17)]
    for opening, x, y, width, height in (
        (MOUTH, 70, 140, 60, gap),
        (TEMPLATE.openings[1], 50, 80, 30, 12),
        (TEMPLATE.openings[2], 120, 80, 30, 12),
    ):
        n = len(opening.upper)
        for k in range(n):
            inner = 0 < k < n - 1
            at = x + width * k / (n - 1)
            points[opening.upper[k]] = at, y - height / 2 * inner
            points[opening.lower[k]] = at, y + height / 2 * inner
    # Outer lips around the inner ones, nothing else near.
    ring = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    points[48:60] = np.column_stack(
        [100 - 42 * np.cos(ring), 140 - (14 + gap / 2) * np.sin(ring)]
    )
    points[17:27] = [(40 + 12 * k, 60) for k in range(10)]
    points[27:36] = [(96 + k, 85 + 4 * k) for k in range(9)]
    return Landmarks(TEMPLATE, points)


def test_every_built_in_opening_lies_on_its_template():
    templates = {name: builtin_template(name) for name in builtin_templates()}
    # Five or seven points are no edges.
    without = {name for name, t in templates.items() if not t.openings}
    assert without == {"dlib_5", "webmorph_7"}
    for template in templates.values():
        if template.name in without:
            continue
        assert {o.name for o in template.openings} == {
            "mouth",
            "image-left eye",
            "image-right eye",
        }
        for opening in template.openings:
            mirrored = {template.mirror[i] for i in opening.upper}
            assert any(mirrored == set(o.upper) for o in template.openings)


def test_infants_have_the_openings_of_the_68_points_and_more_points_along_them():
    infant = builtin_template("infant_170")
    for ours, denser in zip(TEMPLATE.openings, infant.openings, strict=True):
        for few, many in ((ours.upper, denser.upper), (ours.lower, denser.lower)):
            assert tuple(i for i in many if i < 68) == few
            assert len(many) > len(few)
        ring = [*denser.upper, *denser.lower[-2:0:-1]]
        assert any({*ring} == {*line} for line in infant.lines)
    both = [
        read_landmarks(LANDMARKS / "infant" / f"maja_{label}.json")
        for label in ("happy", "distressed")
    ]
    assert resolve_openings(both).tied == infant.openings[1:]  # eyes that shut


def test_webmorph_definition_gives_its_mouth(shared):
    from morphkit.faces.formats.template_json import read_template

    template = read_template(shared / "webmorph/tem_defs/frl.json")
    (mouth,) = template.openings
    assert mouth.upper == (87, 94, 95, 96, 97, 98, 93)
    assert mouth.lower == (87, 99, 100, 101, 102, 103, 93)


@pytest.mark.parametrize(
    ("gap", "open_"), [(-4, False), (0, False), (3, False), (5, True), (30, True)]
)
def test_openness_is_signed_height_over_width(gap, open_):
    points = face(gap).points
    assert openness(points, MOUTH) == pytest.approx(gap / 60)
    assert is_open(points, MOUTH) is open_
    turned = Similarity(0.6, 0.8, 3.0, -7.0)(points)
    assert openness(turned, MOUTH) == pytest.approx(gap / 60)


def test_opening_with_uneven_edges_is_refused():
    with pytest.raises(InputError, match="edges of the opening"):
        Opening("mouth", (0, 1, 2), (0, 3, 4))
    with pytest.raises(InputError, match="edges of the opening"):
        Opening("mouth", (0, 1, 2), (0, 3, 5, 2))


def test_only_what_differs_is_settled():
    for gaps in ((0, 1), (20, 30)):
        same = resolve_openings([face(gap) for gap in gaps])
        assert same.tied == ()
        assert same.insides == ((), ())
        for points, gap in zip(same.points, gaps, strict=True):
            np.testing.assert_array_equal(points, face(gap).points)
    shut, wide = face(2.0), face(20.0)
    settled = resolve_openings([shut, wide])
    assert settled.tied == (MOUTH,)
    assert [len(found) for found in settled.insides] == [0, 1]
    upper, lower = (settled.points[0][list(e)] for e in (MOUTH.upper, MOUTH.lower))
    np.testing.assert_array_equal(upper, lower)
    np.testing.assert_allclose(upper[1:-1, 1], 140)
    np.testing.assert_array_equal(settled.points[1], wide.points)


def test_outline_passes_through_the_landmarks():
    wide = face(20.0).points
    found = outline(wide, MOUTH)
    for i in {*MOUTH.upper, *MOUTH.lower}:
        assert np.hypot(*(found - wide[i]).T).min() < 1e-9
    x, y = found.T
    area = 0.5 * abs(x @ np.roll(y, 1) - y @ np.roll(x, 1))
    # Between the rhombus-like polygon through the points and the box around it.
    assert 60 * 20 * 0.6 < area < 60 * 20


def test_cover_counts_samples_exactly():
    # A square from the centre of pixel (2, 3) to that of (5, 7): a quarter, halves, 1.
    square = np.array([[2, 3], [5, 3], [5, 7], [2, 7]], np.int32) * 256
    cover = cover_of([square], (9, 10))
    expected = np.zeros((10, 9))
    expected[3:8, 2:6] = 1
    expected[[3, 7], 2:6] /= 2
    expected[3:8, [2, 5]] /= 2
    np.testing.assert_array_equal(cover, np.floor(expected * 32767 + 0.5))


def test_cover_agrees_with_an_independent_rasteriser():
    from skimage.draw import polygon2mask

    rng = np.random.default_rng(2)
    for _ in range(5):
        outline_px = rng.uniform(-5, 45, (7, 2))
        cover = cover_of([np.rint(outline_px * 256).astype(np.int32)], (40, 30))
        fine = polygon2mask((30 * 8, 40 * 8), (outline_px[:, ::-1] + 0.5) * 8 - 0.5)
        share = fine.reshape(30, 8, 40, 8).mean(axis=(1, 3))
        assert np.abs(cover / 32767 - share).mean() < 0.004


def test_cover_is_softened_and_stays_in_the_picture():
    square = np.array([[-9, -9], [4, -9], [4, 30], [-9, 30]], np.int32) * 256
    taps = (4096, 8192, 4096)
    soft = cover_of([square], (12, 8), taps)
    hard = cover_of([square], (12, 8)).astype(int)
    assert soft[4, 4] == (hard[4, 3] + 2 * hard[4, 4] + hard[4, 5] + 2) // 4
    assert (soft[:, 0] == 32767).all()
    assert not soft[:, 8:].any()
    assert not cover_of([], (3, 2)).any()
    assert not cover_of([square - 40 * 256], (12, 8)).any()


def scene():
    """Return a red photo, a blue one with a cover, and a mesh that moves neither."""
    red = np.zeros((20, 20, 3), np.uint8)
    red[..., 0] = 200
    blue = np.zeros((20, 20, 3), np.uint8)
    blue[..., 2] = 100
    square = np.array([[5, 5], [15, 5], [15, 15], [5, 15]], np.int32) * 256
    corners = np.array([[-512, -512], [6000, -512], [6000, 6000], [-512, 6000]])
    triangles = [[0, 1, 2], [0, 2, 3]]
    return red, blue, cover_of([square], (20, 20)), corners, triangles


@pytest.mark.parametrize("weights", [(8192, 8192), (12288, 4096), (-4000, 20384)])
def test_inside_a_cover_its_photo_is_seen_alone(weights):
    red, blue, cover, corners, triangles = scene()
    sources = [Source(red), Source(blue, cover=cover)]
    frame = render(
        RenderJob(sources, [corners] * 2, corners, triangles, weights, size=(20, 20))
    )
    plain = render(
        RenderJob(
            [Source(red), Source(blue)],
            [corners] * 2,
            corners,
            triangles,
            weights,
            size=(20, 20),
        )
    )
    np.testing.assert_array_equal(frame[7:13, 7:13], blue[7:13, 7:13])
    np.testing.assert_array_equal(frame[:4], plain[:4])
    exchanged = render(
        RenderJob(
            sources[::-1],
            [corners] * 2,
            corners,
            triangles,
            weights[::-1],
            size=(20, 20),
        )
    )
    np.testing.assert_array_equal(exchanged, frame)


@pytest.mark.parametrize("weight", [1, 2, 700, 2048, 4095, 4096, 4097, 9000, 16383])
@pytest.mark.parametrize("covering", [0, 1])
def test_what_one_photo_shows_alone_fades_in(weight, covering):
    """Its share of the blend is weight / 4096, so that nothing jumps near an end."""
    whole = np.full((4, 4), 32767, np.int16)
    photos = [np.full((4, 4, 3), code, np.uint8) for code in (0, 255)]
    if covering == 0:
        photos.reverse()
    weights = [16384 - weight, 16384 - weight]
    weights[covering] = weight
    sources = [
        Source(photo, cover=whole if k == covering else None)
        for k, photo in enumerate(photos)
    ]
    corners = np.array([[-128, -128], [896, -128], [896, 896], [-128, 896]], np.int32)
    light = render_samples(
        RenderJob(
            sources,
            [corners] * 2,
            corners,
            np.array([[0, 1, 2], [0, 2, 3]], np.int32),
            weights,
            size=(4, 4),
            sampling="bicubic",
            detail="plain",
        )
    )
    share = min(weight / 4096, 1.0)
    # The white photo covers; presence is rounded to 1/16384.
    np.testing.assert_allclose(light, 32767 * share, atol=32767 * 3e-4)


def test_covers_that_are_alike_change_nothing():
    red, blue, cover, corners, triangles = scene()
    frames = [
        render(
            RenderJob(
                [Source(red, cover=c), Source(blue, cover=c)],
                *([corners] * 2, corners, triangles, (5000, 11384)),
                size=(20, 20),
            )
        )
        for c in (cover, None)
    ]
    np.testing.assert_array_equal(*frames)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize(
    ("sampling", "shaded"), [("bicubic", True), ("bilinear", False)]
)
@pytest.mark.parametrize("share", [-3000, 900, 8192, 14000])
@pytest.mark.parametrize("behind", [None, 0, 2])
def test_covers_are_alike_in_both_implementations(
    n, sampling, shaded, share, behind, monkeypatch
):
    if native() is None:
        pytest.skip("the C extension is not built")
    rng = np.random.default_rng(n)
    sources = []
    for _ in range(n):
        shape = np.rint(rng.uniform(-5, 55, (6, 2)) * 256).astype(np.int32)
        photo = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        taps = (2000, 12384, 2000)
        sources.append(Source(photo, cover=cover_of([shape], (50, 40), taps)))
    around = np.array(
        [[-2000, -2000], [14000, -2000], [14000, 12000], [-2000, 12000], [6000, 5000]]
    )
    nodes = [around + rng.integers(-900, 900, around.shape) for _ in range(n)]
    triangles = [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]
    weights = {2: [share, 16384 - share], 3: [share, 5000, 11384 - share]}[n]

    def frames() -> list[np.ndarray]:
        return [
            render(
                RenderJob(
                    sources,
                    nodes,
                    around,
                    triangles,
                    weights,
                    size=(50, 40),
                    sampling=sampling,
                    shaded=shaded,
                    behind=behind,
                    detail=detail,
                )
            )
            for detail in (("plain", "level") if n == 2 else ("plain",))
        ]

    fast = frames()
    monkeypatch.setattr("morphkit.pixels.rendering.native", lambda: None)
    for one, two in zip(fast, frames(), strict=True):
        np.testing.assert_array_equal(one, two)


def lost_behind_lids(other: float) -> float:
    """Return the share of light that is lost behind lids at a share of the other."""
    lost = 0.3 * other + 0.7 * other**2
    return lost + (1 - lost) * other**6


@pytest.mark.parametrize("weight", [4096, 8192, 12288, 16000])
@pytest.mark.parametrize("scale", ["light", "code"])
@pytest.mark.parametrize("behind", [None, 0, 2])
def test_what_one_photo_shows_alone_is_in_the_shade(weight, scale, behind):
    """It loses a part of its light that grows with the other's weight.

    In meshes that do not say what is behind, half of the square of that weight; behind
    others what lids take.
    """
    photos = [np.full((4, 4, 3), code, np.uint8) for code in (40, 255)]
    covers = [None, np.full((4, 4), 32767, np.int16)]
    corners = np.array([[-128, -128], [896, -128], [896, 896], [-128, 896]], np.int32)
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    scene = ([corners] * 2, corners, triangles, [16384 - weight, weight])
    sources = [
        Source(photo, scale=scale, cover=cover)
        for photo, cover in zip(photos, covers, strict=True)
    ]
    how = {"size": (4, 4), "shaded": True, "behind": behind}
    light = render_samples(RenderJob(sources, *scene, **how))
    other = 1 - weight / 16384
    lost = {
        None: other**2 / 2,
        0: 0.35 * (other + other**2),
        2: lost_behind_lids(other),
    }
    left = 1 - lost[behind] if scale == "light" else 1.0
    np.testing.assert_allclose(light, 32767 * left, atol=3)
    bright = render_samples(RenderJob(sources, *scene, size=(4, 4)))
    np.testing.assert_array_equal(bright, 32767)
    # Where both show it, covers agree and nothing is shaded.
    sources = [Source(photo, scale=scale, cover=covers[1]) for photo in photos]
    both = [
        render_samples(RenderJob(sources, *scene, **(how | {"shaded": shaded})))
        for shaded in (True, False)
    ]
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("scale", ["light", "code"])
def test_what_is_behind_lasts_longer(scale, parts):
    """Covers come up over a quarter of the way; over an eighth where uncovered."""
    photos = [np.full((4, 4, 3), code, np.uint8) for code in (0, 255)]
    covers = [None, np.full((4, 4), 32767, np.int16)]
    sources = [
        Source(photo, scale=scale, cover=cover)
        for photo, cover in zip(photos, covers, strict=True)
    ]
    corners = np.array([[-128, -128], [896, -128], [896, 896], [-128, 896]], np.int32)
    weight = 1024 * parts
    job = RenderJob(
        sources,
        [corners] * 2,
        corners,
        np.array([[0, 1, 2], [0, 2, 3]]),
        [16384 - weight, weight],
        size=(4, 4),
        shaded=True,
        behind=1,
    )
    light = render_samples(job)[..., 0] / 32767
    other = 1 - parts / 16
    lost = lost_behind_lids(other), 0.35 * (other + other**2)
    lids, before = (1 - one if scale == "light" else 1.0 for one in lost)
    # The first triangle, and the second.
    lasting, fading = lids * min(parts / 2, 1), before * parts / 4
    np.testing.assert_allclose(light[0, 3], lasting, atol=1e-3)
    np.testing.assert_allclose(light[3, 0], fading, atol=1e-3)
    with pytest.raises(InputError, match="0 to 2, the number of triangles"):
        replace(job, behind=3)


def test_covers_of_another_size_are_refused():
    with pytest.raises(InputError, match="cover: a cover of int16"):
        Source(np.zeros((4, 5, 3), np.uint8), cover=np.ones((5, 4), np.int16))


def test_a_mouth_opens_from_nothing_and_shows_one_inside():
    """The closed face is green, the open one grey with a white inside."""
    shut, wide = face(2.0), face(24.0)
    green = np.full((200, 200, 3), (0, 160, 0), np.uint8)
    grey = np.full((200, 200, 3), 90, np.uint8)
    inside = cover_of([np.rint(outline(wide.points, MOUTH) * 256).astype(np.int32)],
                      (200, 200))  # fmt: skip
    grey[inside > 0] = 255
    identity = [Similarity.identity()] * 2
    matched = correspond([shut, wide], identity, warp=WARPS["tps"], size=(200, 200))
    assert [f.code for f in matched.findings if f.code == "opening"] == ["opening"]
    mesh = matched.correspondence
    sources = prepare_sources(mesh, [green, grey])
    area = []
    for level in (0.0, 0.25, 0.5, 0.75, 1.0):
        frame = render_frame(mesh, sources, level)
        # The inside is white in the shade of the lips: what light is left of it.
        light = 1 - 0.35 * ((1 - level) + (1 - level) ** 2)
        code = int(encode_table("light")[round(32767 * light)])
        white = (np.abs(frame.astype(int) - code) <= 30).all(axis=2)
        area.append(int(white.sum()) if level else 0)
        if 0.25 <= level < 1:
            places = blend_nodes(list(mesh.landmarks), integer_weights(level)) / 256
            middle = places[list(MOUTH.upper + MOUTH.lower)].mean(axis=0)
            x, y = np.rint(middle).astype(int)
            np.testing.assert_allclose(frame[y, x], [code] * 3, atol=1)
            # Outside of the mouth both faces are mixed: neither white nor pure grey.
            assert frame[10, 100, 1] > frame[10, 100, 0] > 0
    assert area[0] == 0
    assert (np.diff(area) > 100).all()
    assert sum(integer_weights(0.3)) == ONE


def moved_beside(edge_of, by: str, gaps: tuple[float, float]) -> np.ndarray:
    """Return how far a flow of 6 px moves nodes within 3 px of an edge.

    Landmarks are placed by one, or by two, one for each face.
    """
    grey = np.random.default_rng(8).integers(0, 256, (34, 34), dtype=np.uint8)
    coarse = np.kron(grey, np.ones((6, 6), np.uint8))
    photos = [np.repeat(coarse[y : y + 190, :190, None], 3, axis=2) for y in (0, 6)]
    faces = [
        replace(face(gap), placement=Placement(by=one))
        for gap, one in zip(gaps, by.split() * (2 // len(by.split())), strict=True)
    ]
    far = []
    for refinement in (None, REFINEMENTS["flow"]):
        mesh = correspond(
            faces,
            [Similarity.identity()] * 2,
            warp=WARPS["tps"],
            size=(190, 190),
            photos=photos,
            refinement=refinement,
        ).correspondence
        far.append(mesh.frame_nodes[0][: 26 * 26] / 256)
    edge = edge_of(np.mean([one.points for one in faces], axis=0))
    near = np.linalg.norm(far[0][:, None] - edge, axis=2).min(axis=1) < 3
    assert near.sum() > 4
    return np.linalg.norm(far[1] - far[0], axis=1)[near]


@pytest.mark.parametrize(
    ("by", "gaps", "least", "most"),
    [
        ("hand", (24, 24), 1.5, 2.3),
        ("render", (24, 24), 1.5, 2.3),
        ("detector", (24, 24), 2.5, 3.1),
        ("propagated", (24, 24), 2.5, 3.1),
        ("unknown", (24, 24), 2.5, 3.1),
        ("hand", (24, 0), 0.3, 2.0),
        ("detector", (24, 0), 0.3, 2.0),
    ],
)
def test_lips_have_more_room_where_both_mouths_are_open(by, gaps, least, most):
    """What is behind lips that one face closes looks like lips, so these stay.

    Where all are open they may move by as much as the error of who placed them.
    """
    moved = moved_beside(lambda points: outline(points, MOUTH), by, gaps)
    assert least < moved.max() < most


@pytest.mark.parametrize(
    ("by", "least", "most"),
    [
        ("hand", 0.3, 0.5),
        ("render", 0.3, 0.5),
        ("hand render", 0.3, 0.5),
        ("detector", 2.5, 3.1),
        ("hand detector", 2.5, 3.1),
        ("detector hand", 2.5, 3.1),
    ],
)
def test_outer_lips_stay_where_they_were_placed_with_care(by, least, most):
    """What is behind lips that part pulls at their inner edges, and at these too."""
    lips = around(face(24).points, TEMPLATE, MOUTH)
    assert len(lips) == 1
    for point in face(24).points[48:60]:
        assert np.linalg.norm(lips[0] - point, axis=1).min() < 1e-9
    moved = moved_beside(
        lambda points: around(points, TEMPLATE, MOUTH)[0], by, (24, 24)
    )
    assert least < moved.max() < most


@pytest.mark.parametrize("by", ["hand", "detector"])
def test_lids_that_are_open_in_both_faces_have_the_room_of_an_edge(by):
    """The larger one is for lips, behind which something moves."""
    eye = TEMPLATE.openings[1]
    moved = moved_beside(lambda points: outline(points, eye), by, (24, 24))
    assert 0.6 < moved.max() < 1.0


def narrow_shut_eyes(by: str) -> tuple[Landmarks, Landmarks]:
    """Return a face with open eyes, and with shut ones that are three quarters wide."""
    open_eyes = face(24)
    points = open_eyes.points.copy()
    for eye, inner in ((TEMPLATE.openings[1], 80.0), (TEMPLATE.openings[2], 120.0)):
        lids = sorted({*eye.upper, *eye.lower})
        points[lids, 0] = inner + 0.75 * (points[lids, 0] - inner)
        points[lids, 1] = 80 + 0.1 * (points[lids, 0] - inner)
    return open_eyes, Landmarks(TEMPLATE, points, Placement(by=by))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("by", ["detector", "hand"])
def test_shut_eyes_of_a_detector_are_as_wide_as_open_ones(by, turned):
    both = narrow_shut_eyes(by)
    move = Similarity(0.8, 0.6, 30.0, -40.0) if turned else Similarity.identity()
    faces = [replace(one, points=move(one.points)) for one in both]
    mesh = correspond(
        faces, [move.inverse()] * 2, warp=WARPS["tps"], size=(200, 200)
    ).correspondence
    found, drawn = mesh.landmarks[1] / 256, both[1].points
    for eye, inner in ((TEMPLATE.openings[1], 80), (TEMPLATE.openings[2], 120)):
        lids = [*eye.upper, *eye.lower]
        along = found[lids, 0] - inner
        np.testing.assert_allclose(found[lids, 1], 80 + 0.1 * along, atol=0.01)
        whole = both[0].points[lids, 0] - inner
        wanted = whole * (np.cos(np.arctan(0.1)) if by == "detector" else 0.75)
        np.testing.assert_allclose(along, wanted, atol=0.01)
    others = [k for k in range(68) if not 36 <= k < 48]
    np.testing.assert_allclose(found[others], drawn[others], atol=0.01)


def test_shut_eyes_stay_where_other_landmarks_are_in_the_way():
    both = narrow_shut_eyes("detector")
    points = both[1].points.copy()
    points[17] = (49.0, 77.0)  # a brow beside the outer corner of an open eye
    faces = [both[0], Landmarks(TEMPLATE, points, both[1].placement)]
    opened = resolve_openings(faces)
    moved = widen_shut_eyes(opened.points, opened, [False, True])
    still = np.linalg.norm(moved[1] - points, axis=1) < 1e-9
    assert still[36:42].all()
    assert not still[45]
    np.testing.assert_array_equal(moved[0], both[0].points)
