"""What drivers over object stores share: listing in order, and writers that can be resumed.

Nothing here knows a service: a driver gives an `ObjectService`.
"""
