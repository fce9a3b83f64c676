"""Commands on a finished pack: check, report and compare."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphkit._core.entry_names import NamesOf
from morphkit._core.text import counted
from morphkit.cli.answer_options import from_option, reading, reading_options
from morphkit.cli.console import (
    DOES_NOT_HOLD,
    json_option,
    print_findings,
    print_groups,
    print_json,
    progress_bar,
    quiet_option,
    remark,
    remark_unverified,
    say,
    unverified_option,
)
from morphkit.cli.options import EntryName, OutputFile
from morphkit.errors import OutputError

if TYPE_CHECKING:
    from morphkit.pack.compare import Comparison
    from morphkit.pack.recheck import Rechecked
    from morphkit.quality.distances import Spacing

_PACK = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
#: Characters of a list that is printed as it is.
_LONGEST = 60


def _identity_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that compare faces."""
    default = _default_embedding()
    which = click.option(
        "--embedding",
        type=EntryName(NamesOf("embeddings")),
        help=f"Embedding for comparing faces (default: {default}). Needs an extra.",
    )
    asked = click.option(
        "--identity",
        is_flag=True,
        help="Report whether images show one person, by a face embedding.",
    )
    return asked(which(command))


def _default_embedding() -> str:
    """Return the embedding where none is named."""
    return next(iter(NamesOf("embeddings")))


def _embedding(asked: bool, name: str | None, *, quiet: bool) -> str | None:
    """Return the embedding in which to compare faces, if any, and print a remark."""
    found = name or (_default_embedding() if asked else None)
    if found:
        remark(f"comparing faces by {found}", quiet=quiet)
    return found


