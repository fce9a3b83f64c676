"""A pack of plain pictures in a folder, for tests of what reads packs.

Run as a program it writes report and contact sheet too: ``small_pack.py FOLDER``.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit.faces.formats.template_json import find_template
from morphkit.faces.images import pixel_sha256
from morphkit.geometry.correspondence.frozen_mesh import Correspondence, to_nodes
from morphkit.pack.consent import identity_rows
from morphkit.pack.frozen_mesh import FrozenContinuum, write_frozen
from morphkit.pack.model import Pack
from morphkit.pack.previews import write_contact_sheet
from morphkit.pack.rows import ContinuumRow, Stimulus
from morphkit.pixels import encode_png
from morphkit.recipe import make_recipe, to_toml
from morphkit.report import write_report

PERSON: dict[str, Any] = {
    "age_months": 7,
    "consent_basis": "synthetic",
    "may_morph": True,
    "may_show_online": True,
    "may_redistribute": True,
}


def make_pack(
    folder: Path,
    *,
    identities: Sequence[str] = ("ada", "ben"),
    n_steps: int = 5,
    size: tuple[int, int] = (48, 64),
    about: Mapping[str, Any] | None = None,
    findings: Iterable[Finding] = (),
    dtype: type = np.uint8,
    spacing: bool = False,
    rights: Mapping[str, Mapping[str, Any]] | None = None,
    labels: Sequence[tuple[str, str]] = (("happy", "sad"),),
) -> Pack:
    """Return a pack of ramps from blue to red whose images lie in `folder`.

    `rights` are what an identity has in place of `PERSON`; each pair of `labels` makes
    a continuum of every identity.
    """
    people = {name: PERSON | dict((rights or {}).get(name, {})) for name in identities}
    recipe = make_recipe(
        {
            "schema": 1,
            "pack": {"name": "small_pack", "licence": "CC0-1.0", **(about or {})},
            "sources": {"template": "ibug_68"},
            "identities": people,
            "continua": [{"from": a, "to": b, "steps": n_steps} for a, b in labels],
        }
    )
    levels = [k / (n_steps - 1) for k in range(n_steps)]
    names = [f"{identity}_{a}_{b}" for identity in identities for a, b in labels]
    stimuli = [
        row
        for identity in identities
        for pair in labels
        for row in _write_images(folder, identity, pair, levels, size, dtype)
    ]
    for name in names:
        _write_landmarks(folder, name, size)
    return Pack(
        name="small_pack",
        version="1.0.0",
        recipe_toml=to_toml(recipe),
        recipe_sha256=recipe.sha256(),
        software={"morphkit": "0.0.1", "numpy": "9.9.9"},
        stimuli=tuple(stimuli),
        continua=tuple(_continuum_row(name, n_steps) for name in names),
        identities=identity_rows(recipe),
        findings=tuple(findings),
        scores={
            name: make_scores(levels)
            | ({"spacing": make_spacing(levels)} if spacing else {})
            for name in names
        },
    )


def make_scores(levels: Sequence[float]) -> dict[str, dict[str, list[float]]]:
    """Return measurements that bend between the ends."""
    bent = [0.1 * t * (1 - t) for t in levels]
    return {
        "per_frame": {
            "luminance": [
                0.3 + 0.05 * t - b for t, b in zip(levels, bent, strict=True)
            ],
            "contrast": [0.1 + b for b in bent],
            "detail": [80 - 200 * b for b in bent],
            "clipped": [0.0 for _ in levels],
        },
        "per_step": {"difference": [2 + b for b in bent[1:]]},
    }


def make_spacing(levels: Sequence[float]) -> dict[str, Any]:
    """Return spacings in two measures, of which one adds up."""
    places = [t + 0.3 * t * (1 - t) for t in levels]
    common = {
        "levels": list(levels),
        "steps": [b - a for a, b in pairwise(places)],
        "from_first": places,
        "from_last": [places[-1] - place for place in places],
        "precision": "float",
    }
    return {
        "gabor_jet_face256": common | {"unit": "Gabor magnitude", "exponent": 0.99},
        "ssim_root_face256": common | {"unit": "√(1 - SSIM)", "exponent": 0.8},
    }


def _write_images(
    folder: Path,
    identity: str,
    labels: tuple[str, str],
    levels: Sequence[float],
    size: tuple[int, int],
    dtype: type,
) -> list[Stimulus]:
    width, height = size
    place = folder / "materials" / "stimuli" / identity
    place.mkdir(parents=True, exist_ok=True)
    continuum = f"{identity}_{labels[0]}_{labels[1]}"
    shade = np.add.outer(np.arange(height), np.arange(width)) / (width + height)
    rows = []
    for step, level in enumerate(levels, start=1):
        image = np.stack(
            [255 * level + 0 * shade, 255 * shade, 255 - 255 * level + 0 * shade], 2
        )
        codes = (image * (np.iinfo(dtype).max // 255)).astype(dtype)
        path = place / f"{continuum}_s{step:02d}.png"
        path.write_bytes(encode_png(codes))
        rows.append(
            Stimulus(
                stimulus_id=path.stem,
                file=path.relative_to(folder).as_posix(),
                continuum_id=continuum,
                identity_id=identity,
                from_label=labels[0],
                to_label=labels[1],
                step=step,
                n_steps=len(levels),
                level=level,
                perceptual_position=None,
                width=width,
                height=height,
                bytes=path.stat().st_size,
                sha256="0" * 64,
                pixel_sha256=pixel_sha256(codes),
                kind="morph" if 0 < level < 1 else "endpoint",
                ambiguous=level == 0.5,
            )
        )
    return rows


def _write_landmarks(folder: Path, name: str, size: tuple[int, int]) -> None:
    n = find_template("ibug_68").n_points
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    first = (np.stack([np.cos(turn), np.sin(turn)], 1) * 0.3 + 0.5) * size
    ends = to_nodes(np.stack([first, first + 1.5]))
    mesh = Correspondence(
        size,
        np.array([[0, 20, 40]], np.int32),
        ends,
        ends,
        (np.array([16384], np.int16),) * 2,
        ends,
    )
    path = folder / "data" / "correspondence" / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_frozen(path, FrozenContinuum(mesh, np.stack([first, first])))


def _continuum_row(name: str, n_steps: int) -> ContinuumRow:
    return ContinuumRow(
        continuum_id=name,
        identity_id=name.split("_")[0],
        from_label=name.split("_")[1],
        to_label=name.split("_")[2],
        n_steps=n_steps,
        from_sha256="a" * 64,
        to_sha256="b" * 64,
        from_placed_by="detector mesh",
        to_placed_by="hand",
        align="procrustes",
        warp="tps",
        blend="linear",
        spacing="equal steps",
        step_cv=0.1,
        luminance_drift=-0.02,
        detail_least=0.9,
        via_label="",
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    made = make_pack(target, findings=[Finding("fold", "error", "folds")])
    write_contact_sheet(made, target)
    write_report(made, target)
