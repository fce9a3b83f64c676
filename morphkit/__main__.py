"""The program: ``morphkit`` and ``python -m morphkit``."""

import io
import os
import sys


def run() -> None:
    """Run the command line; an interruption while it loads leaves no traceback."""
    # Matrices are small here: threads that wait for each other take longer than one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Where output goes to a file, Windows may write in a code page without "√" or "“".
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        from morphkit.cli import main
    except KeyboardInterrupt:
        sys.stderr.write("morphkit: interrupted; nothing was begun\n")
        raise SystemExit(1) from None
    main(prog_name="morphkit")


if __name__ == "__main__":
    run()
