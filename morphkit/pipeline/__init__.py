"""From a recipe to a pack, and from a pack back to its pixels."""

from morphkit.pipeline.building import Progress, build
from morphkit.pipeline.reproducing import Reproduction, reproduce
from morphkit.pipeline.sources import Key, SourceFiles, resolve_sources

__all__ = [
    "Key",
    "Progress",
    "Reproduction",
    "SourceFiles",
    "build",
    "reproduce",
    "resolve_sources",
]
