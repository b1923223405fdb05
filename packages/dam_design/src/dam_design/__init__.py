"""Fonts and 3D models, each with a picture of it."""
