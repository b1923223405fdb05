"""Pure functions over folders and files: paths in, plain data out."""