@click.command()
@click.argument("pack", type=_PACK)
@click.option(
    "--recipe",
    type=_FILE,
    metavar="FILE",
    help="Judge by the [checks] of this recipe instead of the pack's own.",
)
@click.option(
    "--filmstrip",
    type=OutputFile("a page (HTML) or a picture (PNG)", ".html", ".htm", ".png"),
    metavar="FILE",
    help="Show the worst places at 200 %, in the steps before, at and after.",
)
@click.option("--all", "every", is_flag=True, help="Print every finding, ungrouped.")
@_identity_options
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace an existing filmstrip.")
@json_option
@quiet_option
@click.pass_context
def check(
    ctx: click.Context,
    pack: Path,
    recipe: Path | None,
    filmstrip: Path | None,
    every: bool,
    identity: bool,
    embedding: str | None,
    unverified: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Report the quality and the predicted spacing of PACK.

    \b
    Examples:
      morphkit check output/demo
      morphkit check my_pack --recipe stricter.toml --json
      morphkit check my_pack --identity
      morphkit check my_pack --filmstrip worst.html

    Spacing: the distances between neighbouring images in every measure, and their
    evenness. Identity: the distance of every face from those at the ends, reported but
    not judged for children. Findings: whatever exceeds its limits, one kind at a time,
    with the worst case and what to do; --all and --json give every one.

    Exit code 4 if there is a finding of severity "error".
    """  # noqa: D301 - click's mark
    from morphkit.pack.recheck import check_pack

    if filmstrip is not None and filmstrip.exists() and not overwrite:
        raise OutputError(
            f"{filmstrip}: already exists; choose another name, or add --overwrite"
        )
    compared = _embedding(identity, embedding, quiet=quiet)
    with progress_bar(quiet=quiet or as_json) as progress:
        result = check_pack(
            pack,
            recipe=recipe,
            embedding=compared,
            unverified=unverified,
            progress=progress,
        )
    remark_unverified(pack, result.unverified)
    if as_json:
        print_json(result.to_dict())
    else:
        if not quiet:
            _print_spacing(result)
            _print_identity(result)
        if every:
            print_findings(result.findings)
        else:
            print_groups(result.groups, n_continua=len(result.evidence))
        if not result.findings and not quiet:
            say("no findings: every check passed")
    if filmstrip is not None:
        _write_filmstrip(result, pack, filmstrip, overwrite=overwrite, quiet=quiet)
    if not result.holds:
        ctx.exit(DOES_NOT_HOLD)


def _write_filmstrip(
    result: "Rechecked", pack: Path, file: Path, *, overwrite: bool, quiet: bool
) -> None:
    """Write the strips of what was found, and tell how many there are."""
    from morphkit.report import write_filmstrips

    if n := write_filmstrips(result, pack, file, overwrite=overwrite):
        remark(f"{counted(n, 'filmstrip')}: {file}", quiet=quiet)
    else:
        remark("no finding has a place to show: no filmstrip written", quiet=quiet)


def _print_spacing(result: "Rechecked") -> None:
    """Print the spacing of every continuum in every measure."""
    head = ("measure", "mean step", "max/min", "CV", "departure", "edges", "straight")
    width = max(
        (len(m) for seen in result.evidence.values() for m in seen.shown_spacings),
        default=8,
    )
    for name, seen in result.evidence.items():
        say(name)
        say(f"  {head[0]:<{width}}" + "".join(f"{h:>11}" for h in head[1:]))
        for measure, spacing in seen.shown_spacings.items():
            cells = "".join(f"{_number(v):>11}" for v in _cells(spacing))
            say(f"  {measure:<{width}}{cells}  {spacing.precision}")


def _print_identity(result: "Rechecked") -> None:
    """Print the distances of the faces of every continuum from its ends."""
    from morphkit.quality.checks.identity import shows_one_person

    for name, seen in result.evidence.items():
        found = seen.identity
        if found is None:
            continue
        held = shows_one_person(seen)
        verdict = "not judged: trained on adults"
        if held is not None:
            verdict = "one person" if held else "TWO PEOPLE"
        say(
            f"{name}: identity in {found.embedding}: ends {found.ends:.3f} apart, "
            f"images at most {found.largest:.3f} from the nearer end (step "
            f"{found.farthest}): {verdict}"
        )


def _cells(spacing: "Spacing") -> tuple[float | None, ...]:
    """Return the numbers of a spacing to print."""
    return (
        float(spacing.steps.mean()),
        spacing.max_min,
        spacing.cv,
        spacing.departure,
        spacing.edge_ratio,
        spacing.straightness,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value >= 10 else f"{value:.3f}"


@click.command()
@click.argument("pack", type=_PACK)
@click.option(
    "--output",
    type=OutputFile("a page (HTML)", ".html", ".htm"),
    metavar="FILE",
    help="The page (default: PACK_report.html beside the pack).",
)
@click.option(
    "--answers",
    type=_PACK,
    multiple=True,
    metavar="FILE",
    help="Answers to the pack, or fit.json, scale.json, norms.json of calibrate; "
    "repeatable.",
)
@from_option
@reading_options
@click.option(
    "--phase",
    "phases",
    multiple=True,
    help="Only answers in this phase; default: all but practice and training.",
)
@click.option(
    "--participants",
    type=_PACK,
    metavar="FILE",
    help="Who took part, and on what they saw the images (CSV or TOML), for the "
    "paragraph on methods.",
)
@click.option(
    "--design", type=_PACK, help="Design that was shown, for the paragraph on methods."
)
@click.option("--tables", type=_FOLDER, metavar="DIR", help="Folder for tables as CSV.")
@click.option(
    "--figures", type=_FOLDER, metavar="DIR", help="Folder for figures as SVG."
)
@_identity_options
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@quiet_option
def report(
    pack: Path,
    output: Path | None,
    answers: tuple[Path, ...],
    format_name: str,
    participants: Path | None,
    design: Path | None,
    tables: Path | None,
    figures: Path | None,
    identity: bool,
    embedding: str | None,
    unverified: bool,
    phases: tuple[str, ...],
    overwrite: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Write the report of PACK: one self-contained page.

    \b
    Examples:
      morphkit report output/demo
      morphkit report my_pack --output paper/stimuli.html --tables paper --figures paper
      morphkit report my_pack --answers answers.csv --answers scale/scale.json
      morphkit report my_pack --answers ratings.csv --missing -99 --range 1,7
      morphkit report my_pack --answers data --from jspsych --design study \\
          --participants participants.toml
      morphkit report my_pack --identity

    The pack is not changed. Tables and figures are for a paper: measurements of every
    image and step, spacing in every measure, findings. With answers of participants the
    page also shows psychometric functions, difference scales, ratings, labels and
    attention, as by calibrate fit, scale, norms, labels and attention without options.
    """  # noqa: D301 - click's mark
    from morphkit.report import report_pack

    compared = _embedding(identity, embedding, quiet=quiet)
    with progress_bar(quiet=quiet) as progress:
        written = report_pack(
            pack,
            output,
            answers=answers,
            format_name=format_name,
            phases=phases,
            participants=participants,
            design=design,
            **reading(options, format_name),
            tables=tables,
            figures=figures,
            embedding=compared,
            unverified=unverified,
            overwrite=overwrite,
            progress=progress,
        )
    for path in written:
        say(path)
    remark(f"{counted(len(written), 'file')} written", quiet=quiet)


@click.command()
@click.argument("first", type=_PACK)
@click.argument("second", type=_PACK)
@click.option(
    "--picture",
    type=OutputFile("a lossless image (PNG)", ".png"),
    metavar="FILE",
    help="Write a PNG of the images that differ most: one, other, difference.",
)
@unverified_option
@click.option("--overwrite", is_flag=True, help="Replace an existing image.")
@json_option
@quiet_option
def compare(
    first: Path,
    second: Path,
    picture: Path | None,
    unverified: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show the differences between the packs FIRST and SECOND, image by image.

    \b
    Example:
      morphkit compare before after --picture difference.png

    Differences are of sRGB code values, 0 to 255.
    """  # noqa: D301 - click's mark
    from morphkit.faces.images import write_png
    from morphkit.pack.compare import compare_packs, draw_comparison

    if picture is not None and picture.exists() and not overwrite:
        raise OutputError(
            f"{picture}: already exists; choose another name, or add --overwrite"
        )
    with progress_bar(quiet=quiet or as_json) as progress:
        found = compare_packs(first, second, unverified=unverified, progress=progress)
    for pack, files in zip((first, second), found.unverified, strict=True):
        remark_unverified(pack, files)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_comparison(found, quiet=quiet)
    if picture is not None:
        write_png(picture, draw_comparison(found, first, second), overwrite=overwrite)
        remark(f"picture: {picture}", quiet=quiet)


def _print_comparison(found: "Comparison", *, quiet: bool) -> None:
    """Print a comparison as text."""
    for kind, table in (("recipe", found.recipe), ("software", found.software)):
        for key, (one, other) in table.items():
            say(f"{kind} {key}: {_value(one)} -> {_value(other)}")
    for which, names in (("first", found.only_first), ("second", found.only_second)):
        for name in names:
            say(f"{name}: only in the {which} pack")
    for image in found.images:
        if not image.same:
            say(f"{image.stimulus_id}: {_difference(image)}")
    if not quiet:
        same = sum(image.same for image in found.images)
        say(f"{same} of {len(found.images)} shared images are identical")


def _value(value: Any) -> str:
    """Return a value of a recipe in words; long lists are counted."""
    if isinstance(value, list) and len(str(value)) > _LONGEST:
        return f"{counted(len(value), 'entry', 'entries')} (see --json)"
    return "nothing" if value is None else str(value)


def _difference(image: Any) -> str:
    """Return the difference of an image in words."""
    parts = []
    if image.levels[0] != image.levels[1]:
        before, after = (
            "unknown" if level is None else f"{level:.4g}" for level in image.levels
        )
        parts.append(f"level {before} -> {after}")
    if image.mean is None:
        sizes = " -> ".join(f"{w}×{h}" for w, h in image.sizes)
        parts.append(f"size {sizes}")
    elif image.changed:
        parts.append(
            f"mean difference {image.mean:.3g}, largest {image.largest:.3g}, "
            f"{image.changed:.1%} of the pixels"
        )
    return "; ".join(parts)
