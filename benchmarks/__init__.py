"""What the registry costs, beside a peer, in one run."""
