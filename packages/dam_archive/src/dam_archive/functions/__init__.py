"""What is read from archives: pure functions from the bytes of one file to plain data.

`analysis` is what the workers call. Its parts, in the order of the work: `opening` finds the reader of `formats`, `budget` watches what
comes out, `members` gives each member its hash, its kind and, where it is to be looked into, a file in the scratch folder.
"""
