"""Commands that make packs: demo, morph, init and build."""

import re
import shutil
from pathlib import Path
from typing import Any

import click

from morphkit._core.text import counted
from morphkit.cli.console import (
    json_option,
    print_findings,
    print_json,
    progress_bar,
    quiet_option,
    remark,
)
from morphkit.cli.options import picture_options, placing_options
from morphkit.errors import InputError, OutputError, raise_all
from morphkit.export.export_pack import own_files
from morphkit.export.placing import check_place
from morphkit.faces.formats.template_json import find_template
from morphkit.faces.images import read_photo
from morphkit.faces.template import Template
from morphkit.geometry.align import ALIGNMENTS
from morphkit.morph.masks import MASKS
from morphkit.morph.normalise import MATCHINGS
from morphkit.pack.model import Pack, Row
from morphkit.pipeline.build import build as build_pack
from morphkit.pipeline.check_recipe import Key
from morphkit.pipeline.demo import (
    demo_experiment,
    demo_recipe,
    experiment_place,
    shipped_faces,
)
from morphkit.pipeline.norms import resolve_norms
from morphkit.pipeline.sources import SourceFiles, resolve_sources, resolve_template
from morphkit.pipeline.staging import check_output
from morphkit.recipe import ID_PATTERN, Recipe, make_recipe, read_recipe
from morphkit.recipe.new_study import write_study

_OUTPUT = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path)
#: Characters of the name of a pack, as `morphkit.recipe` allows.
_LONGEST = 24


