"""Commands on landmark files: detect, propagate, check and convert."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from morphkit._core.text import counted
from morphkit.cli.console import (
    BAD_INPUT,
    DOES_NOT_HOLD,
    MorphkitGroup,
    json_option,
    print_errors,
    print_findings,
    print_json,
    progress_bar,
    quiet_option,
    remark,
    say,
)
from morphkit.cli.options import (
    EntryName,
    face_option,
    options_of_formats,
    wait_option,
)
from morphkit.errors import InputError
from morphkit.faces.detectors.choice import FaceChoice
from morphkit.faces.formats import FORMATS, find_template
from morphkit.pipeline.delineate.agreement import measure_landmark_agreement
from morphkit.pipeline.delineate.convert import Conversion, convert_landmarks
from morphkit.pipeline.delineate.detect import Delineated, Settings, delineate_photos
from morphkit.pipeline.delineate.pairs import PATTERN
from morphkit.pipeline.delineate.propagate import (
    PropagatedFile,
    PropagateSettings,
    propagate_landmarks,
)
from morphkit.pipeline.delineate.read import check_landmark_files
from morphkit.pipeline.delineate.survey import Survey, survey_photos
from morphkit.pipeline.delineate.train import PlaceError, train_detector
from morphkit.quality.landmark_agreement import Difference
from morphkit.quality.landmark_checks import RankedPoint
from morphkit.quality.landmark_checks.unconfirmed import SURE

_PATH = click.Path(path_type=Path)
#: Typical values, measured on 20 adult portraits and 6 rendered infants.
NORMAL = (
    "agreement: mean distance between {0} and {1} in % of the inter-ocular distance. "
    "On adult portraits 2 is normal (jaw 4, brows 3, others 1 to 2), on infants and "
    "strong expressions twice as much; above that, check the image"
)


@click.group(cls=MorphkitGroup)
def landmarks() -> None:
    """Delineate photographs, check landmark files, change their format.

    \b
    Examples:
      morphkit landmarks detect photos --output landmarks --overlay look
      morphkit landmarks propagate study.toml --from happy
      morphkit landmarks check landmarks/*.json --images photos
      morphkit landmarks convert anna.tem anna.json --image photos/anna.jpg
      morphkit landmarks train landmarks --images photos --output own.npz
    """  # noqa: D301 - click's mark


@landmarks.command()
@click.argument("images", type=_PATH, nargs=-1, required=True)
@click.option("--output", type=_PATH, required=True, help="Folder of landmark files.")
@click.option(
    "--overlay",
    type=_PATH,
    help="Folder for images with the landmarks drawn in, or, where it has to be said "
    "which face is meant, with all faces numbered.",
)
@click.option(
    "--detector",
    default="mesh",
    show_default=True,
    help="Landmark detector, by name or the file of a trained one (.npz).",
)
@click.option(
    "--template",
    help="Template of the landmarks; by default ibug_68, or that of a trained "
    "detector.",
)
@face_option("--face", "Which of several faces, numbered in reading order.")
@click.option(
    "--format",
    "format_name",
    type=EntryName(FORMATS),
    default="json",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--agreement/--no-agreement",
    default=None,
    help="Compare with the other detector (default if both are installed).",
)
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@wait_option
@json_option
@quiet_option
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
    if found.second and not as_json:
        remark(NORMAL.format(detector, found.second), quiet=quiet)
    n_jobs = len(found.done) + len(found.errors)
    kept = f"{len(found.done)} of {counted(n_jobs, 'image')} delineated"
    _end(found.errors, f"{kept}, in {output}" if found.done else kept)


@landmarks.command()
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
@click.option(
    "--detector",
    default="mesh",
    show_default=True,
    help="Detector whose displacements landmarks follow, by name or the file of a "
    "trained one (.npz).",
)
@face_option(
    "--face", "Which of several faces in the new photographs, in reading order."
)
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@wait_option
@json_option
@quiet_option
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
      morphkit landmarks propagate ada_happy.jpg ada_distressed.jpg
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
    settings = PropagateSettings(detector, face, overwrite=overwrite)
    with progress_bar(quiet=quiet or as_json) as progress:
        found = propagate_landmarks(
            given, settings=settings, progress=progress, **options
        )
    if as_json:
        print_json(found.to_dict())
    elif not quiet:
        _print_propagated(found.done)
    if found.kept:
        names = ", ".join(file.name for file in found.kept[:6])
        more = ", …" if len(found.kept) > 6 else ""
        remark(f"note: already there and kept: {names}{more}", quiet=quiet)
    n_jobs = len(found.done) + len(found.errors)
    _end(found.errors, f"{len(found.done)} of {counted(n_jobs, 'image')} delineated")


def _print_propagated(done: Sequence[PropagatedFile]) -> None:
    """Print a row for each photograph, and what to confirm in it."""
    for one in done:
        least = ", ".join(f'"{name}" {chance:.0%}' for name, chance in one.unsure[:3])
        more = f"; least certain: {least}" if least else ""
        say(
            f"{one.pair.photo.name} from {one.pair.start.name}: "
            f"{counted(len(one.unsure), 'landmark')} to confirm (confidence below "
            f"{SURE:.0%}){more}"
        )


def _print_table(done: Sequence[Delineated]) -> None:
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
        _print_rows(rows)


def _print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with their columns aligned, names to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
        say("  ".join([row[0].ljust(widths[0]), *cells]))


def _end(errors: Sequence[InputError], kept: str) -> None:
    """Exit with code 3 if there are errors, after reporting all of them."""
    if not errors:
        return
    print_errors(errors)
    say(f"morphkit: {kept}", err=True)
    click.get_current_context().exit(BAD_INPUT)


@landmarks.command()
@click.argument("files", type=_PATH, nargs=-1, required=True)
@click.option("--images", type=_PATH, help="Folder with the photographs.")
@click.option("--template", help="Template of the points, by name or definition file.")
@click.option(
    "--pattern",
    metavar="NAME",
    help="How files are named, such as {identity}_{label}: faces of an identity are "
    "compared as ends of a continuum.",
)
@click.option(
    "--rank",
    type=click.IntRange(1),
    metavar="N",
    help="List the N points that are oddest for their place, whether or not they are "
    "findings.",
)
@click.option(
    "--points", is_flag=True, help="Name every landmark of each finding, worst first."
)
@options_of_formats("read_options")
@json_option
@quiet_option
def check(
    files: tuple[Path, ...],
    images: Path | None,
    template: str | None,
    pattern: str | None,
    rank: int | None,
    points: bool,
    read_options: dict[str, int],
    as_json: bool,
    quiet: bool,
) -> None:
    """Find bad landmarks in FILES: landmark files, folders of them, or a study.

    \b
    Examples:
      morphkit landmarks check study.toml
      morphkit landmarks check landmarks --images photos
      morphkit landmarks check landmarks --rank 20 --pattern {identity}_{label}
      morphkit landmarks check *.tem --template own.json --json

    Give all faces of a set at once: they are compared with each other. Points of eight
    or more faces can be findings; those of two or more are ranked (--rank).
    Photographs are found by the name in the landmark file, else by its own name. A
    recipe, or the folder of a study, says which photographs and identities the files
    belong to: its ends are then compared.

    Exit code 4 if a finding is an error, 3 if a file cannot be read.
    """  # noqa: D301 - click's mark
    with progress_bar(quiet=quiet or as_json) as progress:
        found = check_landmark_files(
            files,
            images=images,
            template=template,
            pattern=pattern,
            options=read_options,
            progress=progress,
        )
    if as_json:
        print_json(found.to_dict())
    else:
        for finding, names in zip(found.findings, found.names, strict=True):
            print_findings([finding])
            if points and names:
                say(f"  {', '.join(names)}")
        _print_ranked(found.ranked[: rank or 0])
        for name, reason in found.left_out.items():
            remark(f"note: {name} was skipped: {reason}", quiet=quiet)
        if not found.findings and found.n_faces and not quiet:
            say(f"{counted(found.n_faces, 'face')}: no problem found")
    _end(found.errors, f"{counted(found.n_faces, 'face')} checked")
    if not found.holds:
        click.get_current_context().exit(DOES_NOT_HOLD)


def _print_ranked(points: Sequence[RankedPoint]) -> None:
    """Print a row for each of the oddest points."""
    for i, point in enumerate(points, start=1):
        usual = (
            f"{point.chance:.1f} points of a correct face are as odd"
            if point.chance >= 1
            else f"1 of {1 / point.chance:,.0f} correct faces has such a point"
        )
        say(
            f'{i}. {point.where}: "{point.point}" {point.distance:.1%} of the '
            f"inter-ocular distance, {point.score:.1f} times what is usual ({usual})"
        )


@landmarks.command()
@click.argument("first", type=_PATH, metavar="A")
@click.argument("second", type=_PATH, metavar="B")
@click.option("--template", help="Template of the points, by name or definition file.")
@click.option("--images", type=_PATH, help="Photographs, where a format needs sizes.")
@click.option("--points", is_flag=True, help="Print a row for each landmark, too.")
@click.option("--table", type=_PATH, help="Write features and landmarks to a .csv.")
@click.option("--figure", type=_PATH, help="Draw bias and limits into a .svg.")
@options_of_formats("options")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@json_option
@quiet_option
def agreement(
    first: Path,
    second: Path,
    points: bool,
    table: Path | None,
    figure: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Measure a lab's own noise: landmarks of the same faces in A and in B.

    \b
    Examples:
      morphkit landmarks agreement eva olga
      morphkit landmarks agreement monday friday --table noise.csv --figure noise.svg

    A and B are landmark files, or folders of them, by two people or by one on two days.
    All numbers are percent of the inter-ocular distance, B minus A, x to the right and
    y downwards in the upright face. Limits contain 95 % of the differences of further
    faces.
    """  # noqa: D301 - click's mark
    found = measure_landmark_agreement(first, second, **settings)
    found.write(table=table, figure=figure, overwrite=overwrite)
    if found.alone:
        names = ", ".join(found.alone[:6]) + (", …" if len(found.alone) > 6 else "")
        remark(f"note: in one of both only, left out: {names}", quiet=quiet)
    if as_json:
        print_json(found.to_dict())
        return
    about = found.agreement
    say(f"{counted(about.n_faces, 'face')}, % of the {about.normaliser}")
    _print_rows(_agreement_rows((*about.features, *(about.points if points else ()))))


def _agreement_rows(differences: Sequence[Difference]) -> list[list[str]]:
    """Return the table of an agreement, its head first."""
    head = ["", "distance", "bias x", "bias y", "limits x", "limits y", "noise of one"]
    rows = [head]
    for one in differences:
        limits = [
            "-" if each is None else f"{each[0]:+.2f} {each[1]:+.2f}"
            for each in (one.limits_x, one.limits_y)
        ]
        noise = "-" if one.noise is None else f"{one.noise:.2f}"
        numbers = [f"{one.distance:.2f}", f"{one.bias_x:+.2f}", f"{one.bias_y:+.2f}"]
        rows.append([one.name, *numbers, *limits, noise])
    return rows


@landmarks.command()
@click.argument("source", type=_PATH, metavar="INPUT")
@click.argument("output", type=_PATH)
@click.option("--from", "read_as", default="", help="Format of INPUT, else by suffix.")
@click.option("--to", "write_as", default="", help="Format of OUTPUT, else by suffix.")
@click.option("--template", help="Template of the points, by name or definition file.")
@click.option("--to-template", default="", help="Convert to this template.")
@click.option(
    "--image",
    type=_PATH,
    help="Photograph, or folder of photographs, for sizes, names and hashes.",
)
@click.option(
    "--size",
    nargs=2,
    type=click.IntRange(1),
    metavar="W H",
    help="Size of the photograph, if it is not available.",
)
@click.option(
    "--stored-frame",
    is_flag=True,
    help="INPUT counts pixels of the photograph as stored; turn them as its EXIF "
    "orientation says.",
)
@options_of_formats("read_options")
@options_of_formats("write_options", ending="-out", what="OUTPUT: ")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@quiet_option
def convert(
    source: Path, output: Path, template: str | None, quiet: bool, **options: Any
) -> None:
    """Write the landmarks in INPUT to OUTPUT, in another format or landmark set.

    \b
    Examples:
      morphkit landmarks convert anna.tem anna.json --image photos/anna.jpg
      morphkit landmarks convert all.tps all.csv --image photos
      morphkit landmarks convert all.csv folder --to pts
      morphkit landmarks convert anna.json small.json --to-template dlib_5
      morphkit landmarks convert a.pts a.json --image a.jpg --stored-frame

    A file of several images goes into one file, or into a folder where the format holds
    one face only. A .tps needs the sizes of the images: --image or --size.
    """  # noqa: D301 - click's mark
    definition = find_template(template) if template else None
    wanted = Conversion(template=definition, **options)
    result = convert_landmarks(source, output, wanted)
    for text in result.remarks:
        remark(f"note: {text}", quiet=quiet)
    if not quiet:
        for file in result.files:
            say(str(file))


@landmarks.command()
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
    with progress_bar(quiet=quiet or as_json) as progress:
        found = train_detector(
            faces, output, overwrite=overwrite, progress=progress, **settings
        )
    found.write(table=table, figure=figure, overwrite=overwrite)
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
    _print_rows(_error_rows((*found.regions, *(found.points if points else ()))))


def _error_rows(errors: Sequence[PlaceError]) -> list[list[str]]:
    """Return the table of the errors of a trained detector, its head first."""
    rows = [["", "mean", "95 %", "adapter alone"]]
    for one in errors:
        numbers = (one.mean, one.p95, one.mean_adapter)
        rows.append([one.name, *(f"{value:.2f}" for value in numbers)])
    return rows


@landmarks.command()
@click.argument("images", type=_PATH, nargs=-1, required=True)
@click.option(
    "--detector",
    "detectors",
    multiple=True,
    help="Detector, by name or file; may be given again. By default all that run here.",
)
@json_option
@quiet_option
def survey(
    images: tuple[Path, ...], detectors: tuple[str, ...], as_json: bool, quiet: bool
) -> None:
    """Count the faces that detectors find in IMAGES, and how far they agree.

    \b
    Examples:
      morphkit landmarks survey photos
      morphkit landmarks survey photos --detector mesh --detector own.npz --json

    Nothing is written, and results have numbers alone: no name, no place, no picture.
    They can be passed on where the photographs, of infants say, cannot. Distances are
    percent of the distance of the outer eye corners. Exit code 3 if a photograph cannot
    be read.
    """  # noqa: D301 - click's mark
    with progress_bar(quiet=quiet or as_json) as progress:
        found = survey_photos(images, detectors=detectors, progress=progress)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_survey(found)
    for name, why in found.not_asked.items():
        remark(f"note: {name} was not asked: {why}", quiet=quiet)
    _end(found.errors, f"{counted(found.n_photos, 'photograph')} looked at")


def _print_survey(found: Survey) -> None:
    """Print how many faces were found, and how far detectors are apart."""
    rows = [[counted(found.n_photos, "photograph"), "one face", "several", "none"]]
    for one in found.found:
        rows.append([one.detector, *map(str, (one.one, one.several, one.none))])
    _print_rows(rows)
    for pair in found.apart:
        name = f"{pair.first} and {pair.second}, {counted(pair.n_faces, 'face')}"
        if not pair.n_faces:
            say(f"{name} to compare")
            continue
        _print_rows(
            [
                [name, *pair.median],
                ["median, %", *(f"{value:.1f}" for value in pair.median.values())],
                ["95 % below", *(f"{value:.1f}" for value in pair.p95.values())],
            ]
        )
