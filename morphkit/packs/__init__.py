"""Packs as folders: writing them, reading them back, proving that they are whole."""

from morphkit.packs.reading import read_pack
from morphkit.packs.verifying import verify_pack
from morphkit.packs.writing import write_pack

__all__ = ["read_pack", "verify_pack", "write_pack"]
