"""From a recipe to a pack, and from a pack back to its pixels."""

from morphkit.pipeline.building import build
from morphkit.pipeline.checking import Key
from morphkit.pipeline.norms import resolve_norms
from morphkit.pipeline.reproducing import Reproduction, reproduce
from morphkit.pipeline.sources import SourceFiles, resolve_sources, resolve_template
from morphkit.pipeline.staging import check_output
from morphkit.progress import Progress

__all__ = [
    "Key",
    "Progress",
    "Reproduction",
    "SourceFiles",
    "build",
    "check_output",
    "reproduce",
    "resolve_norms",
    "resolve_sources",
    "resolve_template",
]
