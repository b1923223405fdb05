"""Video: streams, duration, tags, poster and contact strip."""
