"""Pure functions behind the ways in: plain values in, plain values out."""
