"""Sound: bytes in, plain data out."""
