"""What the document plugin computes: pure functions from the bytes of one file to plain data.

`analysis` and `recognition` are what the workers call. A reader of each format (`pdf`, `office`, `sheets`, `books`, `web`, `plain`, `mail`,
`message`) makes a `reading`; `subtypes` tells invoices, contracts and specifications; `page` and `card` draw what has no picture.
"""
