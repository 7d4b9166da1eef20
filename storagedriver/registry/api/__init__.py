"""The HTTP of the registry: the Docker Registry API V2 and OCI Distribution 1.1, on the store."""
