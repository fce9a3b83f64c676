"""Command line: render one level, or everything."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from faces_generator.export import ROOT, SIZE, write_level, write_set, write_template
from faces_generator.expression import LABELS, PATHS
from faces_generator.identities import IDENTITIES, SETS, SHIPPED


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m faces_generator", description=__doc__
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("render", help="render one level and write its landmarks")
    one.add_argument("--identity", choices=sorted(IDENTITIES), required=True)
    one.add_argument("--from", dest="start", choices=LABELS, required=True)
    one.add_argument("--to", dest="end", choices=LABELS, required=True)
    one.add_argument("--level", type=float, required=True, help="0 to 1")
    one.add_argument("--path", choices=PATHS, default="linear")
    one.add_argument("--size", type=int, default=SIZE, help="pixels")
    one.add_argument("--output", type=Path, required=True, help="PNG file")
    every = verbs.add_parser("all", help="render all faces and replace the files")
    every.add_argument("--set", choices=SETS, default=SHIPPED)
    every.add_argument(
        "--root", type=Path, default=ROOT, help="folder of source_faces and landmarks"
    )
    verbs.add_parser("template", help="write the infant template")
    return parser.parse_args(arguments)


def main() -> None:
    """Run the command line."""
    options = parse()
    if options.verb == "render":
        if not 0 <= options.level <= 1:
            sys.exit(f"--level is {options.level}; 0 to 1 is allowed")
        write_level(
            options.output,
            options.identity,
            options.start,
            options.end,
            options.level,
            options.path,
            options.size,
        )
    elif options.verb == "template":
        sys.stdout.write(f"{write_template()}\n")
    else:
        if options.set != SHIPPED and options.root.resolve() == ROOT:
            sys.exit(f"--set {options.set} is not the shipped set; choose a --root")
        write_set(
            options.set, options.root, report=lambda s: sys.stderr.write(f"{s}\n")
        )


if __name__ == "__main__":
    main()
