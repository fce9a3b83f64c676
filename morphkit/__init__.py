"""Reproducible, validated face-morph continua for perception research."""

__version__ = "0.1.0"
