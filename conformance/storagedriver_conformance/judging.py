"""What an error says of the driver: that it is wrong, that storage is away, or nothing."""

from storagedriver.errors import StorageDriverError
from storagedriver_conformance.answers import told, unreachable
from storagedriver_conformance.calls import Calls
from storagedriver_conformance.findings import Inconclusive, Violation

# What a call of the driver may raise, its mistakes included.
DRIVERS = (Violation, StorageDriverError, ValueError, TypeError)


def as_inconclusive(error: BaseException) -> Inconclusive | None:
    """Return what to raise for an error by which the storage was not reached; else None."""
    if isinstance(error, BaseExceptionGroup):
        found = [as_inconclusive(one) for one in error.exceptions]
        return next((one for one in found if one is not None), None)
    if isinstance(error, Inconclusive):
        return error
    return Inconclusive(told(error)) if unreachable(error) else None


def as_violation(error: Exception, calls: Calls) -> Violation | None:
    """Return what an error says of the driver: None if it is a mistake of the suite's own."""
    if isinstance(error, ExceptionGroup):
        found = [as_violation(one, calls) for one in error.exceptions]
        return next((one for one in found if one is not None), None)
    if isinstance(error, Violation):
        return error
    if isinstance(error, StorageDriverError) or error is calls.raised:
        message = f"a call that had to succeed raised {type(error).__name__}"
        return Violation(message, actual=told(error))
    return None
