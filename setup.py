"""The two parts of the build that setup.cfg cannot state.

The C extension is optional: without a compiler the NumPy implementation gives the same
pixels. It uses the stable ABI of Python 3.11, so that one wheel serves all later
versions. The faces of the demo lie beside the package, where people look for them; a
wheel carries a copy inside the package.
"""

import importlib.util
import os
import shutil
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

# builds without the GIL have no stable ABI
STABLE_ABI = not sysconfig.get_config_var("Py_GIL_DISABLED")
FOLDER = "morphkit/pixels/"


def write_revision(package: Path) -> None:
    """Write the revision of the source into a package that is built, where known."""
    # By its file: importing the package needs libraries that a build does not have.
    place = Path("morphkit", "_core", "revision.py")
    spec = importlib.util.spec_from_file_location("revision", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.checkout_revision(Path()) or module.written_revision(
        Path("morphkit")
    )
    if found:
        (package / module.WRITTEN).write_text(f"{found}\n", "ascii")


class OptimisedBuild(build_ext):
    """Ask for full optimisation where the compiler has the option and nobody chose."""

    def build_extensions(self) -> None:
        known = self.compiler.compiler_type in ("unix", "mingw32", "cygwin")
        for extension in self.extensions:
            if known and "-O" not in os.environ.get("CFLAGS", ""):
                extension.extra_compile_args.append("-O3")
            if self.compiler.compiler_type == "unix":  # for C libraries of before 2021
                # Means of doubles round after every step, on every processor.
                extension.extra_compile_args += ["-pthread", "-ffp-contract=off"]
                extension.extra_link_args.append("-pthread")
        super().build_extensions()


class ArchiveWithRevision(sdist):
    """Write the revision into a source archive, which has no history."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        write_revision(Path(base_dir, "morphkit"))


class BuildWithFaces(build_py):
    """Put the shipped faces and the revision into what is built."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        write_revision(Path(self.build_lib, "morphkit"))
        study = Path(self.build_lib) / "morphkit" / "demo_study"
        for folder, suffix in (("source_faces", "png"), ("landmarks", "json")):
            (study / folder).mkdir(parents=True, exist_ok=True)
            for file in sorted(Path(folder).glob(f"*.{suffix}")):
                shutil.copyfile(file, study / folder / file.name)


setup(
    ext_modules=[
        Extension(
            "morphkit.pixels._native",
            [
                FOLDER + name
                for name in (
                    "_native.c",
                    "_python.c",
                    "_python_frames.c",
                    "_python_matching.c",
                    "_python_measuring.c",
                    "_native_prepare.c",
                    "_native_covers.c",
                    "_native_render.c",
                    "_native_edges.c",
                    "_native_detail.c",
                    "_native_planes.c",
                    "_native_match.c",
                    "_native_halfway.c",
                    "_native_measure.c",
                    "_native_scale.c",
                    "_native_colour.c",
                    "_native_smooth.c",
                    "_native_filters.c",
                    "_native_deflate.c",
                    "_native_threads.c",
                )
            ],
            depends=[
                FOLDER + name
                for name in (
                    "_native.h",
                    "_native_doubles.h",
                    "_native_lanes.h",
                    "_native_pixel.h",
                    "_python.h",
                )
            ],
            define_macros=[("Py_LIMITED_API", "0x030B0000")] if STABLE_ABI else [],
            py_limited_api=STABLE_ABI,
            optional=True,
        )
    ],
    cmdclass={
        "build_ext": OptimisedBuild,
        "build_py": BuildWithFaces,
        "sdist": ArchiveWithRevision,
    },
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if STABLE_ABI else {},
)
