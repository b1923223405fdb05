"""What dam knows about subtitles."""
