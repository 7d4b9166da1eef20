"""A Docker and OCI registry that reads and writes through the storage driver protocol alone."""
