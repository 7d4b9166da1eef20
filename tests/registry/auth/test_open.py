"""A registry that others reach tells when it is open to all of them."""

import os
from pathlib import Path

import pytest

from storagedriver.registry.announcement import Storage, announce
from storagedriver.registry.auth.settings import Htpasswd
from storagedriver.registry.binding import Sockets
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.listening import listen
from storagedriver.registry.logs import Log
from tests.registry.server.lines import lines_of


@pytest.mark.parametrize(
    ("auth", "expected"), [(None, True), (Htpasswd(realm="r", path="/f"), False)]
)
def test_the_warning_is_for_registries_that_ask_nobody(
    tmp_path: Path, auth: Htpasswd | None, *, expected: bool
) -> None:
    (bound,) = listen("0.0.0.0", 0)
    with bound, (tmp_path / "log").open("wb") as file:
        log = Log(os.dup(file.fileno()), fields={})
        config = Config(driver="memory", auth=auth)
        announce(config, Sockets([bound], []), log, Storage("memory", writable=True))
        log.close()

    events = [line["event"] for line in lines_of(tmp_path / "log")]
    assert expected is ("open" in events)
