"""The program: ``morphkit`` and ``python -m morphkit``."""

import sys


def run() -> None:
    """Run the command line; an interruption while it loads leaves no traceback."""
    try:
        from morphkit.cli import main
    except KeyboardInterrupt:
        sys.stderr.write("morphkit: interrupted; nothing was begun\n")
        raise SystemExit(3) from None
    main(prog_name="morphkit")


if __name__ == "__main__":
    run()
