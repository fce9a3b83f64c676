"""Commands that verify and reproduce packs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from morphkit._core.folders import files_of
from morphkit._core.text import counted
from morphkit.cli.console import (
    BAD_INPUT,
    DOES_NOT_HOLD,
    json_option,
    print_findings,
    print_json,
    progress_bar,
    quiet_option,
    remark,
    remark_unverified,
    say,
    unverified_option,
    wait_option,
)

# To verify a pack, nothing that makes one is loaded.
if TYPE_CHECKING:
    from morphkit.pipeline.reproduction import Reproduction

_PACK = click.Path(path_type=Path)


@click.command()
@click.argument("pack", type=_PACK)
@json_option
@quiet_option
@click.pass_context
def verify(ctx: click.Context, pack: Path, as_json: bool, quiet: bool) -> None:
    """Verify that no file of PACK has changed, is missing or was added.

    \b
    Example:
      morphkit verify output/demo

    Exit code 4 if the pack is not intact.
    """  # noqa: D301 - click's mark
    from morphkit.pack import verify_pack
    from morphkit.pack.maker import present_maker
    from morphkit.pack.manifest import read_manifest

    findings = verify_pack(pack)
    if as_json:
        print_json({"holds": not findings, "findings": [f.to_dict() for f in findings]})
    else:
        print_findings(findings)
        if not findings and not quiet:
            say(f"{pack}: intact, {counted(len(files_of(pack)), 'file')}")
            manifest = read_manifest(pack)
            if manifest.made_by != present_maker():
                remark(f"made by {manifest.made_by}, pack schema {manifest.schema}")
    if findings:
        ctx.exit(DOES_NOT_HOLD)


@click.command()
@click.argument("pack", type=_PACK)
@click.option(
    "--sources",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    metavar="DIR",
    help="Folder of the photographs, searched recursively; repeatable. They are "
    "found by the hash of their file or of their pixels, whatever their name.",
)
@unverified_option
@json_option
@quiet_option
@click.pass_context
def reproduce(
    ctx: click.Context,
    pack: Path,
    sources: tuple[Path, ...],
    unverified: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Build PACK again from its recipe and compare decoded pixels.

    \b
    Examples:
      morphkit reproduce output/demo
      morphkit reproduce my_pack --sources ~/photographs

    Pixels are rendered from the frozen meshes of the pack and must be identical on
    every machine. Then everything is repeated from the photographs: with landmarks that
    no detector placed this is identical on every machine, too; otherwise it is with the
    same software on the same kind of processor, or the displacement of the meshes is
    reported.

    A JPEG that is decoded to other pixels here than when the pack was made is told,
    with both decoders. What is made from it proves nothing: exit code 3, unless a copy
    that holds the pixels, such as a PNG, is in --sources.

    Without --sources the photographs are looked for in the folder that the recipe
    names, relative to here, and among the faces that ship with morphkit.

    A pack whose pixels follow other rules (another pixel specification) is compared
    too. Where it differs, the version that made it has to judge: exit code 3.

    A public copy has no meshes and no hashes of photographs: its images are compared
    with its table, and made again where photographs of the names of its recipe
    ({identity}_{label}.png), and landmark files if they were placed by hand, are in
    --sources. Where they are not, the exit code is 3.

    Exit code 4 if the pack is not reproduced.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.reproduce import reproduce_pack

    with progress_bar(quiet=quiet or as_json) as progress:
        result = reproduce_pack(pack, sources, unverified=unverified, progress=progress)
    remark_unverified(pack, result.unverified)
    if as_json:
        print_json(result.to_dict())
    else:
        _print_result(result, quiet=quiet)
    if result.holds is None:
        remark(_who_can(result))
        ctx.exit(BAD_INPUT)
    if not result.holds:
        ctx.exit(DOES_NOT_HOLD)


@click.command()
@click.argument("pack", type=_PACK)
@click.option("--output", type=_PACK, required=True, help="Folder of the public copy.")
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    help="Leave an identity out; repeatable.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing pack.")
@wait_option
@json_option
@quiet_option
def publish(
    pack: Path,
    output: Path,
    without: tuple[str, ...],
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a copy of PACK for the public, without what identifies photographs.

    \b
    Examples:
      morphkit publish my_pack --output my_pack_public
      morphkit publish my_pack --output my_pack_public --without nilo

    Left out are the hashes of photographs, landmarks and meshes. Images, levels and
    measurements are the same; images at level 0 and 1 still are the photographs. PACK
    must be whole, and every identity that is shown must have may_redistribute.
    """  # noqa: D301 - click's mark
    from morphkit.pipeline.publish import publish_pack

    with progress_bar(quiet=quiet or as_json) as progress:
        done = publish_pack(
            pack, output, without=without, overwrite=overwrite, progress=progress
        )
    for text in done.remarks:
        remark(f"note: {text}")
    if as_json:
        print_json(done.to_dict())
    elif not quiet:
        for sentence in done.consent.sentences():
            remark(sentence)
        say(f"{output}: {counted(len(done.pack.stimuli), 'image')}")
        remark(
            "It holds no hash, landmark or mesh of a photograph. Images at level 0 and "
            "1 still show the photographs."
        )


