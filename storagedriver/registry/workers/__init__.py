"""Several processes that serve one registry, and the one that looks after them."""
