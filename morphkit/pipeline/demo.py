"""The faces that ship with morphkit, the recipe of the demo and its experiment."""

import contextlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from morphkit._core.documents import read_json
from morphkit._core.folders import FolderKind, check_place, claimed
from morphkit._core.progress import Progress
from morphkit.errors import InputError
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.texts import read_wording
from morphkit.export.write_export import (
    EXPORT_MANIFEST,
    Exported,
    own_files,
    write_export,
)
from morphkit.pack.manifest import read_manifest
from morphkit.pack.model import Pack
from morphkit.pack.read import files_of_pack, is_pack
from morphkit.pipeline.build import build
from morphkit.pipeline.processes import workers_for
from morphkit.pipeline.sources import resolve_sources
from morphkit.recipe import Recipe, make_recipe


@dataclass(frozen=True, eq=False)
class Demo:
    """The output of the demo.

    Parameters
    ----------
    pack : Pack
    experiment : Exported
        A short categorisation task for jsPsych, next to the pack.
    """

    pack: Pack
    experiment: Exported


def build_demo(
    output: str | Path,
    *,
    jobs: int = 1,
    processes: bool = False,
    progress: Progress | None = None,
) -> Demo:
    """Build the demo: a pack of the shipped faces, and an experiment next to it.

    15 images from happy to distressed for every identity. An earlier demo in the same
    place is replaced, and nothing else.

    Parameters
    ----------
    output : str or Path
        Folder of the pack; that of the experiment is ``experiment_place(output)``.
    jobs : int, optional
        Continua matched and rendered in parallel. It does not change a byte.
    processes : bool, optional
        Whether the jobs are processes; see `morphkit.build_pack`.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Demo
        The pack, and what the export of the experiment wrote.

    Raises
    ------
    OutputError
        If a folder cannot be written, or contains files not from an earlier demo.
    """
    output, recipe = Path(output), demo_recipe()
    with (
        claimed(experiment_place(output), closed=is_pack),
        workers_for(jobs, processes=processes) as workers,
    ):
        check_place(experiment_place(output), _EXPERIMENT, overwrite=True)
        pack = build(
            recipe,
            resolve_sources(recipe, shipped_faces()),
            output,
            workers=workers,
            overwrite=True,
            kind=_DEMO,
            progress=progress,
        )
        return Demo(pack, demo_experiment(pack, output))


def _demo_files(folder: Path) -> frozenset[str]:
    """Return the files of a pack that an earlier demo made; none if it is another."""
    try:
        described = read_manifest(folder).described
    except InputError:
        return frozenset()
    pack = demo_recipe().pack
    same = described.name, described.title
    if same != (pack.name.replace("_", "-"), pack.title):
        return frozenset()
    return files_of_pack(folder)


def _experiment_files(folder: Path) -> frozenset[str]:
    """Return the files of an earlier demo's experiment; none if it is another."""
    with contextlib.suppress(InputError, ValueError, KeyError, TypeError):
        about = read_json(folder / EXPORT_MANIFEST)
        if about["pack"]["name"] == demo_recipe().pack.name:
            return own_files(folder)
    return frozenset()


#: What alone a demo replaces.
_DEMO = FolderKind("demo", _demo_files)
_EXPERIMENT = FolderKind("experiment of the demo", _experiment_files)


def shipped_faces() -> Path:
    """Return the folder that holds ``source_faces/`` and ``landmarks/``.

    They are inside an installed package, and next to it in a checkout.

    Returns
    -------
    Path
        Its subfolders are ``source_faces`` and ``landmarks``.

    Raises
    ------
    InputError
        If they are in neither place.

    Examples
    --------
    >>> import morphkit as mk
    >>> sorted(path.name for path in mk.shipped_faces().glob("landmarks/maja_*.json"))
    ['maja_distressed.json', 'maja_happy.json', 'maja_neutral.json']
    """
    package = Path(str(resources.files("morphkit")))
    for folder in (package / "demo_study", package.parent):
        if (folder / "source_faces").is_dir() and (folder / "landmarks").is_dir():
            return folder
    raise InputError(
        "the faces that ship with morphkit are missing",
        where=str(package),
        remedy="install morphkit again",
    )


def demo_identities() -> list[str]:
    """Return the identities that ship with a happy and a distressed face, sorted."""
    images = shipped_faces() / "source_faces"
    happy = {file.stem.removesuffix("_happy") for file in images.glob("*_happy.png")}
    return sorted(
        name for name in happy if (images / f"{name}_distressed.png").is_file()
    )


def demo_recipe() -> Recipe:
    """Return the recipe of the demo: 15 steps from happy to distressed each."""
    person = {
        "consent_basis": "synthetic",
        "licence": "CC0-1.0",
        "description": "rendered by code; not a photograph",
        "may_morph": True,
        "may_show_online": True,
        "may_redistribute": True,
    }
    return make_recipe(
        {
            "schema": 1,
            "pack": {
                "name": "demo_infants",
                "title": "Demo infants, happy to distressed",
                "description": "Rendered infants for trying morphkit. They are not "
                "photographs and must not be mixed with ratings of real infants.",
                "licence": "CC0-1.0",
                "creators": ["The morphkit developers"],
            },
            "identities": dict.fromkeys(demo_identities(), person),
            "align": {"method": "two_point", "frame": "faces"},
            "continua": [{"from": "happy", "to": "distressed", "steps": 15}],
        },
        where="demo",
    )


def experiment_place(output: Path) -> Path:
    """Return the folder of the demo's experiment, next to that of its pack.

    Examples
    --------
    >>> experiment_place(Path("output/demo")).as_posix()
    'output/demo_jspsych'
    """
    output = output if output.name else output.absolute()
    return output.with_name(f"{output.name}_jspsych")


def demo_experiment(pack: Pack, folder: Path) -> Exported:
    """Write a short categorisation task for jsPsych next to the pack of the demo.

    Three faces, each image once: about two minutes.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Folder of the pack.

    Raises
    ------
    OutputError
        If the folder cannot be written, or contains files not from an earlier demo.
    """
    identities = [row.identity_id for row in pack.identities[:3]]
    design = DESIGNS["categorisation"].make(
        pack.stimuli, seed=1, identities=identities, repeats=1, lists=2
    )
    labels = {label for trials in design.lists for t in trials for label in t.choices}
    return write_export(
        folder,
        "jspsych",
        experiment_place(folder),
        design=design,
        wording=read_wording("en", labels=sorted(labels)),
        overwrite=True,
    )
