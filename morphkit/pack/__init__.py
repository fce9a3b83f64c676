"""Packs as folders: writing them, reading them back, verifying their integrity."""

from morphkit.pack.read import read_pack
from morphkit.pack.verify import verify_pack
from morphkit.pack.write import write_pack

__all__ = ["read_pack", "verify_pack", "write_pack"]
