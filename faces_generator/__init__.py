"""Infant faces rendered by code, with landmarks that are known by construction.

Not part of the installed library: it makes the pictures in ``source_faces`` and the
files in ``landmarks``, and gives benchmarks the true picture at every level between
two expressions.
"""

from faces_generator.expression import LABELS, PATHS
from faces_generator.identities import IDENTITIES, SETS
from faces_generator.render import render_level

__all__ = ["IDENTITIES", "LABELS", "PATHS", "SETS", "render_level"]
