"""Data that a researcher brings: reading and checking tables, and keeping them under their checksums."""
