"""What dam knows about placeholder files."""
