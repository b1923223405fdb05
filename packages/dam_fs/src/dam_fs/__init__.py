"""dam_fs."""
