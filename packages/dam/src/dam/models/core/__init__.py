"""The base classes of all tables."""
