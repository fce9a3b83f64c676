"""Psychophysics: models of people's answers to stimuli; mathematics only."""
