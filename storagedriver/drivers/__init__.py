"""The drivers of this project, each a package that its entry point names."""
