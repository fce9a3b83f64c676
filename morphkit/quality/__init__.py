"""Measurements and checks of faces, landmarks and continua."""
