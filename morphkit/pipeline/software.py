"""Which software has a say in a result."""

from importlib import metadata

import morphkit

#: Libraries whose version may change the correspondence or the documents.
LIBRARIES = (
    "numpy",
    "scipy",
    "opencv-python-headless",
    "scikit-image",
    "Pillow",
    "matplotlib",
    "jinja2",
)


def software_versions() -> dict[str, str]:
    """Return the version of morphkit and of every library that matters."""
    versions = {"morphkit": morphkit.__version__}
    for name in LIBRARIES:
        try:
            versions[name.lower()] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name.lower()] = "unknown"
    return versions
