import json
from pathlib import Path

import pytest

from tests.clients.commands import skopeo
from tests.clients.images import image_layout
from tests.clients.transfers import pull, push
from tests.drivers.fsspec.fileservers import Place
from tests.servers import storagedriver_server


@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_an_image_is_pushed_to_a_server_of_files_and_pulled(place: Place, tmp_path: Path) -> None:
    client = skopeo(tmp_path / "skopeo")
    image = image_layout(tmp_path / "image", seed=20240103)
    driver = ["--driver", place.url, "-o", f"options={json.dumps(place.options)}"]

    with storagedriver_server(tmp_path, *driver) as server:
        push(client, image, f"{server.address}/team/app:v1")
    with storagedriver_server(tmp_path, *driver) as server:
        content = pull(client, f"{server.address}/team/app@{image.digest}", tmp_path / "pulled")
        log = server.log.read_text()

    assert image.blobs() == content
    assert str(place.options["key_filename"]) not in log
