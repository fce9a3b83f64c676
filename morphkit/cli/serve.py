"""The command that hands out a study in the network of a laboratory."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from morphkit._core.text import counted
from morphkit.cli.console import quiet_option, remark, say
from morphkit.serving.choices import PORT

if TYPE_CHECKING:
    from morphkit.serving.run import Served

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("study", type=_PATH)
@click.option(
    "--answers",
    type=_PATH,
    metavar="FILE",
    help="File that rows are appended to (default: STUDY_answers.jsonl, beside STUDY).",
)
@click.option(
    "--lan",
    is_flag=True,
    help="Serve in the network of this computer; otherwise only this computer reaches "
    "it.",
)
@click.option(
    "--host", metavar="ADDRESS", help="Serve on one address of this computer (IPv4)."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port; keep it, and pages that are open find a server that is started again.",
)
@click.option(
    "--access-code",
    default="",
    metavar="TEXT",
    help="The address must hold it: 4 to 64 letters, digits, - or _.",
)
@quiet_option
def serve(
    study: Path,
    answers: Path | None,
    lan: bool,
    host: str | None,
    port: int,
    access_code: str,
    quiet: bool,
) -> None:
    """Hand out an exported STUDY to browsers, and keep the answers in one file.

    \b
    Examples:
      morphkit export pack jspsych --output study
      morphkit serve study
      morphkit serve study --lan --access-code spring26
      morphkit answers study_answers.jsonl --from serve --output answers.csv

    STUDY is an export of jspsych or labjs. Every answer is written when it is given,
    one line a trial, and is on the disk before the page says that it is saved. Nothing
    is lost or doubled when the network, the page or this command breaks off: start it
    again with the same words. Ctrl-C ends it.
    """  # noqa: D301 - click's mark
    from morphkit.serving.run import serve_study

    def ready(served: "Served") -> None:
        say(f"{served.study} is served at {served.address}")
        remark(served.reach)
        remark(
            f"Answers: {served.answers} ({served.holds()}). Ctrl-C ends.", quiet=quiet
        )

    done = serve_study(
        study,
        answers=answers,
        lan=lan,
        host=host,
        port=port,
        access_code=access_code,
        ready=ready,
    )
    say(f"{counted(done.n_new, 'row')} came in; {done.answers} holds {done.holds()}")
    if done.n_rows:
        remark(
            f"Next: morphkit answers {done.answers} --from serve --output answers.csv",
            quiet=quiet,
        )
