"""Landmarks of whole sets of photographs: detected, converted, drawn."""
