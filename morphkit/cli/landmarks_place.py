"""Commands that place landmarks: detect, propagate, train."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit._core.text import counted
from morphkit.cli.console import (
    end_with,
    json_option,
    print_json,
    print_rows,
    progress_bar,
    quiet_option,
    remark,
    say,
    wait_option,
)
from morphkit.cli.options import (
    EntryName,
    face_option,
    options_of_formats,
)
from morphkit.faces.choices import FaceChoice
from morphkit.pipeline.delineate.choices import PATTERN

if TYPE_CHECKING:
    from morphkit.pipeline.delineate.detect import Delineated
    from morphkit.pipeline.delineate.propagate import PropagatedFile
    from morphkit.pipeline.delineate.train import PlaceError

_PATH = click.Path(path_type=Path)
#: Typical values, measured on 20 adult portraits and 6 rendered infants.
NORMAL = (
    "agreement: mean distance between {0} and {1} in % of the inter-ocular distance. "
    "On adult portraits 2 is normal (jaw 4, brows 3, others 1 to 2), on infants and "
    "strong expressions twice as much; above that, check the image"
)


def _detector_options(
    *, role: str, photos: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command that asks a detector about photographs what such commands share.

    Parameters
    ----------
    role : str
        What the detector is, for its help.
    photos : str
        In which photographs ``--face`` chooses.
    """
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--detector",
            default="mesh",
            show_default=True,
            help=f"{role}, by name or the file of a trained one (.npz).",
        ),
        face_option(
            "--face", f"Which of several faces{photos}, numbered in reading order."
        ),
        click.option("--overwrite", is_flag=True, help="Replace existing files."),
        wait_option,
        json_option,
        quiet_option,
    ]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command()
