"""Programs: version, icon and licence, without ever running them."""
