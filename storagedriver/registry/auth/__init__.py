"""Who may do what: the seam between the registry and whoever decides that.

The API asks an `AccessController` who somebody is, and whether they may do what a request would do.
It knows nothing of passwords or tokens, and a controller nothing of endpoints.
"""

from storagedriver.registry.auth.access import (
    NOBODY,
    Access,
    AccessController,
    Action,
    Lack,
    Principal,
    Scope,
    WrongCredentialsError,
)

__all__ = [
    "NOBODY",
    "Access",
    "AccessController",
    "Action",
    "Lack",
    "Principal",
    "Scope",
    "WrongCredentialsError",
]
