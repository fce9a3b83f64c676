"""Faces: templates, landmarks, photographs, file formats and detectors."""
