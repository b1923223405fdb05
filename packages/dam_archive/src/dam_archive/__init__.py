"""Archives: members without extraction, passwords, texture packs."""
