"""Game images: ISO, CSO and PBP of the PSP, with their facts, icons and backgrounds."""
