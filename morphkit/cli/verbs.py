"""Commands that make one face from others: prototype, transform, symmetrise."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit.cli.console import (
    DOES_NOT_HOLD,
    json_option,
    print_findings,
    print_json,
    quiet_option,
    remark,
    say,
)
from morphkit.cli.options import (
    EntryName,
    face_option,
    picture_options,
    placing_options,
)
from morphkit.geometry.choices import FRAMES, REFINEMENT, wider
from morphkit.morph.choices import DIFFERENCES, REGIONS

# What makes images is loaded by the command that makes them, not to describe it.
if TYPE_CHECKING:
    from morphkit.pipeline.derive_photos import PhotoSettings, WrittenFace

_FILE = click.Path(path_type=Path)
_SIZE = click.IntRange(16, 8192)


def _settings(options: Mapping[str, Any]) -> "PhotoSettings":
    """Return the options that all verbs share."""
    from morphkit.morph.settings import MorphSettings
    from morphkit.pipeline.derive_photos import PhotoSettings

    names = ("warp", "refine", "outline", "blend", "detail", "sampling")
    morph = {name: options[name] for name in (*names, "difference") if name in options}
    return PhotoSettings(
        MorphSettings(align=options["align"] or "auto", **morph),
        template=options["template"],
        detector=options["detector"],
        landmarks=options["landmarks"],
        overwrite=options["overwrite"],
        face=options["face"],
    )


def _shared_options(command: Any) -> Any:
    """Give a command the options that all verbs share."""
    options = [
        click.option(
            "--output", type=_FILE, required=True, help="Output image, NAME.png."
        ),
        click.option(
            "--landmarks",
            type=_FILE,
            help="Folder of landmark files named like their photographs. They are "
            "also looked for beside the photographs, and none is detected.",
        ),
        click.option(
            "--align",
            type=EntryName(NamesOf("alignments"), "none"),
            help="Alignment of the faces; none keeps them in place. The default is "
            "two_point if the template defines the eyes, else procrustes.",
        ),
        *picture_options(refine=wider(REFINEMENT)),
        *placing_options(),
        face_option(
            "--face",
            "Which of several faces in photographs without a landmark file.",
        ),
        click.option("--overwrite", is_flag=True, help="Replace existing files."),
        json_option,
        quiet_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command


class _Fraction(click.FloatRange):
    """A number between two others, and no "nan", which is between all."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(
                f"{value!r} is not a number; a fraction from {self.min} to {self.max}",
                param,
                ctx,
            )
        return number


def _amounts(command: Any) -> Any:
    """Give a command the three fractions."""
    for name, said in (
        ("texture", "in the strength of fine detail"),
        ("colour", "in colour"),
        ("shape", "in shape"),
    ):
        command = click.option(
            f"--{name}",
            type=_Fraction(-1.5, 1.5),
            default=1.0,
            show_default=True,
            help=f"Fraction {said}: 0 leaves it, 1 is the whole. Not percent.",
        )(command)
    return command


def _report_face(written: "WrittenFace", options: Mapping[str, Any]) -> None:
    """Report on the face that was written."""
    from morphkit.quality.groups import group_findings

    if options["as_json"]:
        print_json(written.to_dict())
    else:
        found, files = written.made.findings, written.files
        print_findings(f for f in found if f.severity != "note")
        for kind in group_findings(f for f in found if f.severity == "note"):
            others = len(kind.findings) - 1
            more = f" (the most; {others} more)" if others else ""
            said = f"note: {kind.worst.message}{more} [{kind.code}]"
            remark(said, quiet=options["quiet"])
        for path in (files.picture, files.landmarks, files.provenance):
            say(path)
    # No `check` comes after a single picture, so this is where an error must stop a
    # script. The files are there, to be looked at.
    if not written.holds:
        click.get_current_context().exit(DOES_NOT_HOLD)


