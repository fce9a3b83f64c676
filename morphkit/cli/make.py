"""Commands that make packs: demo, morph, init and build."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit._core.text import counted
from morphkit.cli.console import (
    DOES_NOT_HOLD,
    json_option,
    print_groups,
    print_json,
    progress_bar,
    quiet_option,
    remark,
    say,
    wait_option,
)
from morphkit.cli.options import (
    EntryName,
    face_option,
    picture_options,
    placing_options,
)
from morphkit.faces.choices import FaceChoice
from morphkit.geometry.choices import FRAMES, REFINEMENT

# What makes images is loaded by the command that makes them, not to describe it.
if TYPE_CHECKING:
    from morphkit.pack.model import Pack

_OUTPUT = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path)


def _finish(
    pack: "Pack",
    output: Path,
    *,
    experiment: Path | None = None,
    private: bool = True,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print the result and what to open next; faces outside the images are exit 4."""
    _tell(pack, output, experiment, private=private, as_json=as_json, quiet=quiet)
    if not pack.usable:
        click.get_current_context().exit(DOES_NOT_HOLD)


def _tell(
    pack: "Pack",
    output: Path,
    experiment: Path | None,
    *,
    private: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print the result and what to open next."""
    from morphkit.pack.layout import REPORT

    if as_json:
        print_json(
            {
                "pack": str(output),
                **({"experiment": str(experiment)} if experiment else {}),
                "continua": [row.continuum_id for row in pack.continua],
                "n_images": len(pack.stimuli),
                "findings": [finding.to_dict() for finding in pack.findings],
            }
        )
        return
    grave = [group for group in pack.groups if group.severity != "note"]
    print_groups(grave, n_continua=len(pack.continua))
    if quiet:
        return
    notes = sum(len(g.findings) for g in pack.groups if g.severity == "note")
    if notes:
        stand = "stands" if notes == 1 else "stand"
        remark(f"{counted(notes, 'note')} {stand} in the report")
    images = counted(len(pack.stimuli), "image")
    continua = counted(len(pack.continua), "continuum", "continua")
    say(f"{output}: {images} in {continua}")
    say(f"Open next: {output / REPORT}")
    if private:
        remark(
            "The pack holds its photographs (at level 0 and 1), their hashes and "
            f"landmarks; for the public: morphkit publish {output} --output DIR"
        )
    if experiment is not None:
        say(f"and to try an experiment: {experiment / 'index.html'}")


_overwrite = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace the pack that is there, whatever it is of.",
)
_jobs = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Number of continua matched and rendered at once, each in a process of its "
    "own: best as many as there are cores.",
)


@click.command()
@click.option(
    "--output",
    type=_OUTPUT,
    default=Path("output/demo"),
    show_default=True,
    help="Folder of the new pack.",
)
@_jobs
@wait_option
@json_option
@quiet_option
def demo(output: Path, jobs: int, as_json: bool, quiet: bool) -> None:
    """Make a finished set from the faces that ship with morphkit.

    \b
    Example:
      morphkit demo --output output/demo

    15 images from happy to distressed for every identity, checked and documented, and
    beside them (output/demo_jspsych) a short experiment for the browser. An earlier
    demo in the same place is replaced, and nothing else.
    """  # noqa: D301 - click's mark
    # Its experiment needs what no other command here does.
    from morphkit.pipeline.demo import build_demo

    with progress_bar(quiet=quiet or as_json) as progress:
        made = build_demo(output, jobs=jobs, processes=True, progress=progress)
    _finish(
        made.pack,
        output,
        experiment=made.experiment.folder,
        private=False,
        as_json=as_json,
        quiet=quiet,
    )


@click.command()
@click.argument("recipe", type=_FILE)
@click.option("--output", type=_OUTPUT, required=True, help="Folder of the new pack.")
@_jobs
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Match and render on the machines of a scheduler of dask.distributed, such as "
    "tcp://HOST:8786 (extra cluster).",
)
@click.option(
    "--shared-storage",
    is_flag=True,
    help="The machines of the cluster read photographs under the same paths as this "
    "one; otherwise they are sent.",
)
@click.option(
    "--public",
    is_flag=True,
    help="Make a copy for the public alone, without hashes, landmarks and meshes of "
    "photographs, as publish does.",
)
@_overwrite
@wait_option
@json_option
@quiet_option
def build(
    recipe: Path,
    output: Path,
    jobs: int,
    cluster: str | None,
    shared_storage: bool,
    public: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Build the pack that RECIPE describes.

    \b
    Examples:
      morphkit build study.toml --output packs/pilot --jobs 2
      morphkit build study.toml --output packs/all --cluster tcp://10.0.0.4:8786

    The recipe and all of its sources are checked before any work begins. Given again,
    the command makes what has changed, or what is left of a build that was interrupted,
    and replaces the earlier pack of the same study.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.make_pack import build_pack

    if shared_storage and cluster is None:
        raise click.UsageError("--shared-storage has no meaning without --cluster")
    with progress_bar(quiet=quiet or as_json) as progress:
        pack = build_pack(
            recipe,
            output,
            jobs=jobs,
            processes=True,
            cluster=cluster,
            shared_storage=shared_storage,
            public=public,
            overwrite=overwrite,
            progress=progress,
        )
    _finish(pack, output, private=not public, as_json=as_json, quiet=quiet)


def _morph_options(command: Any) -> Any:
    """Give a command the options that are keys of a recipe."""
    options = [
        click.option(
            "--align",
            type=EntryName(NamesOf("alignments"), "none"),
            help="Common frame; none keeps that of the photos. The default is "
            "two_point if the template defines the eyes, else procrustes.",
        ),
        click.option(
            "--frame",
            type=click.Choice(FRAMES),
            help="Where the frame lies: around the faces, or where the photos show "
            "them. The default is faces, except with --align none.",
        ),
        *picture_options(refine=REFINEMENT),
        click.option(
            "--mask",
            type=EntryName("none", NamesOf("masks")),
            default="none",
            show_default=True,
            help="Visible part of the frame: one mask for the whole continuum.",
        ),
        click.option(
            "--background",
            default="#808080",
            show_default=True,
            metavar="COLOUR",
            help="Background around the mask: a colour such as #808080, or mean (the "
            "mean luminance of the face).",
        ),
        click.option(
            "--crop",
            type=click.Choice(["none", "mask"]),
            default="none",
            show_default=True,
            help="Crop the images to the mask.",
        ),
        click.option("--grey", is_flag=True, help="Convert to grey."),
        click.option(
            "--bit-depth",
            type=click.Choice([8, 16]),
            default=8,
            show_default=True,
            help="Bits of every sample of the images.",
        ),
        click.option(
            "--match",
            type=EntryName("none", NamesOf("matchings")),
            default="none",
            show_default=True,
            help="Match low-level properties; this removes the effect of the "
            "expression on them.",
        ),
        *placing_options(),
    ]
    for option in reversed(options):
        command = option(command)
    return command


#: Part of a recipe -> its keys that are options of ``morph``.
_PARTS = {
    "sources": ("template", "detector"),
    "morph": ("warp", "refine", "outline", "blend", "detail", "sampling", "mask"),
    "frame": ("background", "crop", "grey", "bit_depth"),
}


def _parts_of_a_recipe(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return options as parts of a recipe."""
    parts = {part: {key: options[key] for key in keys} for part, keys in _PARTS.items()}
    return parts | {"match": {"method": options["match"]}}


@click.command()
@click.argument("first", type=_FILE, metavar="A")
@click.argument("second", type=_FILE, metavar="B")
@click.option(
    "--steps",
    type=click.IntRange(2, 999),
    required=True,
    help="Number of images, both ends included.",
)
@click.option("--output", type=_OUTPUT, required=True, help="Folder of the new pack.")
@click.option(
    "--labels",
    nargs=2,
    default=("first", "second"),
    show_default=True,
    help="Labels of A and B, such as: happy distressed.",
)
@click.option(
    "--identity",
    default="face",
    show_default=True,
    help="Code of the person shown; not a name.",
)
@click.option("--landmarks-a", type=_FILE, help="Landmark file of A.")
@click.option("--landmarks-b", type=_FILE, help="Landmark file of B.")
@face_option("--face", "Which of several faces in both, where not said apart.")
@face_option("--face-a", "Which face of A to use.")
@face_option("--face-b", "Which face of B to use.")
@click.option(
    "--size",
    nargs=2,
    type=click.IntRange(16, 8192),
    metavar="W H",
    help="Size of the images (default: that of the photos if equal, else 512 512; "
    "less where faces are small in them).",
)
@_morph_options
@_overwrite
@wait_option
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
    face: FaceChoice,
    face_a: FaceChoice,
    face_b: FaceChoice,
    size: tuple[int, int] | None,
    align: str | None,
    frame: str | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Make the continuum between two photographs, A and B.

    \b
    Examples:
      morphkit morph happy.jpg sad.jpg --steps 15 --output pack
      morphkit morph a.png b.png --steps 9 --output pack --labels happy distressed \\
          --landmarks-a a.tem --landmarks-b b.tem --align none

    Landmarks are those of the file that is given, else of a landmark file beside the
    photograph, of the same name, else detected. The recipe used is written into the
    pack. By giving two photographs you state that you may morph them; nothing else is
    assumed about consent.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.make_pack import morph_photos
    from morphkit.pipeline.source_faces import SourceFiles

    if align == "none" and size is not None:
        raise click.UsageError("--size has no meaning with --align none")
    if align == "none" and frame == "faces":
        raise click.UsageError("--frame faces has no meaning with --align none")
    for side, file, own in (("a", landmarks_a, face_a), ("b", landmarks_b, face_b)):
        if file is not None and own is not None:
            raise click.UsageError(
                f"--face-{side} has no meaning with --landmarks-{side}"
            )
    with progress_bar(quiet=quiet or as_json) as progress:
        pack = morph_photos(
            SourceFiles(first, landmarks_a, face_a),
            SourceFiles(second, landmarks_b, face_b),
            output,
            n_steps=steps,
            labels=labels,
            identity=identity,
            align=align,
            frame=frame,
            face=face,
            size=size,
            settings=_parts_of_a_recipe(options),
            overwrite=overwrite,
            progress=progress,
        )
    _finish(pack, output, as_json=as_json, quiet=quiet)


@click.command()
@click.argument("folder", type=_OUTPUT, metavar="DIR")
@click.option(
    "--demo",
    "with_faces",
    is_flag=True,
    help="Include the faces that ship with morphkit.",
)
@wait_option
@quiet_option
def init(folder: Path, with_faces: bool, quiet: bool) -> None:
    """Start a study in DIR: a commented recipe and folders for its sources.

    \b
    Example:
      morphkit init my_study
      morphkit init trial --demo && morphkit build trial/study.toml --output trial/pack
    """  # noqa: D301 - click's mark
    # The faces that it can write come with the code of experiments and front ends.
    from morphkit.pipeline.start_study import start_study

    recipe = start_study(folder, with_faces=with_faces)
    say(recipe)
    work = (
        ""
        if with_faces
        else f"put photographs into {folder / 'source_faces'}, name the identities in "
        f"{recipe}, then: "
    )
    remark(f"Next: {work}morphkit build {recipe} --output DIR", quiet=quiet)
