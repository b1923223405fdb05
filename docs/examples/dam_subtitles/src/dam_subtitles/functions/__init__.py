"""Reads subtitles: plain data in, plain data out."""
