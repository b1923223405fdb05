"""Files that mean harm, or have come to it: what the tests of damaged and hostile files are made of."""
