"""From settings to the controller that they describe."""

from typing import TYPE_CHECKING, Union

from storagedriver.registry.auth.htpasswd import HtpasswdController
from storagedriver.registry.auth.settings import Auth, Htpasswd

if TYPE_CHECKING:
    from storagedriver.registry.auth.bearer import BearerController


def controller(auth: Auth) -> Union[HtpasswdController, "BearerController"]:
    """Make the controller that settings describe, which its owner closes with `aclose`.

    Raises `ConfigError`, which names the key, for a file that cannot be used.
    """
    if isinstance(auth, Htpasswd):
        return HtpasswdController(auth)
    # It needs cryptography, which takes long to import.
    from storagedriver.registry.auth.bearer import BearerController  # noqa: PLC0415  # see above

    return BearerController(auth)
