"""The ways in, as systems."""
