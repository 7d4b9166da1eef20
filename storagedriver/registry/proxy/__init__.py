"""A mirror: one registry's content, fetched when it is asked for first, and kept."""
