"""From faces to frames: correspondence, scene, render, finish, and the verbs."""
