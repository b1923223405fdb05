"""dam_web."""
