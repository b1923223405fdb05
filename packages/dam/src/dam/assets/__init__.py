"""The built-in plugin: assets, what is known about them, and how they are tied together."""
