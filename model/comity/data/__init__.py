"""Tables that a researcher brings: reading and checking them, and keeping them under their checksums."""
