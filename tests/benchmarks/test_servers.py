import json
import shlex
import sys
from pathlib import Path

import pytest

from benchmarks import servers
from benchmarks.client import Client
from benchmarks.servers import Kind

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = "\\n".join(sys.argv[1:]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_peer_is_started_with_its_port_folder_and_configuration(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    command = f"{shlex.join([sys.executable, str(script)])} {{port}} {{folder}} {{config}}"

    with Kind.parse(f"other={command}").started(tmp_path) as server:
        with Client(server.address) as client:
            port, folder, config = client.request("GET", "/", expect=200).body.decode().split("\n")
        said = json.loads(Path(config).read_text())
        used = server.resident_bytes()

    assert ("other", server.port) == (server.name, int(port))
    assert f"127.0.0.1:{port}" == said["http"]["addr"]
    assert folder == said["storage"]["filesystem"]["rootdirectory"] == str(server.data)
    assert [] == list(Path(folder).iterdir())
    assert 1024 * 1024 < used
    assert not Path(f"/proc/{server.pid}").exists()


def test_a_server_that_ends_is_told_with_its_log(tmp_path: Path) -> None:
    code = "import sys; sys.exit('no such option')"
    kind = Kind("other", f"{shlex.join([sys.executable, '-c', code])} {{port}}")

    with pytest.raises(RuntimeError, match="no such option"), kind.started(tmp_path):
        pass


@pytest.mark.parametrize("text", ["other", "=serve {port}", "other=", "other=serve"])
def test_a_peer_without_name_command_or_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NAME=COMMAND"):
        Kind.parse(text)


def test_a_peer_that_is_given_takes_the_place_of_one_of_its_name() -> None:
    given = Kind("docker-registry", "other-registry serve {config}")

    found = servers.kinds([given])

    assert "storagedriver" == found[0].name
    assert [given] == [kind for kind in found if kind.name == "docker-registry"]
