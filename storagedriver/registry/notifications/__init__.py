"""Notifications: what happens in the registry is told to webhooks, from a queue in the storage."""