_frame_option = click.option(
    "--frame",
    type=click.Choice(FRAMES),
    help="Where the frame lies: around the faces, or where the photos show them. The "
    "default is faces, except with --align none.",
)


@click.command()
@click.argument("photos", type=_FILE, nargs=-1, required=True, metavar="PHOTO...")
@_frame_option
@click.option(
    "--size",
    nargs=2,
    type=_SIZE,
    metavar="W H",
    help="Size of the image (default: that of the photographs if equal, else 512 512; "
    "less where faces are small in them).",
)
@_shared_options
def prototype(
    photos: tuple[Path, ...],
    frame: str | None,
    size: tuple[int, int] | None,
    **options: Any,
) -> None:
    """Average faces: mean shape, mean colour, detail as strong as in the photographs.

    \b
    Example:
      morphkit prototype faces/*_happy.png --landmarks landmarks --output happy.png

    Writes the image, its landmarks (NAME.json) and its provenance (NAME.made.json). By
    giving photographs you state that you may average them.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.derive_photos import prototype_photos

    written = prototype_photos(
        photos,
        options["output"],
        frame=frame,
        size=size,
        settings=_settings(options),
    )
    _report_face(written, options)


@click.command()
@click.argument("photo", type=_FILE)
@click.option(
    "--from",
    "source",
    type=_FILE,
    multiple=True,
    required=True,
    help="Photograph, or one of several, at the start of the difference.",
)
@click.option(
    "--to",
    "target",
    type=_FILE,
    multiple=True,
    required=True,
    help="Photograph, or one of several, at the end of the difference.",
)
@_amounts
@click.option(
    "--region",
    type=click.Choice(list(REGIONS)),
    default="face",
    show_default=True,
    help="Where colour and texture change; face keeps hair and background.",
)
@click.option(
    "--difference",
    type=click.Choice(list(DIFFERENCES)),
    default="ratio",
    show_default=True,
    help="How it is added to colours: ratio in proportion to the light that is there, "
    "for every skin; sum as so much light, as older tools do.",
)
@_shared_options
def transform(
    photo: Path,
    source: tuple[Path, ...],
    target: tuple[Path, ...],
    shape: float,
    colour: float,
    texture: float,
    region: str,
    **options: Any,
) -> None:
    """Add a fraction of a difference to the face in PHOTO: shape, colour, texture.

    \b
    Example:
      morphkit transform new_neutral.png --from neutral.png --to happy.png \\
          --shape 0.5 --colour 0.5 --texture 0.5 --output new_happy.png

    New = PHOTO + fraction · (mean of --to - mean of --from). The result keeps the frame
    of PHOTO. Give PHOTO itself as --from to morph towards --to; negative fractions, or
    those beyond 1, make anti-caricatures and caricatures.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.derive_photos import transform_photo

    written = transform_photo(
        photo,
        options["output"],
        source=source,
        target=target,
        shape=shape,
        colour=colour,
        texture=texture,
        region=region,
        settings=_settings(options),
    )
    _report_face(written, options)


@click.command()
@click.argument("photo", type=_FILE)
@_amounts
@_frame_option
@click.option(
    "--size",
    nargs=2,
    type=_SIZE,
    metavar="W H",
    help="Size of the image (default: that of the photograph).",
)
@_shared_options
def symmetrise(
    photo: Path,
    shape: float,
    colour: float,
    texture: float,
    frame: str | None,
    size: tuple[int, int] | None,
    **options: Any,
) -> None:
    """Make the face in PHOTO symmetric: halfway to its mirror image.

    \b
    Example:
      morphkit symmetrise maja_neutral.png --output maja_even.png

    1 is symmetric, 0 unchanged; negative fractions exaggerate asymmetry. With --align
    none the mirror axis is the middle of the photograph.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.derive_photos import symmetrise_photo

    written = symmetrise_photo(
        photo,
        options["output"],
        shape=shape,
        colour=colour,
        texture=texture,
        frame=frame,
        size=size,
        settings=_settings(options),
    )
    _report_face(written, options)
