"""Where points go: alignment, warps, correspondence and outlines; no colours."""
