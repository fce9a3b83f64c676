"""From the answers of people to fits, scales and norms of a pack."""
