"""The command that removes leftovers."""

from pathlib import Path

import click

from morphkit.cli.console import json_option, print_json, quiet_option, remark, say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@json_option
@quiet_option
def clean(folder: Path, as_json: bool, quiet: bool) -> None:
    """Remove what killed commands left in FOLDER, and what builds keep for later.

    \b
    Examples:
      morphkit clean
      morphkit clean packs/pilot

    FOLDER is the working directory if it is not given. All folders below it are looked
    at, and what lies hidden beside it for itself: unfinished folders and files, which
    may show faces, and the stores of finished parts, without which the next build
    takes longer. Packs and all other outputs stay as they are, and so does what a
    command that is running uses.
    """  # noqa: D301 - click's mark
    from morphkit._core.clean import clean_folder

    found = clean_folder(folder)
    if as_json:
        print_json(found.to_dict())
        return
    for path in found.removed:
        say(f"removed: {path}")
    for path in found.put_back:
        say(f"put back: {path}")
    for why in found.in_use:
        remark(f"left: {why}")
    if not (found.removed or found.put_back or found.in_use):
        remark("nothing to remove", quiet=quiet)
