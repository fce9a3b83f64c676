"""Prototype, transform, symmetrise: against cases computed by hand, and as pictures."""

import dataclasses

import numpy as np
import pytest
from float_reference import decode, encode, exact_face, exact_frame
from small_faces import shipped

from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.polygon import within
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import regular_mesh, signed_areas
from morphkit.morph.clipping import find_clipping_in
from morphkit.morph.frame import prepare_sources, render_mixed
from morphkit.morph.prototype import prototype
from morphkit.morph.settings import MorphSettings, Rendering
from morphkit.morph.symmetrise import symmetrise
from morphkit.morph.transform import transform
from morphkit.pipeline.continuum import continuum
from morphkit.pixels import ONE, RenderJob, Source, blend_nodes, render, texture
from morphkit.pixels.spec import encode_table
from morphkit.pixels.texture import MAX_GAIN
from morphkit.quality.checks import face_region

SIZE = (96, 80)
#: As the faces lie, nothing but landmarks, nothing done to detail.
PLAIN = MorphSettings(align="none", refine="none", detail="plain")
POINTS = np.array(
    [[20.25, 18], [70, 21.5], [45, 40], [47.5, 55], [24, 60], [71, 63], [44, 12]]
)
SPOTS = Template("spots", tuple("abcdefg"), mirror=(1, 0, 2, 3, 5, 4, 6))


def face(codes, moved=0.0, points=POINTS) -> Face:
    """Return a photograph with given code values, and landmarks that were moved."""
    width, height = SIZE
    image = np.broadcast_to(np.asarray(codes), (height, width, 3))
    rng = np.random.default_rng(7)
    shift = moved * rng.uniform(-1, 1, points.shape)
    return Face(np.ascontiguousarray(image), Landmarks(SPOTS, points + shift))


def flat(*colour: int, moved: float = 0.0) -> Face:
    return face(np.array(colour, np.uint8), moved)


def light(*colour: int) -> np.ndarray:
    """Linear light of a colour, from the formula of IEC 61966-2-1."""
    return np.array(
        [
            c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4
            for c in colour
        ]
    )


# ---- by hand: landmarks to 1e-6 px


def test_landmarks_of_a_prototype():
    faces = [flat(9, 9, 9, moved=m) for m in (0, 1.5, -2.25)]
    made = prototype(faces, settings=PLAIN)
    expected = sum(f.landmarks.points for f in faces) / 3
    assert np.abs(made.landmarks.points - expected).max() < 1e-6
    # The frozen mesh has them in 1/256 px.
    ends = made.correspondence.landmarks / 256
    assert np.abs(ends.mean(axis=0) - expected).max() < 1 / 256


def test_landmarks_of_a_transform():
    new, source, target = (flat(9, 9, 9, moved=m) for m in (0.5, -1, 2))
    made = transform(new, [source], [target], shape=0.75, colour=0.1, settings=PLAIN)
    expected = new.landmarks.points + 0.75 * (
        target.landmarks.points - source.landmarks.points
    )
    assert np.abs(made.landmarks.points - expected).max() < 1e-6
    assert made.landmarks.template == SPOTS


def test_turning_the_head_is_no_part_of_a_difference():
    """As WebMorph's rigid normalisation: both are laid onto the subject first."""
    new, source, target = (flat(9, 9, 9, moved=m) for m in (0.5, -1, 2))
    settings = dataclasses.replace(PLAIN, align="procrustes")
    made = transform(new, [source], [target], shape=0.6, settings=settings)

    def laid(points: np.ndarray) -> np.ndarray:
        """Least squares of a, b, dx, dy over (a x - b y + dx, b x + a y + dy)."""
        onto = new.landmarks.points
        rows = []
        for x, y in points:
            rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        found = np.linalg.lstsq(np.array(rows), onto.ravel(), rcond=None)[0]
        return (np.array(rows) @ found).reshape(-1, 2)

    expected = new.landmarks.points + 0.6 * (
        laid(target.landmarks.points) - laid(source.landmarks.points)
    )
    assert np.abs(made.landmarks.points - expected).max() < 1e-6
    assert np.abs(made.landmarks.points - new.landmarks.points).max() > 0.5


