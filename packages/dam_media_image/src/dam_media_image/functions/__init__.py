"""What the picture plugin computes: pure functions from the bytes of one file to plain data.

`analysis` is the one that the workers call; the other modules are its parts, in the order of the work:
`formats` and `header` (what is it), `metadata` with `exif`, `iptc` and `xmp` (what does it say), `summary` (what does that
mean), `decoding` (its pixels), `hashes` and `thumbnails` (what comes of them).
"""
