"""Programs: bytes in, plain data out. Nothing is ever run."""