@pytest.mark.parametrize("share", [1.0, 0.5, -1.0])
def test_landmarks_of_a_symmetrised_face(share):
    """x' = (w - 1) - x, each landmark in the place of its partner."""
    one = flat(9, 9, 9, moved=2)
    made = symmetrise(one, shape=share, settings=PLAIN)
    points = one.landmarks.points
    mirrored = np.array([[95 - x, y] for x, y in points[[1, 0, 2, 3, 5, 4, 6]]])
    expected = points + share / 2 * (mirrored - points)
    assert np.abs(made.landmarks.points - expected).max() < 1e-6


# ---- by hand: values to 1e-6


def test_values_of_a_prototype():
    faces = [flat(12, 200, 90), flat(240, 8, 90, moved=2), flat(100, 100, 91)]
    made = prototype(faces, settings=PLAIN)
    expected = (light(12, 200, 90) + light(240, 8, 90) + light(100, 100, 91)) / 3
    assert np.abs(exact_face(made) - expected).max() < 1e-6
    assert np.abs(made.frame - encode(expected[None])).max() <= 1


def test_values_of_a_transform():
    new, source, target = flat(90, 80, 70), flat(60, 90, 99), flat(99, 120, 61)
    made = transform(
        *(new, [source], [target]),
        colour=0.4,
        region="everywhere",
        settings=dataclasses.replace(PLAIN, difference="sum"),
    )
    expected = light(90, 80, 70) + 0.4 * (light(99, 120, 61) - light(60, 90, 99))
    assert np.abs(exact_face(made) - expected).max() < 1e-6
    assert np.abs(made.frame.astype(int) - encode(expected[None])).max() <= 1
    still = transform(new, [source], [target], shape=1, colour=0, settings=PLAIN)
    assert np.abs(exact_face(still) - light(90, 80, 70)).max() < 1e-6


def test_open_eyes_are_those_of_the_face_itself_where_one_of_the_others_is_shut():
    """A lid less an eyeball, added to another eyeball, made blue and white smears."""
    own, start, end = map(shipped, ("maja_neutral", "saga_neutral", "saga_distressed"))
    half = transform(own, [start], [end], shape=0, texture=0, settings=LOOSE)
    insides = half.correspondence.insides
    # Both eyes of the face; the mouth of the end is open alone.
    assert [len(there) for there in insides] == [2, 0, 1]
    x, y = own.landmarks.points[36:42].mean(axis=0).round().astype(int)
    eye = np.s_[y - 1 : y + 2, x - 3 : x + 4]
    assert np.abs(half.frame[eye].astype(int) - own.image[eye]).mean() < 45


