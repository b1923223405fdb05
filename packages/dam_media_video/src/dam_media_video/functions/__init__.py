"""Films: bytes in, plain data out."""
