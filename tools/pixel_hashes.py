"""Print the hashes of the golden scenes as this machine renders them, or compare them.

The scenes are those of ``tests/golden/pixels/scenes.py``. Builds of every platform
write a file each; the files must be equal, whatever the compiler and the processor.

Run: ``python tools/pixel_hashes.py > linux.json`` on every machine, then
``python tools/pixel_hashes.py --compare linux.json macos.json`` on any (exit code 1 if
a scene differs, or if there are fewer files than ``--expect`` says).
"""

import argparse
import json
import platform
import runpy
import sys
from pathlib import Path

SCENES = Path(__file__).resolve().parents[1] / "tests" / "golden" / "pixels"


def hashes_here() -> dict[str, object]:
    """Return the number of the pixel specification and the hash of every scene."""
    from morphkit.pixels import implementation, spec

    scenes = runpy.run_path(str(SCENES / "scenes.py"))
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "implementation": implementation(),
        "pixel_specification": spec.PIXEL_SPECIFICATION,
        "hashes": scenes["hashes"](),
    }


def differences(files: list[Path]) -> list[str]:
    """Return a line for every scene that is not the same in all files."""
    read = [json.loads(file.read_text("utf-8")) for file in files]
    golden = json.loads((SCENES / "hashes.json").read_text("utf-8"))
    found = []
    for file, one in zip(files, read, strict=True):
        known = golden.get(str(one["pixel_specification"]), {})
        if set(one["hashes"]) != set(known):
            found.append(f"{file.name}: other scenes than in hashes.json")
        for name, value in one["hashes"].items():
            if known.get(name) != value:
                where = f"{one['machine']}, {one['implementation']}"
                found.append(f"{file.name} ({where}): {name} is {value[:12]}")
    return found


def main() -> int:
    """Print or compare hashes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", action="store_true", help="compare files")
    parser.add_argument("--expect", type=int, default=1, help="files there must be")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    asked = parser.parse_args()
    if not asked.compare:
        print(json.dumps(hashes_here(), indent=1))
        return 0
    found = differences(asked.files)
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(asked.files)} files, {len(found)} differences from hashes.json")
    return 1 if found or len(asked.files) < asked.expect else 0


if __name__ == "__main__":
    sys.exit(main())
