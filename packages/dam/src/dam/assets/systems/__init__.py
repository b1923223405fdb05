"""The built-in plugin's systems: reading, tagging, linking and analysing assets."""
