"""What trained detectors compute, and what their files may hold."""

import dataclasses
import json
import re

import numpy as np
import pytest
from drawn_meshes import OWN, drawn_model, examples, face_mesh, noisy_faces, spotted

from morphkit._core.array_files import arrays_bytes, arrays_in
from morphkit.errors import InputError
from morphkit.faces.detectors.trained.adapter import RIDGES, _left_out, fit_adapter
from morphkit.faces.detectors.trained.descent import Start, learn_steps
from morphkit.faces.detectors.trained.frame import (
    BETWEEN_EYES,
    CORNERS,
    SIDE,
    Upright,
    mean_mesh,
    mirrored,
)
from morphkit.faces.detectors.trained.model import learn
from morphkit.faces.detectors.trained.model_file import (
    model_bytes,
    model_in,
)
from morphkit.faces.formats import builtin_template
from morphkit.faces.template import Template

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("scale", "turn"), [(0.4, 10), (0.9, -20), (2.5, 35), (4, 3)])
def test_the_picture_and_the_points_are_carried_alike(scale, turn):
    reference = mean_mesh([face_mesh()])
    angle = np.deg2rad(turn)
    rotation = scale * np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    mesh = reference @ rotation.T + (40.3, 400.7)
    upright = Upright(mesh, reference)
    np.testing.assert_allclose(upright(mesh), reference, atol=1e-9)
    np.testing.assert_allclose(upright.back(upright(mesh)), mesh, atol=1e-9)
    spot = np.array([[171.0, 233.0]]) @ rotation.T + (40.3, 400.7)
    y, x = np.mgrid[:1700, :1100]
    away = (x - spot[0, 0]) ** 2 + (y - spot[0, 1]) ** 2
    blob = np.exp(-away / (2 * (5 * scale) ** 2)) * 200
    picture = np.repeat(blob.astype(np.uint8)[..., None], 3, axis=2)
    crop = upright.crop(picture).astype(float)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    centre = [(crop * part).sum() / crop.sum() for part in (columns, rows)]
    np.testing.assert_allclose(centre, [171, 233], atol=0.1)


def test_the_mean_mesh_is_upright_symmetric_and_of_one_size():
    meshes = [face_mesh(seed) * 3 + 100 for seed in range(4)]
    reference = mean_mesh(meshes)
    left, right = reference[list(CORNERS)]
    assert np.hypot(*(right - left)) == pytest.approx(BETWEEN_EYES)
    assert right[1] == pytest.approx(left[1])
    partners = builtin_template("mesh_478").mirror
    np.testing.assert_allclose(mirrored(reference, partners), reference, atol=1e-6)


def test_left_out_groups_are_predicted_as_if_they_had_been_left_out():
    meshes, shapes = noisy_faces(12, 2.0)
    groups = [0, 0, 1, 2, 2, 2, 3, 4, 4, 5, 5, 5]
    x = np.array([mesh.ravel() for mesh in meshes])
    y = np.array([shape.ravel() for shape in shapes])
    ridge, expected = 37.0, 0.0
    for group in set(groups):
        out = np.array(groups) == group
        # An unpunished constant: the mean of what is left is taken off.
        rest_x, rest_y = x[~out], y[~out]
        off = rest_x - rest_x.mean(axis=0)
        gram = off @ off.T + ridge * np.eye(len(off))
        dual = np.linalg.solve(gram, rest_y - rest_y.mean(axis=0))
        guess = (x[out] - rest_x.mean(axis=0)) @ off.T @ dual + rest_y.mean(axis=0)
        missed = y[out] - guess
        expected += np.hypot(missed[:, 0::2], missed[:, 1::2]).sum()
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    values, vectors = np.linalg.eigh(x @ x.T)
    members = [np.flatnonzero(np.array(groups) == g) for g in sorted(set(groups))]
    found = _left_out(np.clip(values, 0, None), vectors, y, ridge, members)
    assert found == pytest.approx(expected, rel=1e-6)


def test_an_adapter_follows_what_the_mesh_tells_and_no_noise():
    meshes, shapes = noisy_faces(40, 0.01)
    adapter = fit_adapter(meshes[:30], shapes[:30], range(30))
    inside = np.abs(adapter(meshes[3]) - shapes[3]).max()
    assert inside < 0.1
    # Nothing to follow: the strongest ridge, and so nearly the mean.
    generator = np.random.default_rng(1)
    noise = [generator.normal(200, 5, (3, 2)) for _ in meshes]
    flat = fit_adapter(meshes, noise, range(40))
    spread = np.std([flat(mesh) for mesh in meshes], axis=0).max()
    assert spread < 1.5
    assert max(RIDGES) == 100


def starts(n, seed):
    generator = np.random.default_rng(seed)
    found = []
    for k in range(n):
        centre = np.rint(generator.uniform(150, 250, 2))
        grey = spotted(centre, seed * 1000 + k)
        truth = np.array([centre, [60.0, 60.0]])
        for _ in range(4):
            begin = truth + generator.uniform(-6, 6, (2, 2))
            found.append(Start(grey, truth, begin, np.array([True, True]), k))
    return found


