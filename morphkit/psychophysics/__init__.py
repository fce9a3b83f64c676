"""Psychophysics: what the answers of people say about stimuli; mathematics only."""
