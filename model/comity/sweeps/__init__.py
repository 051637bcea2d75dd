"""Studies: which runs they are made of, where these are lived and how they are kept."""
