"""The pure functions of the built-in plugin: bytes and text in, plain data out."""
