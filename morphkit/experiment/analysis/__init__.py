"""From participants' answers to fits, scales and norms of a pack."""
