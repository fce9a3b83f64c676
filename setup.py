"""The one part of the build that setup.cfg cannot state: the C extension.

It is optional: without a compiler the NumPy implementation gives the same pixels. It
uses the stable ABI of Python 3.11, so that one wheel serves all later versions.
"""

import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# builds without the GIL have no stable ABI
STABLE_ABI = not sysconfig.get_config_var("Py_GIL_DISABLED")
FOLDER = "morphkit/pixels/"


class OptimisedBuild(build_ext):
    """Ask for full optimisation where the compiler has the option."""

    def build_extensions(self) -> None:
        if self.compiler.compiler_type in ("unix", "mingw32", "cygwin"):
            for extension in self.extensions:
                extension.extra_compile_args.append("-O3")
        super().build_extensions()


setup(
    ext_modules=[
        Extension(
            "morphkit.pixels._native",
            [
                FOLDER + name
                for name in (
                    "_native.c",
                    "_native_prepare.c",
                    "_native_render.c",
                    "_native_deflate.c",
                )
            ],
            depends=[FOLDER + "_native.h"],
            define_macros=[("Py_LIMITED_API", "0x030B0000")] if STABLE_ABI else [],
            py_limited_api=STABLE_ABI,
            optional=True,
        )
    ],
    cmdclass={"build_ext": OptimisedBuild},
)
