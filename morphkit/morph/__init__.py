"""From a correspondence to frames: trajectories, rendering, finishing, verbs."""
