"""From a recipe to a pack, and from a pack back to its pixels."""
