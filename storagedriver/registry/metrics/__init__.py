"""Metrics: what the registry does, counted, for Prometheus to collect."""
