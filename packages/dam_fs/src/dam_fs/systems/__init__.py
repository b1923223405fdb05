"""The systems of `dam_fs`: roots, indexing in place, registering, and the store."""
