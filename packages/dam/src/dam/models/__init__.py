"""The tables of the engine and the base classes of all others."""
