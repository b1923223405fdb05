"""dam_test_utils."""
