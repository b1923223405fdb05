"""One module for each format of archives: ZIP, 7z, RAR, TAR, and files that are compressed alone."""
