"""Middleware: drivers around a driver, each of which changes one thing about it.

A distribution offers one by an entry point in the group `storagedriver.middleware` that names a
`MiddlewareFactory`, a class or an instance. Ours are found in the same way: `cloudfront`,
`limit`, `readonly`, `redirect` and `retry`. `wrapped` puts one around an open driver.
"""

from storagedriver.middleware.around import AroundDriver, AroundWriter
from storagedriver.middleware.loading import (
    ChosenMiddleware,
    MiddlewareFactory,
    configured,
    wrapped,
)

__all__ = [
    "AroundDriver",
    "AroundWriter",
    "ChosenMiddleware",
    "MiddlewareFactory",
    "configured",
    "wrapped",
]
