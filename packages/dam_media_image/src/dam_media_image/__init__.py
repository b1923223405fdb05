"""The picture plugin: facts, metadata, thumbnails and look-alike hashes of still pictures."""
