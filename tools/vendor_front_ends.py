"""Copy jsPsych and lab.js from their npm packages to ``morphkit/export/vendor``.

Run ``python tools/vendor_front_ends.py`` from anywhere; it needs npm and a package
index. Every package is compared with the hash below before anything is written, so that
a second run gives the same bytes.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGES = {
    "jspsych@8.3.0": (
        "jspsych-8.3.0.tgz",
        "cf45b01d6e821e5ec12aac714dfda0f2db9d5a49517eb90bc556edf0ffab9cd5",
    ),
    "lab.js@20.2.4": (
        "lab.js-20.2.4.tgz",
        "67945459bf1db0e9f0eff07e989ba7c634bcafb0dd915dfda953e83580f3e404",
    ),
}

#: The package has no licence file; this is license.txt of github.com/jspsych/jsPsych.
MIT = """\
The MIT License (MIT)

Copyright (c) 2014-2022 Joshua R. de Leeuw

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def main() -> None:
    """Download, check and write."""
    target = Path(__file__).parents[1] / "morphkit" / "export" / "vendor"
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: download(name, Path(scratch)) for name in PACKAGES}
        jspsych = folders["jspsych@8.3.0"]
        lab = folders["lab.js@20.2.4"]
        contents = {
            "jspsych/jspsych.min.js": "/*! jspsych 8.3.0, MIT */\n"
            + without_map(text(jspsych / "dist/index.browser.min.js")),
            "jspsych/jspsych.css": without_fonts(text(jspsych / "css/jspsych.css")),
            "jspsych/LICENSE.txt": MIT,
            "labjs/lab.js": without_map(text(lab / "dist/lab.js")),
            "labjs/LICENSE.txt": text(lab / "license"),
            "labjs/LICENSE-parts.txt": text(lab / "dist/lab.js.LICENSE.txt"),
        }
    contents["SOURCE.json"] = source(contents)
    for name, words in contents.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.part")
        beside.write_bytes(words.encode())
        beside.replace(path)


def download(package: str, scratch: Path) -> Path:
    """Return the unpacked folder of a package that has the expected hash."""
    name, expected = PACKAGES[package]
    subprocess.run(
        ["npm", "pack", "--silent", package], cwd=scratch, check=True, stdout=sys.stderr
    )
    data = (scratch / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != expected:
        sys.exit(f"{name}: not the package that was reviewed")
    folder = scratch / f"{name}.unpacked"
    with tarfile.open(scratch / name) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def text(path: Path) -> str:
    """Return the text of a file."""
    return path.read_bytes().decode("utf-8")


def without_map(script: str) -> str:
    """Return a script without the address of a source map, which browsers ask for."""
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*\Z", "\n", script)


def without_fonts(style: str) -> str:
    """Return a style sheet without embedded fonts, sources of maps and addresses."""
    # The headings of the bundler over each font, then the fonts themselves.
    style = re.sub(r"(?m)^/[*]!.*\n.*@fontsource.*\n.*[*]/\n", "", style)
    style = re.sub(r"/\*[^*]*\*/\s*@font-face\s*{.*?}\s*", "", style, flags=re.DOTALL)
    style = re.sub(r"@font-face\s*{.*?}\s*", "", style, flags=re.DOTALL)
    style = re.sub(r"/\*# sourceMappingURL=.*?\*/\s*", "", style)
    style = style.replace('"Open Sans", ', "")
    if "url(" in style:
        sys.exit("a style sheet still has an address in it")
    return style


def source(contents: dict[str, str]) -> str:
    """Return what SOURCE.json says: where every file is from."""
    about = {
        "packages": {
            name: {"registry": "npm", "tarball_sha256": sha256}
            for name, (_, sha256) in PACKAGES.items()
        },
        "changes": "source map comments and embedded fonts removed; LICENSE.txt of "
        "jsPsych is from its repository, the package has none",
        "files": {
            name: hashlib.sha256(words.encode()).hexdigest()
            for name, words in sorted(contents.items())
        },
    }
    return json.dumps(about, indent=1) + "\n"


if __name__ == "__main__":
    main()
