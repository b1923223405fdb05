"""Fonts and 3D models: bytes in, plain data out."""
