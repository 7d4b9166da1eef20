"""Traces: which calls of the storage a request led to, for OpenTelemetry."""
