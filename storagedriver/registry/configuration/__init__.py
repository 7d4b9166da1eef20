"""The configuration: Docker's keys and ours, how their values are read, and what comes of it."""