def _print_result(result: "Reproduction", *, quiet: bool) -> None:
    """Print the result of a reproduction as text."""
    _print_sources(result)
    for name in result.not_shared:
        say(f"error: {name}: only the recipe or only the pack has this image")
    for name in result.damaged:
        say(f"error: {name}: pixels differ from those stated in its table")
    told = {*result.not_shared, *result.undecided}
    pixels = [name for name in result.different if name not in told]
    if result.same_pixel_specification:
        for name in pixels:
            say(f"error: {name}: pixels from the frozen mesh differ")
    else:
        say(
            f"made by {result.made_by.with_numbers}; this is "
            f"{result.compared_by.with_numbers}"
        )
    told |= {*result.different}
    only = [name for name in result.rebuilt_different if name not in told]
    if result.holds is False:
        for name in only:
            say(f"error: {name}: pixels differ when everything is repeated")
    if not quiet:
        _print_summary(result, n_pixels=len(pixels), n_rebuilt=len(only))


def _print_sources(result: "Reproduction") -> None:
    """Print what is wrong with photographs and recipe."""
    for photo in result.changed_sources:
        say(f"error: {photo}: not the photograph that the pack was made from")
    for one in result.decoded_otherwise:
        say(
            f"error: {one.photo}: the file is that of the pack, but its decoded pixels "
            f"differ (decoder here: {one.here}; of the pack: {one.recorded})"
        )
    if result.recipe_changed:
        say("error: recipe.toml: not the recipe that the pack was made from")


def _who_can(result: "Reproduction") -> str:
    """Return what it takes to reproduce a pack that could not be judged."""
    if result.decoded_otherwise:
        return (
            "install the decoder of the pack; or have a copy written where it was "
            'made, mk.write_png("copy.png", mk.read_image("photograph.jpg")), and put '
            "it into a folder of --sources: a PNG holds every pixel, and is found by "
            "them"
        )
    if result.left_out:
        return (
            f"{counted(result.left_out, 'identity', 'identities')} of the set are left "
            "out, which its images depend on; the private pack can be reproduced whole"
        )
    if result.missing_sources:
        named = ", ".join(result.missing_sources[:4])
        more = ", …" if len(result.missing_sources) > 4 else ""
        return (
            "to prove more, give with --sources the folders of its photographs and "
            f"landmark files, by these names: {named}{more}"
        )
    return f"install {result.made_by} to reproduce it"


def _print_public(result: "Reproduction") -> None:
    """Print how much of a public copy was reproduced."""
    n, images = result.n_frames, counted(result.n_frames, "image")
    same = n - len(result.damaged)
    say(f"images: {same} of {images} as the table of the pack states")
    say("pixels: a public copy has no meshes from which they could be rendered")
    if result.left_out:
        say("everything: not made again, since the frame follows the whole set")
        return
    if result.missing_sources:
        say("everything: not made again, since photographs or landmarks lack")
        return
    same = n - len(set(result.rebuilt_different) - set(result.not_shared))
    say(f"everything: {same} of {images} identical, from the photographs")
    if not result.same_software:
        remark("note: the software or kind of processor differs from that of the pack")


def _print_summary(result: "Reproduction", *, n_pixels: int, n_rebuilt: int) -> None:
    """Print how much of a pack was reproduced."""
    if result.public:
        _print_public(result)
        return
    undecided = set(result.undecided)
    same = result.n_frames - n_pixels - len(undecided & set(result.different))
    say(f"pixels: {same} of {counted(result.n_frames, 'image')} identical")
    if undecided:
        say(
            f"undecided: {counted(len(undecided), 'image')} that differ, made from "
            "photographs that are decoded differently here"
        )
    moved = max(result.moved.values(), default=0.0)
    if moved == 0:
        say("everything: the meshes are identical, node for node")
    elif moved == float("inf"):
        say("everything: the meshes are of a different kind")
    else:
        say(
            f"everything: the meshes moved by up to {moved:.3f} px, "
            f"{counted(n_rebuilt, 'image')} with different pixels"
        )
    for copy in result.copies:
        remark(f"note: {copy}: a copy of the photograph, with the same pixels")
    if any(result.moved[name] for name in result.repeatable):
        say("  landmarks and rules are those of the pack: they have to be the same")
    if not result.same_software:
        remark("note: the software or kind of processor differs from that of the pack")
