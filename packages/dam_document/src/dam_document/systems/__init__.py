"""What happens to documents: they are read, opened with a password, and tied to what they name."""
