"""skopeo at a registry that takes the tokens of an authorization server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.commands import Command
from tests.clients.images import image_layout
from tests.clients.tokenserver import TokenServer
from tests.clients.transfers import pulled
from tests.operations.repository import wait_until
from tests.registry.auth.signing import ISSUER, SERVICE, Certified
from tests.servers import Server, storagedriver_server

TEAM = "repository:team/app"


@pytest.fixture
def authority() -> Iterator[TokenServer]:
    signer = Certified.new("an authority", is_authority=True)
    granted = {"alice": {f"{TEAM}:pull", f"{TEAM}:push"}, "": {f"{TEAM}:pull"}}
    server = TokenServer(signer, passwords={"alice": "one"}, granted=granted)
    with server.serving():
        yield server


@pytest.fixture
def server(authority: TokenServer, tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    token = {
        "realm": authority.realm,
        "service": SERVICE,
        "issuer": ISSUER,
        "rootcertbundle": authority.signer.write_to(folder / "roots.pem"),
    }
    config = {"version": 0.1, "storage": "inmemory", "auth": {"token": token}}
    (folder / "config.yml").write_text(json.dumps(config))
    with storagedriver_server(folder, str(folder / "config.yml")) as server:
        yield server


def test_skopeo_pushes_and_pulls_with_tokens_and_as_far_as_they_go(
    authority: TokenServer, server: Server, skopeo: Command, tmp_path: Path
) -> None:
    image = image_layout(tmp_path / "small", seed=20240106, sizes=[1000])
    target = f"docker://{server.address}/team/app:v1"
    push = ["copy", "--dest-tls-verify=false"]
    pull = ["copy", "--src-tls-verify=false"]

    skopeo(*push, "--dest-creds", "alice:one", image.reference, target)
    skopeo(*pull, target, f"dir:{tmp_path / 'pulled'}")
    wrong = skopeo.refused(*push, "--dest-creds", "alice:two", image.reference, target)
    denied = skopeo.refused(*push, image.reference, target)

    assert image.blobs() == pulled(tmp_path / "pulled")
    assert "invalid username/password" in wrong
    assert "denied" in denied
    assert ("alice", f"{TEAM}:pull,push") in authority.asked
    line = "user=alice method=PUT path=/v2/team/app/manifests/v1"
    wait_until(lambda: line in server.log.read_text(), "a line in the log")
