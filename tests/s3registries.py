"""Registries over a bucket, ours and Debian's, and what they leave in it."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.s3servers import S3Server, raw_client
from tests.servers import Server, docker_registry_over, storagedriver_server


@dataclass(frozen=True, slots=True)
class Root:
    """A root directory in a bucket: the storage of a registry, or of two."""

    bucket: S3Server
    name: str

    def storage(self, **others: object) -> dict[str, object]:
        """The parameters of the driver, which both registries understand."""
        return {
            **self.bucket.parameters(),
            "region": "us-east-1",
            "rootdirectory": f"/{self.name}",
            **others,
        }

    def objects(self) -> dict[str, bytes]:
        """All objects, by what follows the root directory."""
        with closing(raw_client(self.bucket.url)) as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket.bucket, Prefix=f"{self.name}/"
            )
            keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
            return {
                key.removeprefix(f"{self.name}/"): client.get_object(
                    Bucket=self.bucket.bucket, Key=key
                )["Body"].read()
                for key in keys
            }

    def own_keys(self) -> list[str]:
        """The keys of what our driver keeps beside the files."""
        return [key for key in self.objects() if key.startswith("~/")]

    def begin_upload(self, key: str) -> None:
        """Begin an upload in parts, and leave it."""
        with closing(raw_client(self.bucket.url)) as client:
            client.create_multipart_upload(Bucket=self.bucket.bucket, Key=f"{self.name}/{key}")

    def uploads(self) -> list[str]:
        """The keys of uploads in parts that were neither completed nor aborted."""
        with closing(raw_client(self.bucket.url)) as client:
            answer = client.list_multipart_uploads(
                Bucket=self.bucket.bucket, Prefix=f"{self.name}/"
            )
            return [one["Key"] for one in answer.get("Uploads", ())]


@contextmanager
def storagedriver_on(
    root: Root, folder: Path, *, redirect: bool = False, **parameters: object
) -> Iterator[Server]:
    """Serve a bucket with ours."""
    config = folder / "storagedriver.yml"
    storage = {
        "s3": root.storage(**parameters),
        "delete": {"enabled": True},
        "redirect": {"disable": not redirect},
    }
    config.write_text(json.dumps({"version": 0.1, "storage": storage}))
    with storagedriver_server(folder, str(config)) as server:
        yield server


@contextmanager
def docker_registry_on(root: Root, folder: Path) -> Iterator[Server]:
    """Serve a bucket with Debian's."""
    with docker_registry_over(folder, {"s3": root.storage()}) as server:
        yield server
