"""Geometry: alignment, warps, correspondence and outlines; no colours."""