def _finish(
    pack: Pack,
    output: Path,
    *,
    experiment: Path | None = None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Tell what was made and what to open next."""
    if as_json:
        print_json(
            {
                "pack": str(output),
                **({"experiment": str(experiment)} if experiment else {}),
                "continua": [row["continuum_id"] for row in pack.continua],
                "n_images": len(pack.stimuli),
                "findings": [finding.to_dict() for finding in pack.findings],
            }
        )
        return
    print_findings(f for f in pack.findings if f.severity != "note")
    if quiet:
        return
    notes = sum(f.severity == "note" for f in pack.findings)
    if notes:
        stand = "stands" if notes == 1 else "stand"
        remark(f"{counted(notes, 'note')} {stand} in the report")
    images = counted(len(pack.stimuli), "image")
    continua = counted(len(pack.continua), "continuum", "continua")
    click.echo(f"{output}: {images} in {continua}")
    click.echo(f"Open next: {output / 'report.html'}")
    if experiment is not None:
        click.echo(f"and to try an experiment: {experiment / 'index.html'}")


def _run(
    recipe: Recipe,
    files: dict[Key, SourceFiles],
    output: Path,
    *,
    template: Template | None = None,
    norms: tuple[Row, ...] = (),
    jobs: int = 1,
    overwrite: bool,
    with_experiment: bool = False,
    as_json: bool,
    quiet: bool,
) -> None:
    """Build a pack and tell about it."""
    with progress_bar(quiet=quiet or as_json) as progress:
        pack = build_pack(
            recipe,
            files,
            output,
            template=template,
            norms=norms,
            jobs=jobs,
            overwrite=overwrite,
            progress=progress,
        )
    experiment = demo_experiment(pack, output).folder if with_experiment else None
    _finish(pack, output, experiment=experiment, as_json=as_json, quiet=quiet)


_overwrite = click.option(
    "--overwrite", is_flag=True, help="Replace the pack that is there."
)
_jobs = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Continua rendered at a time.",
)


@click.command()
@click.option(
    "--output",
    type=_OUTPUT,
    default=Path("output/demo"),
    show_default=True,
    help="Folder of the pack.",
)
@_jobs
@json_option
@quiet_option
def demo(output: Path, jobs: int, as_json: bool, quiet: bool) -> None:
    """Make a finished set from the faces that ship with morphkit.

    \b
    Example:
      morphkit demo --output output/demo

    15 images from happy to distressed for every identity, checked and documented, and
    beside them (output/demo_jspsych) a short experiment that a browser runs. An earlier
    demo in the same place is replaced.
    """  # noqa: D301 - click's mark
    recipe = demo_recipe()
    beside = experiment_place(output)
    check_place(beside, overwrite=True, own=own_files(beside))
    _run(
        recipe,
        resolve_sources(recipe, shipped_faces()),
        output,
        jobs=jobs,
        overwrite=True,
        with_experiment=True,
        as_json=as_json,
        quiet=quiet,
    )


@click.command()
@click.argument("recipe", type=_FILE)
@click.option("--output", type=_OUTPUT, required=True, help="Folder of the pack.")
@_jobs
@_overwrite
@json_option
@quiet_option
def build(
    recipe: Path, output: Path, jobs: int, overwrite: bool, as_json: bool, quiet: bool
) -> None:
    """Build the pack that RECIPE describes.

    \b
    Example:
      morphkit build study.toml --output packs/pilot --jobs 2

    The whole recipe and all of its sources are checked before any work. A build that
    was stopped goes on where it was when the same command is given again.
    """  # noqa: D301 - click's mark
    check_output(output, overwrite=overwrite)
    read = read_recipe(recipe)
    _run(
        read,
        resolve_sources(read, recipe.parent),
        output,
        template=resolve_template(read, recipe.parent),
        norms=resolve_norms(read, recipe.parent),
        jobs=jobs,
        overwrite=overwrite,
        as_json=as_json,
        quiet=quiet,
    )


def _morph_options(command: Any) -> Any:
    """Give a command the options that a recipe has as keys."""
    options = [
        click.option(
            "--align",
            type=click.Choice([*ALIGNMENTS, "none"]),
            help="Common frame; none keeps that of the photos. The default is "
            "two_point where the template knows the eyes, else procrustes.",
        ),
        *picture_options(refine="flow"),
        click.option(
            "--mask",
            type=click.Choice(["none", *MASKS]),
            default="none",
            show_default=True,
            help="What is left of the frame: one mask for the whole continuum.",
        ),
        click.option(
            "--background",
            default="#808080",
            show_default=True,
            metavar="COLOUR",
            help="What lies around the mask: a colour such as #808080, or mean (the "
            "mean luminance of the face).",
        ),
        click.option(
            "--crop",
            type=click.Choice(["none", "mask"]),
            default="none",
            show_default=True,
            help="Cut the images off around the mask.",
        ),
        click.option("--grey", is_flag=True, help="Take the colour out."),
        click.option(
            "--match",
            type=click.Choice(["none", *MATCHINGS]),
            default="none",
            show_default=True,
            help="Make low-level properties alike; takes away what the expression "
            "does to them.",
        ),
        *placing_options(),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _size_of_both(first: Path, second: Path) -> tuple[int, int]:
    """Return the size of two photographs, or 512 × 512 if they have not one size."""
    sizes: set[tuple[int, int]] = set()
    errors = []
    for path in (first, second):
        try:
            height, width = read_photo(path).image.shape[:2]
            sizes.add((width, height))
        except InputError as error:
            errors.append(error)
    raise_all(errors)
    return sizes.pop() if len(sizes) == 1 else (512, 512)


def _check_names(labels: tuple[str, str], identity: str) -> None:
    """Refuse labels and identities that names of images cannot be made of.

    Raises
    ------
    InputError
        With all of them.
    """
    named = [("--labels", label) for label in labels] + [("--identity", identity)]
    raise_all(
        InputError(
            f'"{name}" cannot be part of the name of an image',
            where=option,
            allowed="a letter first, then lower-case letters, digits and single "
            "underscores: happy, infant_04",
        )
        for option, name in named
        if not re.fullmatch(ID_PATTERN, name)
    )


@click.command()
@click.argument("first", type=_FILE, metavar="A")
@click.argument("second", type=_FILE, metavar="B")
@click.option(
    "--steps",
    type=click.IntRange(2, 999),
    required=True,
    help="Number of images, both ends among them.",
)
@click.option("--output", type=_OUTPUT, required=True, help="Folder of the pack.")
@click.option(
    "--labels",
    nargs=2,
    default=("first", "second"),
    show_default=True,
    help="What A and B show, such as: happy distressed.",
)
@click.option(
    "--identity", default="face", show_default=True, help="Who is shown; not a name."
)
@click.option("--landmarks-a", type=_FILE, help="Landmark file of A.")
@click.option("--landmarks-b", type=_FILE, help="Landmark file of B.")
@click.option("--face-a", type=click.IntRange(1), help="Which face of A to take.")
@click.option("--face-b", type=click.IntRange(1), help="Which face of B to take.")
@click.option(
    "--size",
    nargs=2,
    type=click.IntRange(16, 8192),
    metavar="W H",
    help="Size of the images; that of the photos if they have one size, else 512 512.",
)
@_morph_options
@_overwrite
@json_option
@quiet_option
def morph(
    first: Path,
    second: Path,
    steps: int,
    output: Path,
    labels: tuple[str, str],
    identity: str,
    landmarks_a: Path | None,
    landmarks_b: Path | None,
    face_a: int | None,
    face_b: int | None,
    size: tuple[int, int] | None,
    align: str | None,
    warp: str,
    refine: str,
    outline: str,
    blend: str,
    detail: str,
    sampling: str,
    mask: str,
    background: str,
    crop: str,
    grey: bool,
    match: str,
    template: str,
    detector: str,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make the continuum between two photographs, A and B.

    \b
    Examples:
      morphkit morph happy.jpg sad.jpg --steps 15 --output pack
      morphkit morph a.png b.png --steps 9 --output pack --labels happy distressed \\
          --landmarks-a a.tem --landmarks-b b.tem --align none

    Landmarks are detected where no file is given. The recipe that was used is written
    into the pack. By giving two photographs you state that you may morph them; nothing
    else is assumed about consent.
    """  # noqa: D301 - click's mark
    if align == "none" and size is not None:
        raise click.UsageError("--size has no meaning with --align none")
    for side, file, face in (("a", landmarks_a, face_a), ("b", landmarks_b, face_b)):
        if file is not None and face is not None:
            raise click.UsageError(
                f"--face-{side} has no meaning with --landmarks-{side}"
            )
    _check_names(labels, identity)
    check_output(output, overwrite=overwrite)
    if align is None:
        align = "two_point" if find_template(template).eyes else "procrustes"
    if align != "none" and size is None:
        size = _size_of_both(first, second)
    align_part: dict[str, Any] = {"method": align}
    if size is not None:
        align_part |= {"width": size[0], "height": size[1]}
    name = f"{identity}_{labels[0]}_{labels[1]}"
    recipe = make_recipe(
        {
            "schema": 1,
            "pack": {"name": name if len(name) <= _LONGEST else identity},
            "sources": {"template": template, "detector": detector},
            "identities": {identity: {"may_morph": True}},
            "align": align_part,
            "morph": {
                "warp": warp,
                "refine": refine,
                "outline": outline,
                "blend": blend,
                "detail": detail,
                "sampling": sampling,
                "mask": mask,
            },
            "frame": {"background": background, "crop": crop, "grey": grey},
            "match": {"method": match},
            "continua": [{"from": labels[0], "to": labels[1], "steps": steps}],
        },
        where="options",
    )
    files = {
        (identity, labels[0]): SourceFiles(first, landmarks_a, face_a),
        (identity, labels[1]): SourceFiles(second, landmarks_b, face_b),
    }
    _run(recipe, files, output, overwrite=overwrite, as_json=as_json, quiet=quiet)


@click.command()
@click.argument("folder", type=_OUTPUT, metavar="DIR")
@click.option(
    "--demo",
    "with_faces",
    is_flag=True,
    help="Put the faces that ship with morphkit into it.",
)
@quiet_option
def init(folder: Path, with_faces: bool, quiet: bool) -> None:
    """Begin a study in DIR: a recipe with comments and folders for its sources.

    \b
    Example:
      morphkit init my_study
      morphkit init trial --demo && morphkit build trial/study.toml --output trial/pack
    """  # noqa: D301 - click's mark
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder}: exists already; choose a new or empty folder")
        write_study(folder)
        if with_faces:
            shipped = shipped_faces()
            for name in ("source_faces", "landmarks"):
                shutil.copytree(shipped / name, folder / name, dirs_exist_ok=True)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from None
    click.echo(folder / "study.toml")
    remark(
        f"Next: put photographs into {folder / 'source_faces'}, name the identities in "
        f"{folder / 'study.toml'}, then: morphkit build {folder / 'study.toml'} "
        "--output DIR",
        quiet=quiet,
    )