@pytest.mark.slow
@pytest.mark.parametrize("name", ["maja", "yaro"])
def test_eyes_that_a_difference_shuts_show_no_eyeball(name):
    """Between lids that meet stood its squeezed remnants; of yaro no face was made."""
    own, start, end = (
        shipped(one, 2)
        for one in (f"{name}_neutral", "saga_neutral", "saga_distressed")
    )
    red, (height, width) = own.image.copy(), own.image.shape[:2]
    pixels = np.stack(np.meshgrid(range(width), range(height)), axis=-1).reshape(-1, 2)
    for eye in (own.landmarks.points[36:42], own.landmarks.points[42:48]):
        red[within(pixels.astype(float), eye).reshape(height, width)] = 255, 0, 0
    made, painted, less = (
        transform(
            Face(image, own.landmarks), [start], [end], shape=shape, settings=LOOSE
        )
        for image, shape in ((own.image, 1.0), (red, 1.0), (red, 0.3))
    )
    assert not [one for one in made.findings if one.severity == "error"]
    assert np.array_equal(painted.frame, made.frame)
    assert (less.frame.astype(int) - made.frame).max() > 100  # half open, they do
    # What shuts or opens in a sum may go past what is behind: nothing is uncovered.
    assert made.correspondence.behind == 0
    assert less.correspondence.behind
    # What surrounds the face is seen alone, and the mouth that opens; no eye is.
    assert [len(there) for there in made.correspondence.insides] == [0, 0, 1]
    assert [len(there) for there in made.correspondence.surroundings] == [1, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize(("end", "by_landmarks"), [("happy", True), ("neutral", False)])
def test_a_difference_that_opens_a_mouth_is_matched_by_landmarks(end, by_landmarks):
    """Folds of a cry, looked for on smooth skin, were drawn as cracks."""
    own, start, other = map(shipped, ("maja_neutral", "saga_neutral", f"timo_{end}"))
    made, loose = (
        transform(own, [start], [other], settings=MorphSettings(refine=refine))
        for refine in ("integer-flow", "none")
    )
    assert np.array_equal(made.frame, loose.frame) == by_landmarks


def test_a_mouth_that_a_difference_opens_is_not_black():
    """The dark of a closed mouth times any ratio is dark: smiles had black holes."""
    own, teeth = shipped("oona_neutral", 2), ("saga", "vito")
    both = [[shipped(f"{one}_{of}", 2) for one in teeth] for of in ("neutral", "happy")]
    made = transform(own, *both, settings=LOOSE)
    x, y = made.landmarks.points[[61, 62, 63, 65, 66, 67]].mean(axis=0).round()
    inside = made.frame[int(y) - 1 : int(y) + 2, int(x) - 2 : int(x) + 3]
    assert inside.max(axis=-1).mean() > 40


@pytest.mark.slow
@pytest.mark.parametrize("label", ["happy", "distressed"])
def test_dark_skin_is_not_destroyed(label):
    """The expression of lighter infants, on one of the darkest."""
    dark, light = shipped("zola_neutral"), ("maja", "saga")
    both = [[shipped(f"{name}_{of}") for name in light] for of in ("neutral", label)]
    clipped = {}
    for difference in ("ratio", "sum"):
        settings = MorphSettings(refine="none", detail="plain", difference=difference)
        made = transform(dark, *both, settings=settings)
        found = list(find_clipping_in(made.frame, made.landmarks.points))
        clipped[difference] = found[0].value if found else 0.0
    assert clipped["ratio"] == 0.0  # nothing worth a finding
    assert clipped["sum"] > 0.05


@pytest.mark.parametrize(("share", "told"), [(0.05, False), (1.0, True)])
def test_a_face_that_a_difference_bleaches_is_told(share, told):
    """As much lighter as one face is than a dark one: beyond white."""
    own, dark, light = flat(190, 170, 150), flat(60, 50, 40), flat(200, 180, 160)
    made = transform(
        *(own, [dark], [light]), colour=share, region="everywhere", settings=PLAIN
    )
    found = [one for one in made.findings if one.code == "clipping"]
    assert len(found) == told
    assert all(one.severity == "warning" and one.value == 1.0 for one in found)


def test_values_go_where_the_difference_lies():
    """A ramp that is laid on from 10 px aside is seen 10 px aside."""
    codes = (1000 + 300 * np.arange(SIZE[0]))[None, :, None].astype(np.uint16)
    new = face(codes)
    aside = face(codes, points=POINTS + np.array([10, 0]))
    settings = dataclasses.replace(PLAIN, align="procrustes", blend="srgb")
    made = transform(
        new,
        [new],
        [aside],
        shape=1,
        colour=0.25,
        region="everywhere",
        settings=settings,
    )
    x = np.arange(SIZE[0])
    expected = 0.75 * (1000 + 300 * x) + 0.25 * (1000 + 300 * np.minimum(x + 10, 95))
    found = exact_face(made, blend="srgb")[40, :, 1] * 65535
    inner = slice(3, 82)  # the cubic reaches beyond the edge, where values repeat
    assert np.abs(found - expected)[inner].max() / 65535 < 1e-6


def test_values_of_a_symmetrised_face():
    codes = (1000 + 300 * np.arange(SIZE[0]))[None, :, None].astype(np.uint16)
    points = POINTS.copy()
    points = (points + [[95 - x, y] for x, y in points[[1, 0, 2, 3, 5, 4, 6]]]) / 2
    settings = dataclasses.replace(PLAIN, blend="srgb")
    made = symmetrise(face(codes, points=points), settings=settings)
    assert (
        np.abs(exact_face(made, blend="srgb") - (1000 + 300 * 95 / 2) / 65535).max()
        < 1e-6
    )
    less = symmetrise(face(codes, points=points), colour=0.5, settings=settings)
    x = np.arange(SIZE[0])
    expected = 0.75 * (1000 + 300 * x) + 0.25 * (1000 + 300 * (95 - x))
    assert (
        np.abs(exact_face(less, blend="srgb")[30, :, 0] * 65535 - expected).max()
        / 65535
        < 1e-6
    )


def test_outside_of_the_face_the_photograph_stays():
    new, source, target = flat(90, 80, 70), flat(60, 90, 99), flat(99, 120, 61)
    made = transform(new, [source], [target], colour=0.4, settings=PLAIN)
    expected = light(90, 80, 70) + 0.4 * (light(99, 120, 61) - light(60, 90, 99))
    assert np.abs(exact_face(made)[40, 46] - expected).max() < 1e-6
    corners = made.frame[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == [90, 80, 70]).all()


# ---- the integers against the exact path, on faces


FACES = [
    shipped(n) for n in ("maja_neutral", "nilo_happy", "oona_happy", "pavo_neutral")
]
LOOSE = MorphSettings(align="procrustes", refine="none", detail="plain")
SUMS = dataclasses.replace(LOOSE, difference="sum")


@pytest.mark.parametrize(
    "make",
    [
        lambda: prototype(FACES, settings=LOOSE),
        lambda: transform(FACES[0], FACES[3:], FACES[1:3], shape=0.8, settings=SUMS),
        lambda: symmetrise(FACES[1], settings=LOOSE),
    ],
    ids=["prototype", "transform", "symmetrise"],
)
def test_integers_come_close_to_the_exact_path(make):
    """Within a code value, but where the curve of dark tones is steep."""
    made = make()
    off = np.abs(made.frame.astype(int) - encode(exact_face(made)))
    assert off.max() <= 3
    assert (off <= 1).mean() > 0.999


def test_the_exact_path_is_the_frame_of_a_continuum():
    made = continuum(FACES[0], FACES[1], [0.3, 1.2], settings=LOOSE)
    photos = [f.image for f in FACES[:2]]
    for frame, t in zip(made.frames, (0.3, 1.2), strict=True):
        share = [1 - t, t]
        exact = exact_frame(made.correspondence, photos, share, share)
        assert (np.abs(frame.astype(int) - encode(exact)) <= 1).mean() > 0.999


def test_decode_is_the_formula():
    codes = np.array([[0, 10, 11, 128, 255]], np.uint8)
    assert np.abs(decode(codes)[0] - light(0, 10, 11, 128, 255)).max() < 1e-12
    assert (encode(decode(codes)) == codes).all()


@pytest.mark.parametrize("level", [0.25, 1.25])
def test_a_transform_from_itself_is_a_frame_of_the_continuum(level):
    """Bit for bit, as trans(sub=A, src=A, dst=B, p) is the continuum of WebMorph."""
    first, second = FACES[:2]
    settings = MorphSettings(align="none", refine="none", difference="sum")
    made = transform(
        first,
        [first],
        [second],
        shape=level,
        colour=level,
        texture=level,
        region="everywhere",
        settings=settings,
    )
    frames = continuum(
        first,
        second,
        [0, level],
        settings=settings,
    ).frames
    assert (made.frame == frames[1]).all()


def test_a_transform_by_nothing_is_the_photograph():
    made = transform(
        FACES[0], FACES[3:], FACES[1:3], shape=0, colour=0, texture=0, settings=LOOSE
    )
    assert (made.frame == FACES[0].image).all()


@pytest.mark.parametrize("refine", [True, False])
def test_a_symmetrised_face_is_symmetric(refine):
    made = symmetrise(FACES[1]) if refine else symmetrise(FACES[1], settings=LOOSE)
    frame = made.frame.astype(int)
    off = np.abs(frame - frame[:, ::-1]).mean(axis=2)
    was = np.abs(FACES[1].image.astype(int) - FACES[1].image[:, ::-1])
    points = made.landmarks.points
    skin = np.ones(off.shape, bool)  # in eyes the light stays at its side
    for eye in (points[36:42], points[42:48]):
        low, high = eye.min(axis=0) - 2, eye.max(axis=0) + 3
        (left, top), (right, bottom) = low.astype(int), high.astype(int)
        skin[top:bottom, left:right] = False
    assert off[skin].mean() < 0.25
    assert was.mean() > 5
    partner = points[list(made.landmarks.template.mirror)]
    assert np.abs(points[:, 0] + partner[:, 0] - (made.frame.shape[1] - 1)).max() < 1e-6
    assert np.abs(points[:, 1] - partner[:, 1]).max() < 1e-6


@pytest.mark.parametrize("side", ["image-left eye", "image-right eye"])
def test_a_symmetrised_eye_shows_its_own_light_alone(side):
    """A catchlight stays in its eye, whole, and has no mirror image in the other."""
    plain = FACES[0]
    (eye,) = (o for o in plain.landmarks.template.openings if o.name == side)
    x, y = plain.landmarks.points[[*eye.upper, *eye.lower]].mean(axis=0).round()
    lit = plain.image.copy()
    lit[int(y), int(x) - 1 : int(x) + 2] = (255, 0, 0)
    settings = dataclasses.replace(LOOSE, align="none")
    made, other = (
        symmetrise(Face(image, plain.landmarks), settings=settings).frame.astype(int)
        for image in (lit, plain.image)
    )
    added = (made - other)[..., 0]
    beside = added[:, ::-1]
    own = np.unravel_index(added.argmax(), added.shape)
    near = (slice(own[0] - 3, own[0] + 4), slice(own[1] - 4, own[1] + 5))
    assert added[near].max() > 0.8 * (255 - plain.image[int(y), int(x), 0])
    assert np.abs(beside[near]).max() < 10  # bicubic sampling, at the edge of the eye


def test_sums_that_fold_are_mended():
    """No end folds, but new + target - source does: left eye beyond the right one."""
    moved = POINTS.copy()
    moved[0] += [22, 0]
    back = POINTS.copy()
    back[0] -= [14, 0]
    new, source, target = (
        face(np.array([9, 9, 9], np.uint8), points=p) for p in (moved, back, moved)
    )
    made = transform(new, [source], [target], shape=1.2, settings=PLAIN)
    assert any(f.code.startswith("fold") for f in made.findings)
    shares = np.array(list(made.mixture.column("shape").values()))
    nodes = np.tensordot(shares, made.correspondence.frame_nodes, axes=1)
    assert (signed_areas(nodes, regular_mesh(SIZE, 8).triangles) > 0).all()


# ---- texture


def noisy(amplitude: float, seed: int) -> Face:
    rng = np.random.default_rng(seed)
    grain = rng.normal(0, amplitude, (SIZE[1], SIZE[0], 1)).repeat(3, axis=2)
    return face(np.clip(np.rint(128 + grain), 0, 255).astype(np.uint8))


def grain_of(image: np.ndarray) -> float:
    return float(image[8:-8, 8:-8, 1].std())


def test_a_prototype_keeps_its_grain():
    """Six photographs share none: a plain mean leaves 1/√6 of it."""
    faces = [noisy(10, seed) for seed in range(6)]
    plain = prototype(faces, settings=PLAIN)
    level = prototype(faces, settings=dataclasses.replace(PLAIN, detail="level"))
    assert grain_of(plain.frame) == pytest.approx(10 / 6**0.5, rel=0.1)
    assert grain_of(level.frame) == pytest.approx(10, rel=0.1)


LEVEL = Rendering(detail="level")


@pytest.mark.parametrize("share", [0, 0.5, 1.0])
def test_texture_alone(share):
    """Also where colour is 0, which WebMorph leaves out silently."""
    new, source, target = noisy(4, 1), noisy(4, 2), noisy(10, 3)
    made = transform(
        new,
        [source],
        [target],
        shape=0,
        colour=0,
        texture=share,
        region="everywhere",
        settings=dataclasses.replace(PLAIN, detail="level"),
    )
    assert grain_of(made.frame) == pytest.approx(4 + 6 * share, rel=0.1)
    # The grain is the subject's own: stronger, but in the same place.
    one, other = (f[8:-8, 8:-8, 1].ravel() for f in (made.frame, new.image))
    assert np.corrcoef(one, other)[0, 1] > 0.97


@pytest.mark.parametrize("own", [60, 128, 220])
def test_grain_of_a_difference_counts_in_proportion_to_the_light(own):
    """Grain of light skin, on dark skin: it was counted as so much light.

    Light goes with the power 2.4 of codes and 14, so that a ratio of light is a ratio
    of these, and a sum of light is shown by their power 1.4.
    """
    ratio = (own + 14) / (190 + 14)
    wanted = 2 + 2 * min(ratio, (ratio * ratio**-1.4) ** 0.5)

    def grainy(level: int, amplitude: float, seed: int) -> Face:
        codes = noisy(amplitude, seed).image.astype(int) + level - 128
        return face(np.clip(codes, 0, 255).astype(np.uint8))

    made = transform(
        grainy(own, 2, 1),
        [grainy(190, 4, 2)],
        [grainy(192, 6, 3)],
        shape=0,
        colour=0.05,
        texture=1,
        region="everywhere",
        settings=dataclasses.replace(PLAIN, detail="level"),
    )
    assert grain_of(made.frame) == pytest.approx(wanted, rel=0.05)


def test_texture_has_a_limit():
    made = transform(
        noisy(2, 1),
        [noisy(2, 2)],
        [noisy(20, 3)],
        shape=0,
        colour=0,
        texture=1,
        region="everywhere",
        settings=dataclasses.replace(PLAIN, detail="level"),
    )
    assert grain_of(made.frame) == pytest.approx(2 * MAX_GAIN, rel=0.1)


def scene(faces: list[Face]):
    matched = correspond(
        [f.landmarks for f in faces],
        [Similarity.identity()] * len(faces),
        warp=WARPS["tps"],
        size=faces[0].size,
    )
    photos = [f.image for f in faces]
    return matched.correspondence, prepare_sources(matched.correspondence, photos)


def test_texture_of_one_photograph_is_the_photograph():
    mesh, sources = scene(FACES[:3])
    for k in range(3):
        alone = tuple(ONE if j == k else 0 for j in range(3))
        plain = render_mixed(mesh, sources, (alone,) * 3)
        nodes = list(mesh.photo_nodes)
        textured = render(
            RenderJob(
                *(sources, nodes, mesh.frame_nodes[k], mesh.triangles, alone),
                size=mesh.size,
                texture=alone,
            )
        )
        assert (plain == textured).all()


def test_both_implementations_agree(monkeypatch):
    """With covers: the mouth is open in two of the faces, and closed in the others."""
    mesh, sources = scene(FACES)
    assert any(source.covers for source in sources)
    shares = (ONE + 2000, 5000, -4000, -3000)
    grain = (ONE, -5000, 3000, 2000)
    options = Rendering(detail="level")
    fast = render_mixed(mesh, sources, (shares, shares, grain), options)
    monkeypatch.setattr(texture, "native", lambda: None)
    slow = render_mixed(mesh, sources, (shares, shares, grain), options)
    assert (fast == slow).all()


def test_blend_of_many_is_that_of_the_specification():
    """What texture is added to is the plain frame, bit for bit, covers too."""
    mesh, sources = scene(FACES)
    shares = (4000, 5000, 4384, 3000)
    nodes = list(mesh.photo_nodes)
    plain = render_mixed(mesh, sources, (shares,) * 3)
    frame = blend_nodes(list(mesh.frame_nodes), shares)
    job = RenderJob(sources, nodes, frame, mesh.triangles, shares, size=mesh.size)
    photos = [texture._warped(job, k) for k in range(len(sources))]
    factors = texture._factors([cover for _, cover in photos])
    assert factors is not None
    found = texture.blend([photo for photo, _ in photos], shares, factors)
    assert (encode_table("light")[found] == plain).all()


def test_a_mesh_that_does_not_cover_the_frame():
    photo = Source(np.zeros((8, 8, 3), np.uint8))
    corners = np.array([[0, 0], [800, 0], [0, 800]], np.int32)
    with pytest.raises(InputError, match="pixels of the frame are in no triangle"):
        render(
            RenderJob(
                *([photo], [corners], corners, [[0, 1, 2]], [ONE]),
                size=(8, 8),
                texture=[ONE],
            )
        )


# ---- what is refused


def test_faces_that_do_not_fit():
    with pytest.raises(InputError, match="a prototype of 1 faces"):
        prototype(FACES[:1])
    with pytest.raises(InputError, match="no face is the source"):
        transform(FACES[0], [], FACES[1:])
    with pytest.raises(InputError, match='unknown region "hair"'):
        transform(FACES[0], FACES[1:2], FACES[2:3], region="hair")
    with pytest.raises(InputError, match="together 5 without their signs"):
        transform(FACES[0], FACES[1:2], FACES[2:3], shape=2, settings=LOOSE)
    small = flat(9, 9, 9)
    other = dataclasses.replace(small, image=np.zeros((90, 96, 3), np.uint8))
    with pytest.raises(InputError, match=r"96×90 beside one of 96×80"):
        transform(small, [small], [other], settings=PLAIN)


def test_mirroring_needs_partners():
    template = Template("odd", tuple("abcdefg"))
    one = Face(np.zeros((80, 96, 3), np.uint8), Landmarks(template, POINTS))
    with pytest.raises(InputError, match="template odd has no mirror partners"):
        symmetrise(one)


def test_mirroring_twice_is_the_face():
    one = FACES[0]
    assert builtin_template("ibug_68").mirror
    twice = one.mirrored().mirrored()
    assert (twice.image == one.image).all()
    assert np.abs(twice.landmarks.points - one.landmarks.points).max() < 1e-9
    left, right = one.mirrored().landmarks.eye_centres()
    assert left[0] < right[0]


# ---- three anchors, and levels of their own


def test_a_continuum_by_a_third_face():
    first, via, second = FACES[:3]
    made = continuum(
        first,
        second,
        5,
        via=via,
        settings=MorphSettings(align="none", refine="none"),
    )
    for k, one in ((0, first), (2, via), (4, second)):
        assert (made.frames[k] == one.image).all()
    # A frame of the first leg knows nothing of the second face.
    black = dataclasses.replace(second, image=np.zeros_like(second.image))
    again = continuum(
        first,
        black,
        5,
        via=via,
        settings=MorphSettings(align="none", refine="none"),
    )
    assert (again.frames[1] == made.frames[1]).all()
    assert (again.frames[3] != made.frames[3]).any()
    with pytest.raises(
        InputError, match=r"levels from 0 to 1\.6; from -0\.499 to 1\.499"
    ):
        continuum(first, second, [0, 1.6], via=via)


def test_shape_moves_and_colour_stays():
    first, second = FACES[1], FACES[2]
    made = continuum(first, second, 3, colour_levels=0.0, settings=PLAIN)
    region = face_region(made.correspondence, 1.0)
    tones = [frame[region].mean(axis=0) for frame in made.frames]
    assert np.abs(tones[2] - tones[0]).max() < 6
    assert np.abs(second.image[region].mean(axis=0) - tones[2]).max() > 20
    kept = continuum(first, second, 3, shape_levels=0.0, settings=PLAIN)
    # The other way round: the colour of the second in the shape of the first.
    assert (kept.frames[0] == first.image).all()
    assert np.abs(kept.frames[2][region].mean(axis=0) - tones[0]).max() > 20


# ---- against WebMorph itself


@pytest.mark.parametrize("step", [2, 3, 4])
def test_a_transform_of_webmorph(shared, step):
    """Its landmarks to 1e-6 px; its picture up to the loss of JPEG and its warp.

    Of the 2.1 grey levels that remain in the mean, JPEG alone costs 1.2.
    """
    folder = shared / "webmorph"
    faces = []
    for name in ("f_multi", "m_multi"):
        image = read_image(folder / "ends" / f"{name}.jpg")
        size = image.shape[1], image.shape[0]
        placed = read_landmarks(folder / "ends" / f"{name}.tem", size=size)
        # WebMorph went on from landmarks cut off to whole pixels.
        faces.append(Face(image, placed.with_points(np.trunc(placed.points))))
    share = (step - 1) / 4
    settings = dataclasses.replace(PLAIN, blend="srgb")
    made = transform(
        faces[0],
        faces[:1],
        faces[1:],
        shape=share,
        colour=share,
        region="everywhere",
        settings=settings,
    )
    theirs = read_landmarks(folder / "continuum" / f"{step}.tem", size=size)
    assert np.abs(made.landmarks.points - theirs.points).max() < 1e-6
    picture = read_image(folder / "continuum" / f"{step}.jpg").astype(int)
    off = np.abs(made.frame - picture)
    others = [read_image(folder / "continuum" / f"{k}.jpg") for k in (1, 5)]
    assert off.mean() < 2.3
    assert all(np.abs(other - picture).mean() > 4 for other in others)
