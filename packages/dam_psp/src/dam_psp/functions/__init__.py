"""Disk images and games: bytes in, plain data out."""
