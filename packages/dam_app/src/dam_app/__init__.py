"""dam_app."""
