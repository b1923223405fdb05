"""Documents: pages, text, first page, OCR."""
