"""Commands that judge landmarks: check, agreement, survey."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.text import counted
from morphkit.cli.console import (
    DOES_NOT_HOLD,
    end_with,
    json_option,
    print_findings,
    print_json,
    print_rows,
    progress_bar,
    quiet_option,
    remark,
    say,
)
from morphkit.cli.options import options_of_formats

if TYPE_CHECKING:
    from morphkit.pipeline.delineate.survey import Survey
    from morphkit.quality.landmark_agreement import Difference
    from morphkit.quality.landmark_checks import RankedPoint

_PATH = click.Path(path_type=Path)


@click.command()
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
    from morphkit.pipeline.delineate.read import check_landmark_files

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
    end_with(found.errors, f"{counted(found.n_faces, 'face')} checked")
    if not found.holds:
        click.get_current_context().exit(DOES_NOT_HOLD)


def _print_ranked(points: "Sequence[RankedPoint]") -> None:
    """Print a row for each of the oddest points."""
    for i, point in enumerate(points, start=1):
        usual = (
            f"{point.chance:.1f} points of a correct face are as odd"
            if point.chance >= 1
            else f"1 of {1 / point.chance:,.0f} correct faces has such a point"
        )
        say(
            f'{i}. {point.where}: "{point.point}" {point.distance:.1%} of the '
            f"inter-ocular distance, {point.score:.1f} times what is usual ({usual}; "
            f"{point.check})"
        )


@click.command()
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
    from morphkit.pipeline.delineate.agreement import measure_landmark_agreement

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
    print_rows(_agreement_rows((*about.features, *(about.points if points else ()))))


def _agreement_rows(differences: "Sequence[Difference]") -> list[list[str]]:
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


@click.command()
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
    from morphkit.pipeline.delineate.survey import survey_photos

    with progress_bar(quiet=quiet or as_json) as progress:
        found = survey_photos(images, detectors=detectors, progress=progress)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_survey(found)
    for name, why in found.not_asked.items():
        remark(f"note: {name} was not asked: {why}", quiet=quiet)
    end_with(found.errors, f"{counted(found.n_photos, 'photograph')} looked at")


def _print_survey(found: "Survey") -> None:
    """Print how many faces were found, and how far detectors are apart."""
    rows = [[counted(found.n_photos, "photograph"), "one face", "several", "none"]]
    for one in found.found:
        rows.append([one.detector, *map(str, (one.one, one.several, one.none))])
    print_rows(rows)
    for pair in found.apart:
        name = f"{pair.first} and {pair.second}, {counted(pair.n_faces, 'face')}"
        if not pair.n_faces:
            say(f"{name} to compare")
            continue
        print_rows(
            [
                [name, *pair.median],
                ["median, %", *(f"{value:.1f}" for value in pair.median.values())],
                ["95 % below", *(f"{value:.1f}" for value in pair.p95.values())],
            ]
        )
