"""The command base classes that every plugin builds on."""
