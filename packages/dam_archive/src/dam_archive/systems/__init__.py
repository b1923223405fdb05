"""What happens to archives."""
