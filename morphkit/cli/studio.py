"""The command that opens the landmark studio."""

from pathlib import Path

import click

from morphkit.cli.console import quiet_option, remark, say

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("sources", type=_PATH, nargs=-1, metavar="[STUDY or PHOTOS]...")
@click.option(
    "--landmarks",
    type=_PATH,
    help="Folder of the landmark files of photographs (default: landmarks, beside "
    "them). A recipe says where its landmarks are.",
)
@click.option(
    "--template",
    help="Landmark set of photographs (default: that of their landmark files, else "
    "ibug_68). A recipe names its own.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on this machine (default: a free one).",
)
@click.option("--no-browser", is_flag=True, help="Print the address, open nothing.")
@quiet_option
def studio(
    sources: tuple[Path, ...],
    landmarks: Path | None,
    template: str | None,
    port: int,
    no_browser: bool,
    quiet: bool,
) -> None:
    """Place, correct and check landmarks in the browser, with a live preview.

    \b
    Examples:
      morphkit studio my_study
      morphkit studio happy.jpg distressed.jpg
      morphkit studio photos --landmarks landmarks --no-browser

    STUDY is a recipe or the folder of one; the study in the working directory if
    nothing is given. Corrections are saved as they are made. The page is reached from
    this machine alone, by the address printed; Ctrl-C ends it.
    """  # noqa: D301 - click's mark

    def ready(address: str) -> None:
        say(f"The studio is open at {address}")
        remark(
            "The address opens one browser, once. Ctrl-C ends the studio.", quiet=quiet
        )

    from morphkit.studio.run import open_studio

    open_studio(
        sources,
        landmarks=landmarks,
        template=template,
        port=port,
        browser=not no_browser,
        ready=ready,
    )
