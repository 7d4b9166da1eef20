"""Storage for registries: one small async contract, drivers that keep it, and a factory."""

__version__ = "0.1.0"