def test_steps_find_what_can_be_seen_and_leave_what_cannot():
    steps = learn_steps(starts(10, 1))
    before, after = [], []
    for start in starts(4, 2):
        points = start.begin
        for step in steps:
            points = step.move(start.grey, points)
        before.append(np.hypot(*(start.begin - start.truth).T))
        after.append(np.hypot(*(points - start.truth).T))
    before, after = np.mean(before, axis=0), np.mean(after, axis=0)
    assert after[0] < before[0] / 4
    # Nothing is at the second point: it is hardly moved by what is seen.
    assert before[1] / 2 < after[1] < 1.5 * before[1]


@pytest.fixture(scope="module")
def model():
    return drawn_model()


def test_a_mirrored_face_has_mirrored_landmarks(model):
    # Mirrored copies are learnt from, so that no side is favoured by the adapter.
    one = dataclasses.replace(examples()[0])
    straight = model.adapter(one.mesh)
    partners = builtin_template("mesh_478").mirror
    turned = model.adapter(mirrored(one.mesh, partners))
    np.testing.assert_allclose(mirrored(turned, OWN.mirror), straight, atol=1e-3)


def test_hidden_points_teach_nothing():
    reference = mean_mesh([one.mesh for one in examples()])
    wrong = []
    for one in examples(hidden=(1,)):
        truth = np.where(one.known[:, None], one.truth, 0.0)
        wrong.append(dataclasses.replace(one, truth=truth))
    without = learn(wrong, OWN, reference, descent=False)
    right = learn(examples(), OWN, reference, descent=False)
    apart = [
        np.hypot(*(without.adapter(one.mesh) - right.adapter(one.mesh)).T)
        for one in examples()[3:]
    ]
    assert np.mean(apart) < 4  # three points at (0, 0) would pull by tens of pixels


def test_a_file_gives_back_the_same_detector(model):
    again = model_in(model_bytes(model))
    image = np.repeat(spotted((200, 200), 3)[..., None], 3, axis=2)
    mesh = face_mesh(11) * 0.9 + 12
    np.testing.assert_array_equal(again.place(image, mesh), model.place(image, mesh))
    assert again.template == OWN
    assert len(again.steps) == 3


def test_the_same_examples_give_the_same_bytes(model):
    other = learn(examples(), OWN, model.reference)
    other.about.update(model.about)
    assert model_bytes(other) == model_bytes(model)


def broken(model):
    arrays = arrays_in(model_bytes(model))
    about = json.loads(arrays["about"].tobytes())

    def with_about(**changes):
        text = json.dumps(about | changes).encode()
        return arrays | {"about": np.frombuffer(text, np.uint8)}

    def without(name):
        return {k: v for k, v in arrays.items() if k != name}

    big = Template("big", tuple(map(str, range(4000)))).to_dict()
    return {
        "left has the shape": arrays | {"left": arrays["left"][:5]},
        "left has the shape (956, ": arrays | {"left": arrays["left"].astype(float)},
        "directions": arrays | {"left": np.zeros((956, 900), np.float32)},
        "not finite": arrays | {"mean": np.full(6, np.nan, np.float32)},
        'it lacks "right"': without("right"),
        'it lacks "about"': without("about"),
        'it lacks "step_1_usual"': without("step_1_usual"),
        "looks at 1 pixels": arrays | {"step_0_window": np.array([1], np.int32)},
        "what no detector has": arrays | {"more": np.zeros(3)},
        "description is an array": arrays | {"about": np.zeros(4)},
        "not JSON": arrays | {"about": np.frombuffer(b"{]", np.uint8)},
        'schema is "other"': with_about(schema="other"),
        "other models of the mesh": with_about(mesh={}),
        "not a template definition": with_about(template={"name": 1, "points": 5}),
        "its template has 4000 points": with_about(template=big),
        "trained_on": with_about(trained_on=7),
    }


REFUSED = [
    "left has the shape", "left has the shape (956, ", "directions", "not finite",
    'it lacks "right"', 'it lacks "about"', 'it lacks "step_1_usual"',
    "looks at 1 pixels", "what no detector has", "description is an array", "not JSON",
    'schema is "other"', "other models of the mesh", "not a template definition",
    "its template has 4000 points", "trained_on",
]  # fmt: skip


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_detector_is_refused(model, said):
    with pytest.raises(InputError, match=re.escape(said)):
        model_in(arrays_bytes(broken(model)[said]))


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"text", b"\0" * 100])
def test_other_files_are_refused(data):
    with pytest.raises(InputError, match="is not a trained detector"):
        model_in(data)


def test_a_file_beyond_its_bound_is_refused_before_it_is_unpacked():
    data = arrays_bytes({"about": np.zeros(2**24 + 1, np.uint8)})
    with pytest.raises(InputError, match=r"at most 10,000 of 16,777,216 bytes"):
        model_in(data)
