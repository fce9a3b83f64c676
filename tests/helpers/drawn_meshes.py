"""Meshes, pictures and shapes that are drawn, and a detector trained on them."""

import cv2
import numpy as np

from morphkit.faces.detectors.trained.frame import CORNERS, SIDE, mean_mesh, mirrored
from morphkit.faces.detectors.trained.model import Example, TrainedModel, learn
from morphkit.faces.detectors.trained.model_file import TrainedOn, about_model
from morphkit.faces.formats import builtin_template
from morphkit.faces.template import Template

OWN = Template("own", ("left", "right", "middle"), mirror=(1, 0, 2))


def face_mesh(seed=0, noise=3.0):
    """Return a mesh with the symmetry of the template, then disturbed."""
    generator = np.random.default_rng(5)
    partners = list(builtin_template("mesh_478").mirror)
    half = generator.uniform(60, 340, (478, 2))
    both = (half + mirrored(half, partners)) / 2
    both[list(CORNERS)] = [[144, 180], [256, 180]]
    return both + np.random.default_rng(seed).normal(0, noise, both.shape)


def noisy_faces(n, noise, seed=0):
    """Return meshes that differ in five ways, and shapes that follow them."""
    generator = np.random.default_rng(seed)
    ways = generator.normal(0, 3, (5, 478, 2))
    meshes = [
        face_mesh(noise=0) + np.tensordot(generator.normal(0, 1, 5), ways, 1)
        for _ in range(n)
    ]
    weights = generator.normal(0, 0.1, (956, 6))
    offset = np.tile([200.0, 200.0], 3)
    shapes = [
        (mesh.ravel() @ weights + offset + generator.normal(0, noise, 6)).reshape(3, 2)
        for mesh in meshes
    ]
    return meshes, shapes


def spotted(centre, seed):
    """Return a grey picture with a bright square at a place, and noise."""
    generator = np.random.default_rng(seed)
    picture = generator.normal(90, 3, (SIDE, SIDE))
    x, y = np.rint(centre).astype(int)
    picture[y - 7 : y + 8, x - 7 : x + 8] += 90
    return cv2.GaussianBlur(picture, (0, 0), 1.5).clip(0, 255).astype(np.uint8)


def examples(n=8, hidden=()):
    meshes, shapes = noisy_faces(n, 0.5)
    return [
        Example(
            spotted(shape[2], k),
            mesh,
            shape,
            np.array([i not in hidden or k > 2 for i in range(3)]),
            k,
        )
        for k, (mesh, shape) in enumerate(zip(meshes, shapes, strict=True))
    ]


def drawn_model() -> TrainedModel:
    """Return a detector of three landmarks, trained on eight drawn faces."""
    reference = mean_mesh([one.mesh for one in examples()]).astype(np.float32)
    made = learn(examples(), OWN, reference.astype(float))
    made.about.update(about_model(OWN, trained_on=TrainedOn(8, 8, 0)))
    return made
