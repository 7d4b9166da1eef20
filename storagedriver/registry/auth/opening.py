"""From settings to the controller that they describe."""

from storagedriver.registry.auth.htpasswd import HtpasswdController
from storagedriver.registry.auth.settings import Auth


def controller(auth: Auth) -> HtpasswdController:
    """Make the controller that settings describe, which its owner closes with `aclose`.

    Raises `ConfigError`, which names the key, for a file that cannot be used.
    """
    return HtpasswdController(auth)
