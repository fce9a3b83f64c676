"""Every command that reads a pack, as it is run on packs of strangers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import hostile
from hostile import RECIPE
from make_good import TASKS

from morphkit.export import FRONT_ENDS

Command = Callable[[Path, Path, Any], tuple[object, ...]]


def build_over(pack: Path, out: Path, good: Any) -> tuple[object, ...]:
    """Return what builds the study of a pack in the place of a copy of it."""
    there = hostile.copy_of(pack, out / "pack")
    return ("build", good.recipe, "--output", there)


#: Command line by its name, of the pack, a new folder for what is written, and `good`.
COMMANDS: dict[str, Command] = {
    "verify": lambda pack, out, good: ("verify", pack),
    "verify --json": lambda pack, out, good: ("verify", pack, "--json"),
    "check": lambda pack, out, good: ("check", pack),
    "check --json": lambda pack, out, good: ("check", pack, "--json"),
    "report": lambda pack, out, good: (
        *("report", pack, "--output", out / "report.html"),
        *("--tables", out / "tables", "--figures", out / "figures"),
    ),
    "report --answers": lambda pack, out, good: (
        *("report", pack, "--output", out / "report.html", "--answers", good.fit),
    ),
    "compare": lambda pack, out, good: (
        *("compare", pack, good.pack, "--picture", out / "picture.png"),
    ),
    "compare with it": lambda pack, out, good: (
        *("compare", good.pack, pack, "--picture", out / "picture.png"),
    ),
    "reproduce": lambda pack, out, good: (
        *("reproduce", pack, "--sources", good.sources),
    ),
    "answers": lambda pack, out, good: (
        *(
            "answers",
            good.answers,
            "--from",
            "csv",
            "--pack",
            pack,
            "--output",
            out / "answers.csv",
        ),
    ),
    "design": lambda pack, out, good: (
        *("calibrate", "design", pack, "--design", "categorisation", "--runs", "20"),
        *("--participants", "2", "--output", out / "design"),
    ),
    "simulate": lambda pack, out, good: (
        *("calibrate", "simulate", good.design, "--pack", pack),
        *("--participants", "2", "--output", out / "answers.csv"),
    ),
    "fit": lambda pack, out, good: (
        *("calibrate", "fit", good.answers, "--pack", pack, "--samples", "0"),
        *("--output", out / "fit"),
    ),
    **{
        name: lambda pack, out, good, name=name: (
            *("calibrate", name, good.of_tasks[name], "--pack", pack),
            *("--output", out / "found"),
            *(("--samples", "0") if name == "scale" else ()),
        )
        for name in (*TASKS, "training")
    },
    "balance": lambda pack, out, good: (
        *("calibrate", "balance", good.of_tasks["training"], "--pack", pack),
        *("--output", out / "points.csv"),
    ),
    "course": lambda pack, out, good: (
        *("calibrate", "course", pack, "--arm", "raised=1", "--arm", "control=0"),
        *("--repeats", "1", "--training-blocks", "1", "--lists", "1"),
        *("--sessions", "1", "--follow-up", "0", "--output", out / "course"),
    ),
    "publish": lambda pack, out, good: ("publish", pack, "--output", out / "public"),
    "filmstrip": lambda pack, out, good: (
        *("check", pack, "--filmstrip", out / "worst.html"),
    ),
    "demo": lambda pack, out, good: ("demo", "--output", pack),
    "build over it": build_over,
    "build of its recipe": lambda pack, out, good: (
        *("build", pack / RECIPE, "--output", out / "pack"),
    ),
    "respace": lambda pack, out, good: (
        *("calibrate", "respace", pack, "--metric", "mean_difference_face256"),
        *("--sources", good.sources, "--output", out / "new.toml"),
    ),
    **{
        f"export {name}": lambda pack, out, good, name=name: (
            *("export", pack, name, "--output", out / "export", "--provenance"),
        )
        for name in FRONT_ENDS
    },
}
#: Commands that may put a good pack in the place of a bad one.
REPLACING = {"build over it"}


def taking_a_pack(group: click.Group, above: str = "") -> Iterator[str]:
    """Yield the names of the commands that have an argument or an option ``pack``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from taking_a_pack(command, f"{above}{name} ")
        elif any(one.name == "pack" for one in command.params):
            yield f"{above}{name}"
