import json
from pathlib import Path

from tests.clients.commands import Command
from tests.clients.images import Layout, digest_of, index_layout
from tests.clients.transfers import pull, pulled, push

ZSTD_LAYER = "application/vnd.oci.image.layer.v1.tar+zstd"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def test_an_image_pushed_and_pulled_by_tag_is_the_same_bytes(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{name}:v1")

    content = pull(skopeo, f"{name}:v1", tmp_path / "pulled")

    assert image.blobs() == content


def test_an_image_pushed_and_pulled_by_digest_is_the_same_bytes(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    pinned = f"{name}@{image.digest}"
    push(skopeo, image, pinned)

    content = pull(skopeo, pinned, tmp_path / "pulled")

    assert image.blobs() == content


def test_an_image_pushed_by_tag_is_pulled_by_digest(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{name}:v1")

    content = pull(skopeo, f"{name}@{image.digest}", tmp_path / "pulled")

    assert image.blobs() == content


def test_an_image_in_docker_format_keeps_its_manifest_and_layers(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    tagged = f"{name}:v1"
    made = f"dir:{tmp_path / 'made'}"
    skopeo("copy", "--format=v2s2", image.reference, made)
    skopeo("copy", "--dest-tls-verify=false", "--preserve-digests", made, f"docker://{tagged}")

    content = pull(skopeo, tagged, tmp_path / "pulled")

    manifest = json.loads(skopeo("inspect", "--tls-verify=false", "--raw", f"docker://{tagged}"))
    assert DOCKER_MANIFEST == manifest["mediaType"]
    assert pulled(tmp_path / "made") == content


def test_layers_compressed_as_zstd_are_pushed_and_pulled(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{name}:v1", "--format=oci", "--dest-compress-format=zstd")

    content = pull(skopeo, f"{name}:v1", tmp_path / "pulled")

    raw = skopeo("inspect", "--tls-verify=false", "--raw", f"docker://{name}:v1")
    layers = json.loads(raw)["layers"]
    assert [ZSTD_LAYER] * 3 == [layer["mediaType"] for layer in layers]
    for layer in layers:
        assert content[layer["digest"]].startswith(ZSTD_MAGIC)


def test_an_index_is_pulled_with_all_its_images(
    name: str, skopeo: Command, index: Layout, tmp_path: Path
) -> None:
    tagged = f"{name}:v1"
    push(skopeo, index, tagged, "--all")

    content = pull(skopeo, tagged, tmp_path / "pulled", "--all")

    assert index.blobs() == content


def test_one_architecture_is_chosen_from_an_index(
    name: str, skopeo: Command, index: Layout
) -> None:
    tagged = f"docker://{name}:v1"
    push(skopeo, index, f"{name}:v1", "--all")

    printed = skopeo("--override-arch=arm64", "inspect", "--config", "--tls-verify=false", tagged)

    assert "arm64" == json.loads(printed)["architecture"]


def test_inspect_tells_digest_layers_and_tags(name: str, skopeo: Command, image: Layout) -> None:
    push(skopeo, image, f"{name}:v1")
    push(skopeo, image, f"{name}:v2")

    told = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{name}:v1"))

    layers = [layer["digest"] for layer in json.loads(image.blob(image.digest))["layers"]]
    assert image.digest == told["Digest"]
    assert layers == told["Layers"]
    assert ["v1", "v2"] == sorted(told["RepoTags"])


def test_the_raw_manifest_is_what_was_pushed(name: str, skopeo: Command, image: Layout) -> None:
    tagged = f"{name}:v1"
    push(skopeo, image, tagged)

    printed = skopeo("inspect", "--tls-verify=false", "--raw", f"docker://{tagged}")

    assert image.digest == digest_of(printed.encode())


def test_all_tags_are_listed(name: str, skopeo: Command, image: Layout) -> None:
    for tag in ("v10", "v9", "_x", "V1.0"):
        push(skopeo, image, f"{name}:{tag}")

    told = json.loads(skopeo("list-tags", "--tls-verify=false", f"docker://{name}"))

    assert ["V1.0", "_x", "v10", "v9"] == sorted(told["Tags"])


def test_a_deleted_image_is_gone_under_all_its_tags_and_others_stay(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    other = index_layout(tmp_path / "other", seed=7)
    push(skopeo, image, f"{name}:v1")
    push(skopeo, image, f"{name}:also-v1")
    push(skopeo, other, f"{name}:v2", "--all")

    skopeo("delete", "--tls-verify=false", f"docker://{name}:v1")

    told = json.loads(skopeo("list-tags", "--tls-verify=false", f"docker://{name}"))
    assert ["v2"] == told["Tags"]
    assert "manifest unknown" in skopeo.refused(
        "inspect", "--tls-verify=false", f"docker://{name}@{image.digest}"
    )
    assert other.blobs() == pull(skopeo, f"{name}:v2", tmp_path / "pulled", "--all")


def test_a_deleted_image_can_be_pushed_again(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    tagged = f"{name}:v1"
    push(skopeo, image, tagged)
    skopeo("delete", "--tls-verify=false", f"docker://{tagged}")
    push(skopeo, image, tagged)

    content = pull(skopeo, tagged, tmp_path / "pulled")

    assert image.blobs() == content


def test_an_unknown_tag_is_said_to_be_unknown(name: str, skopeo: Command, image: Layout) -> None:
    push(skopeo, image, f"{name}:v1")

    complaint = skopeo.refused("inspect", "--tls-verify=false", f"docker://{name}:v2")

    assert "manifest unknown" in complaint


def test_an_image_is_copied_from_one_repository_to_another(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    source, target = f"{name}:v1", f"{name}/copy:v1"
    push(skopeo, image, source)
    skopeo(
        *("copy", "--src-tls-verify=false", "--dest-tls-verify=false"),
        *(f"docker://{source}", f"docker://{target}"),
    )

    content = pull(skopeo, target, tmp_path / "pulled")

    assert image.blobs() == content


def test_a_repository_is_synchronized_out_and_in_again(
    name: str, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    for tag in ("v1", "v2"):
        push(skopeo, image, f"{name}:{tag}")

    sync = ("sync", "--src-tls-verify=false", "--dest-tls-verify=false")
    skopeo(*sync, "--src=docker", "--dest=dir", name, str(tmp_path / "synced"))
    skopeo(*sync, "--src=dir", "--dest=docker", str(tmp_path / "synced"), f"{name}/again")

    last = name.rpartition("/")[2]
    for tag in ("v1", "v2"):
        content = pull(skopeo, f"{name}/again/{last}:{tag}", tmp_path / f"pulled-{tag}")
        assert image.blobs() == content
