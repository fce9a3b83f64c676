"""Run the tests on the morphkit that is installed, in an empty folder.

The repository is not on the path, so what is tested is what was installed: a wheel with
everything it carries, and nothing more.

Run: ``python tools/check_installed.py [OPTION_OF_PYTEST...]``, for instance ``-n 2``.
``MORPHKIT_REQUIRE_NATIVE=1`` makes a missing C extension a failure;
``MORPHKIT_PIXELS=numpy`` tests the implementation in NumPy.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: Prints the folder of the package, and which implementation computes pixels.
ASK = (
    "import morphkit; from morphkit.pixels import implementation; "
    "print(morphkit.__path__[0], implementation(), sep='\\n')"
)


def main() -> int:
    """Return the exit code of pytest, or 1 where the checkout would be tested."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    with tempfile.TemporaryDirectory(prefix="morphkit_empty_") as empty:

        def python(*arguments: str, **options: bool) -> subprocess.CompletedProcess:
            command = [sys.executable, *arguments]
            return subprocess.run(
                command, cwd=empty, env=environment, text=True, check=False, **options
            )

        asked = python("-W", "ignore", "-c", ASK, capture_output=True)
        if asked.returncode:
            print(f"morphkit cannot be imported: {asked.stderr}", file=sys.stderr)
            return 1
        package, implementation = asked.stdout.splitlines()
        print(f"testing {package} (pixels: {implementation})", flush=True)
        if Path(package).is_relative_to(ROOT):
            print("that is the checkout; install a wheel: pip install .")
            return 1
        config = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
        what = [str(ROOT / "tests"), "--pyargs", "morphkit"]
        return python("-m", "pytest", *config, *sys.argv[1:], *what).returncode


if __name__ == "__main__":
    sys.exit(main())
