"""Experiments: designs, texts, simulated observers, answers, their analysis."""
