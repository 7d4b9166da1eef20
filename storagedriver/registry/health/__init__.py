"""Health: whether the registry can serve, found out by checks that run beside the requests."""
