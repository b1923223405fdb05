"""What the plugin for programs does."""
