"""The software, and the kind of processor, that affect a result."""

import platform
from functools import cache
from importlib import metadata

import morphkit

#: Libraries whose version may change the correspondence or the documents, with the
#: distributions that bring them.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "opencv": (
        "opencv-python-headless",
        "opencv-python",
        "opencv-contrib-python-headless",
        "opencv-contrib-python",
    ),
    "scikit-image": ("scikit-image",),
    "pillow": ("Pillow",),
    "dlib": ("dlib-bin", "dlib"),
    "jinja2": ("jinja2",),
}

#: Vector instructions among which OpenCV chooses, with its number for each.
_INSTRUCTIONS = {"avx2": 11, "fma3": 12, "avx512": 256, "neon": 100}


def software_versions() -> dict[str, str]:
    """Return the version of morphkit, of every library that matters, and the platform.

    The platform is the system, the processor's kind and its vector instructions:
    detection and optical flow differ between them, with the same versions. It names no
    machine.
    """
    versions = {"morphkit": morphkit.__version__}
    for name, distributions in LIBRARIES.items():
        found = [v for v in map(_version, distributions) if v]
        versions[name] = found[0] if found else "not installed"
    return versions | {"platform": _platform()}


@cache
def _version(distribution: str) -> str:
    """Return the version of an installed distribution, "" if there is none."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _platform() -> str:
    """Return system, kind of processor and its vector instructions."""
    import cv2

    found = [
        n for n, number in _INSTRUCTIONS.items() if cv2.checkHardwareSupport(number)
    ]
    return " ".join([platform.system(), platform.machine(), *found]).lower()