@click.argument("images", type=_PATH, nargs=-1, required=True)
@click.option("--output", type=_PATH, required=True, help="Folder of landmark files.")
@click.option(
    "--overlay",
    type=_PATH,
    help="Folder for images with the landmarks drawn in, or, where it has to be said "
    "which face is meant, with all faces numbered.",
)
@click.option(
    "--template",
    help="Template of the landmarks; by default ibug_68, or that of a trained "
    "detector.",
)
@click.option(
    "--format",
    "format_name",
    type=EntryName(NamesOf("formats")),
    default="json",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--agreement/--no-agreement",
    default=None,
    help="Compare with the other detector (default if both are installed).",
)
@_detector_options(role="Landmark detector", photos="")
def detect(
    images: tuple[Path, ...],
    output: Path,
    overlay: Path | None,
    detector: str,
    template: str | None,
    face: FaceChoice,
    format_name: str,
    agreement: bool | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Place landmarks on IMAGES: photographs, or folders of them.

    \b
    Examples:
      morphkit landmarks detect anna.jpg ben.jpg --output landmarks
      morphkit landmarks detect photos --output landmarks --overlay look
      morphkit landmarks detect group.png --face 2 --output landmarks

    Each photograph gets a landmark file of the same name. Unusable photographs do not
    stop the others; all of them are listed at the end (exit code 3). Given again, a
    command that was interrupted, or that could not use some, does what is left.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.delineate.detect import delineate_photos
    from morphkit.pipeline.delineate.detection_jobs import Settings

    settings = Settings(detector, template, face, format_name, overwrite=overwrite)
    with progress_bar(quiet=quiet or as_json) as progress:
        found = delineate_photos(
            images,
            output,
            overlay=overlay,
            settings=settings,
            agreement=agreement,
            progress=progress,
        )
    if found.not_compared:
        remark(f"note: agreement was not measured: {found.not_compared}", quiet=quiet)
    if as_json:
        print_json(found.to_dict())
    elif not quiet:
        _print_table(found.done)
    if found.second and found.done and not as_json:
        remark(NORMAL.format(detector, found.second), quiet=quiet)
    n_jobs = len(found.done) + len(found.errors)
    kept = f"{len(found.done)} of {counted(n_jobs, 'image')} delineated"
    end_with(found.errors, f"{kept}, in {output}" if found.done else kept)


def _print_table(done: "Sequence[Delineated]") -> None:
    """Print a row for each photograph."""
    regions = next((list(one.agreement) for one in done if one.agreement), [])
    several = any(one.landmarks.placement.choice for one in done)
    rows = [["image", "score", "x", "y", "width", "height", *regions]]
    if several:
        rows[0].append("of several")
    for one in done:
        score = one.landmarks.placement.score
        apart = [f"{one.agreement[r]:.1f}" if one.agreement else "-" for r in regions]
        said = "-" if score is None else f"{score:.2f}"
        rows.append([one.job.image.name, said, *map(str, one.box), *apart])
        if several:
            rows[-1].append(one.landmarks.placement.choice or "-")
    if done:
        print_rows(rows)


@click.command()
@click.argument("given", type=_PATH, nargs=-1, required=True, metavar="STUDY|PHOTOS...")
@click.option(
    "--from", "start", default="", metavar="LABEL", help="Label with known landmarks."
)
@click.option(
    "--to",
    multiple=True,
    metavar="LABEL",
    help="Label to carry them to; may be repeated (default: all others in use).",
)
@click.option(
    "--landmarks",
    type=_PATH,
    help="Landmark file of the first photograph, or folder of landmark files.",
)
@click.option(
    "--output", type=_PATH, help="Folder of the new files (default: the known ones')."
)
@click.option("--template", help="Template of the points, by name or definition file.")
@click.option(
    "--pattern",
    default="",
    metavar="NAME",
    help="How photographs of a folder are named (default {identity}_{label}).",
)
@_detector_options(
    role="Detector whose displacements landmarks follow",
    photos=" in the new photographs",
)
def propagate(
    given: tuple[Path, ...],
    detector: str,
    face: FaceChoice,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Carry landmarks to other photographs of the same face.

    \b
    Examples:
      morphkit landmarks propagate maja_happy.jpg maja_distressed.jpg
      morphkit landmarks propagate study.toml --from happy
      morphkit landmarks propagate photos --from happy --to distressed
      morphkit landmarks propagate a.jpg b.jpg --landmarks a.tem --output placed

    The first photograph has landmarks that you trust, of any template; lips and lids
    are carried one by one. In a study (a recipe, its folder, or a folder of
    photographs) this is done for every face, and faces that have landmarks keep them;
    --overwrite replaces those that no person has placed. Given again, a command that
    was interrupted does what is left.

    Each landmark has a confidence: the chance that it lies within 3 % of the
    inter-ocular distance of its true place. The studio shows which to confirm.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.delineate.propagate import (
        PropagateSettings,
        propagate_landmarks,
    )

    settings = PropagateSettings(detector, face, overwrite=overwrite)
    with progress_bar(quiet=quiet or as_json) as progress:
        found = propagate_landmarks(
            given, settings=settings, progress=progress, **options
        )
    if as_json:
        print_json(found.to_dict())
    elif not quiet:
        _print_propagated(found.done)
    for one in found.done:
        if one.remark:
            remark(f"warning: {one.remark}")
    if found.kept:
        names = ", ".join(file.name for file in found.kept[:6])
        more = ", …" if len(found.kept) > 6 else ""
        remark(f"note: already there and kept: {names}{more}", quiet=quiet)
    n_jobs = len(found.done) + len(found.errors)
    end_with(
        found.errors, f"{len(found.done)} of {counted(n_jobs, 'image')} delineated"
    )


def _print_propagated(done: "Sequence[PropagatedFile]") -> None:
    """Print a row for each photograph, and what to confirm in it."""
    from morphkit.quality.landmark_checks.unconfirmed import SURE

    for one in done:
        least = ", ".join(f'"{name}" {chance:.0%}' for name, chance in one.unsure[:3])
        more = f"; least certain: {least}" if least else ""
        say(
            f"{one.pair.photo.name} from {one.pair.start.name}: "
            f"{counted(len(one.unsure), 'landmark')} to confirm (confidence below "
            f"{SURE:.0%}){more}"
        )


@click.command()
@click.argument("faces", type=_PATH, nargs=-1, required=True)
@click.option(
    "--output", type=_PATH, required=True, help="File of the detector, NAME.npz."
)
@click.option(
    "--images",
    type=_PATH,
    help="Folder with the photographs; by default beside the landmark files.",
)
@click.option("--template", help="Template of the points, by name or definition file.")
@click.option(
    "--pattern",
    metavar="NAME",
    default=PATTERN,
    show_default=True,
    help="How files are named: faces of an identity are left out together when the "
    "error is measured.",
)
@click.option(
    "--one-expression",
    is_flag=True,
    help="Train although all faces have one expression.",
)
@click.option("--points", is_flag=True, help="Print a row for each landmark, too.")
@click.option("--table", type=_PATH, help="Write regions and landmarks to a .csv.")
@click.option("--figure", type=_PATH, help="Draw the error of each landmark, a .svg.")
@options_of_formats("options")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@json_option
@quiet_option
def train(
    faces: tuple[Path, ...],
    output: Path,
    points: bool,
    table: Path | None,
    figure: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Train a detector on FACES: corrected landmark files, or folders of them.

    \b
    Examples:
      morphkit landmarks train landmarks --images photos --output own.npz
      morphkit landmarks train *.tem --output own.npz --figure errors.svg
      morphkit landmarks detect more --detector own.npz --output landmarks

    Five faces of three identities are enough to begin with, for any template: correct
    five, train, let it place the next twenty, correct those, train again. Give both
    ends of every identity. Errors are measured on identities that are left out, in
    percent of the inter-ocular distance. The file holds no name, path or picture.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.delineate.train import train_detector

    with progress_bar(quiet=quiet or as_json) as progress:
        found = train_detector(
            faces,
            output,
            table=table,
            figure=figure,
            overwrite=overwrite,
            progress=progress,
            **settings,
        )
    for where, why in found.left_out.items():
        remark(f"note: {where} was left out: {why}", quiet=quiet)
    if as_json:
        print_json(found.to_dict())
        return
    about = found.trained_on
    people = counted(about.n_identities, "identity", "identities")
    say(
        f"{output}: {found.template}, trained on {counted(about.n_faces, 'face')} of "
        f"{people}, {found.size / 1e6:.1f} MB"
    )
    say(f"error on identities left out, % of the {found.normaliser}")
    print_rows(_error_rows((*found.regions, *(found.points if points else ()))))


def _error_rows(errors: "Sequence[PlaceError]") -> list[list[str]]:
    """Return the table of the errors of a trained detector, its head first."""
    rows = [["", "mean", "95 %", "adapter alone"]]
    for one in errors:
        numbers = (one.mean, one.p95, one.mean_adapter)
        rows.append([one.name, *(f"{value:.2f}" for value in numbers)])
    return rows
