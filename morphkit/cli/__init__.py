"""The command line: parse, one library call, report."""

import click

import morphkit
from morphkit.cli.console import Commands, MorphkitGroup

#: Heading in the help -> its commands, in the order of a study -> their functions.
SECTIONS = {
    "Make": {
        "demo": "make:demo",
        "morph": "make:morph",
        "init": "make:init",
        "build": "make:build",
        "landmarks": "landmarks:landmarks",
        "studio": "studio:studio",
        "prototype": "verbs:prototype",
        "transform": "verbs:transform",
        "symmetrise": "verbs:symmetrise",
    },
    "Check and verify": {
        "check": "check:check",
        "report": "check:report",
        "compare": "check:compare",
        "verify": "verify:verify",
        "reproduce": "verify:reproduce",
        "publish": "verify:publish",
    },
    "Run experiments": {
        "export": "export:export",
        "serve": "serve:serve",
        "answers": "export:answers",
        "calibrate": "calibrate:calibrate",
    },
    "Look up and tidy": {"list": "list:list_command", "clean": "clean:clean"},
}
COMMANDS = Commands({k: v for part in SECTIONS.values() for k, v in part.items()})


class Program(MorphkitGroup):
    """The program, with its commands under headings."""

    def sections(self) -> dict[str, tuple[str, ...]]:
        """Return the commands by heading; those without one come last."""
        known = {name for names in SECTIONS.values() for name in names}
        other = tuple(name for name in self.commands if name not in known)
        return {heading: tuple(names) for heading, names in SECTIONS.items()} | {
            "Other": other
        }


@click.group(cls=Program, commands=COMMANDS)
@click.version_option(morphkit.__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Make and validate face-morph continua for perception research.

    \b
    Start here:
      morphkit demo                        a finished set from the shipped faces
      morphkit morph a.jpg b.jpg --steps 15 --output pack
      morphkit init my_study               a study of your own, with a recipe

    \b
    Exit codes: 0 done, 1 failure (interrupted, out of memory), 2 wrong usage,
    3 bad input, a place that cannot be written or an extra that is not installed,
    4 a check that does not hold.
    """  # noqa: D301 - click's mark
