"""What the registry costs, beside its peers and the machine's limits."""
