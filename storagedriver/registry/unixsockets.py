"""Unix sockets to listen on: files, which a server leaves behind when it is killed."""

import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storagedriver.registry.listening import BACKLOG


@contextmanager
def listening_at(path: str) -> Iterator[socket.socket]:
    """Listen on a Unix socket at a path while in the block, and then remove it.

    One that is there and that nobody listens on any more is replaced. Raises `OSError`.
    """
    file = Path(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        if _is_left_over(file):
            file.unlink()
        bound.bind(path)
        made = _identity(file)
        try:
            bound.listen(BACKLOG)
            yield bound
        finally:
            # The next server may have taken the place while the last requests were served.
            if _identity(file) == made:
                file.unlink(missing_ok=True)


def _is_left_over(file: Path) -> bool:
    """Tell whether a file is a socket that nobody answers at."""
    try:
        if not stat.S_ISSOCK(file.lstat().st_mode):
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(file))
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
