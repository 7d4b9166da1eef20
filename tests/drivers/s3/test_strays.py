"""Uploads that no writer has, as a process leaves them that is killed in a copy in parts."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from storagedriver.drivers.objectstore.service import Part, Upload, UploadGoneError
from storagedriver.drivers.s3.client import Answer, Client
from storagedriver.drivers.s3.service import S3Service
from storagedriver.errors import PathNotFoundError, StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.records import UnfinishedInfo
from tests.drivers.s3.conftest import Open
from tests.drivers.s3.marks import on_weed
from tests.s3servers import S3Server

Raw = Any  # botocore has no types
PART = 5 << 20
WHOLE = bytes(2 * PART + 3)


@dataclass(frozen=True, slots=True)
class Place:
    """The test's root directory, as a client of botocore's own sees it."""

    raw: Raw
    bucket: str
    root: str

    def begin(self, path: str, source: str | None = None) -> None:
        """Begin an upload, with a part that is copied from a file, and leave it."""
        named = {"Bucket": self.bucket, "Key": self.root + path}
        upload = self.raw.create_multipart_upload(**named)["UploadId"]
        if source is not None:
            origin = {"Bucket": self.bucket, "Key": self.root + source}
            self.raw.upload_part_copy(**named, UploadId=upload, PartNumber=1, CopySource=origin)

    def pending(self) -> list[str]:
        """The ids of all uploads that were neither completed nor aborted."""
        answer = self.raw.list_multipart_uploads(Bucket=self.bucket, Prefix=f"{self.root}/")
        return [one["UploadId"] for one in answer.get("Uploads", ())]


@pytest.fixture
def place(raw: Raw, server: S3Server, root: str) -> Place:
    return Place(raw, server.bucket, root)


@pytest.fixture
def copying(opened: Open) -> Open:
    """Opens a driver that copies in parts whatever is larger than one."""

    def opened_so(**parameters: object) -> AbstractAsyncContextManager[StorageDriver]:
        return opened(multipartcopythresholdsize=PART, multipartcopychunksize=PART, **parameters)

    return opened_so


async def unfinished(driver: StorageDriver, path: str = "/") -> list[UnfinishedInfo]:
    return [info async for info in driver.unfinished(path)]


async def closed_writer(driver: StorageDriver, path: str, size: int) -> None:
    async with await driver.writer(path) as writer:
        await writer.write(bytes(size))


async def test_what_a_killed_copy_left_is_listed_and_can_be_dropped(
    opened: Open, place: Place
) -> None:
    async with opened() as driver:
        await driver.put_content("/source", b"content")
        place.begin("/d/f", "/source")

        (stray,) = await unfinished(driver)
        assert ("/d/f", 0) == (stray.path, stray.size)
        with pytest.raises(PathNotFoundError):
            await driver.writer("/d/f", append=True)
        await driver.discard(stray)
        await driver.discard(stray)

        assert [] == await unfinished(driver)
        assert b"content" == await driver.get_content("/source")
    assert [] == place.pending()


async def test_strays_are_listed_among_writers_in_order_and_only_where_asked(
    opened: Open, place: Place
) -> None:
    async with opened() as driver:
        for path in ("/b", "/d", "/d/f/x"):
            await closed_writer(driver, path, 1)
        for path in ("/z", "/d-1", "/d/f", "/a", "/d/ä", "/d"):
            place.begin(path)

        paths = ["/a", "/b", "/d", "/d", "/d/f", "/d/f/x", "/d-1", "/z"]
        assert paths == [info.path for info in await unfinished(driver)]
        assert paths[2:6] == [info.path for info in await unfinished(driver, "/d")]
        assert paths[4:6] == [info.path for info in await unfinished(driver, "/d/f")]
        assert [] == await unfinished(driver, "/none")


@on_weed
async def test_dropping_a_stray_leaves_the_upload_of_a_writer_of_that_path(
    opened: Open, place: Place
) -> None:
    async with opened() as driver:
        place.begin("/f")
        await closed_writer(driver, "/f", PART + 1)

        writer, stray = await unfinished(driver)
        assert [PART + 1, 0] == [writer.size, stray.size]
        await driver.discard(stray)

        assert [writer] == await unfinished(driver)
        async with await driver.writer("/f", append=True) as resumed:
            assert PART + 1 == (await resumed.commit()).size
    assert [] == place.pending()


@on_weed
async def test_an_upload_that_became_a_writers_is_not_dropped_as_a_stray(
    opened: Open, place: Place
) -> None:
    async with opened() as driver:
        await closed_writer(driver, "/f", PART + 1)
        (upload,) = place.pending()
        (writer,) = await unfinished(driver)

        await driver.discard(
            UnfinishedInfo(path="/f", size=0, modified=writer.modified, id=f"upload:{upload}")
        )

        assert [writer] == await unfinished(driver)


@on_weed  # moto answers 500 to what is sent to an upload that is gone
@pytest.mark.parametrize("before", ["the first part", "the end"])
async def test_a_copy_whose_upload_is_dropped_begins_anew(
    copying: Open, place: Place, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[str] = []

    async def drop_once(service: S3Service, upload: Upload) -> None:
        if not dropped:
            dropped.append(upload.id)
            await service.abort_upload(upload.key, upload.id)

    begun, finished = S3Service.start_copy, S3Service.finish_upload

    async def start_copy(self: S3Service, key: str) -> Upload:
        upload = await begun(self, key)
        if before == "the first part":
            await drop_once(self, upload)
        return upload

    async def finish_upload(self: S3Service, upload: Upload, parts: list[Part]) -> str:
        await drop_once(self, upload)
        return await finished(self, upload, parts)

    monkeypatch.setattr(S3Service, "start_copy", start_copy)
    monkeypatch.setattr(S3Service, "finish_upload", finish_upload)
    async with copying() as driver:
        await driver.put_content("/a", WHOLE)
        await driver.move("/a", "/b")

        assert WHOLE == await driver.get_content("/b")
        assert ["/b"] == [info.path async for info in driver.list("/")]
    assert [] == place.pending()
    assert 1 == len(dropped)


@on_weed
async def test_a_copy_whose_upload_is_dropped_again_and_again_leaves_the_source(
    copying: Open, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = S3Service.finish_upload

    async def finish_upload(self: S3Service, upload: Upload, parts: list[Part]) -> str:
        await self.abort_upload(upload.key, upload.id)
        return await finished(self, upload, parts)

    monkeypatch.setattr(S3Service, "finish_upload", finish_upload)
    async with copying() as driver:
        await driver.put_content("/a", WHOLE)
        with pytest.raises(UploadGoneError):
            await driver.move("/a", "/b")

        assert ["/a"] == [info.path async for info in driver.list("/")]
    assert [] == place.pending()


@on_weed
async def test_a_copy_that_began_twice_leaves_the_upload_of_a_writer_alone(
    copying: Open, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Client._sent
    lost: list[str] = []

    async def lose_answer(self: Client, operation: str, parameters: dict[str, object]) -> Answer:
        answer = await sent(self, operation, parameters)
        if operation == "create_multipart_upload" and not lost:
            lost.append(answer["UploadId"])
            raise StorageUnavailableError("the answer is lost")
        return answer

    async with copying() as driver:
        await driver.put_content("/a", WHOLE)
        await closed_writer(driver, "/b", PART + 1)
        monkeypatch.setattr(Client, "_sent", lose_answer)
        await driver.move("/a", "/b")
        monkeypatch.undo()

        writer, stray = await unfinished(driver)
        assert [PART + 1, 0] == [writer.size, stray.size]
        await driver.discard(stray)
        async with await driver.writer("/b", append=True) as resumed:
            assert PART + 1 == (await resumed.commit()).size
    assert [] == place.pending()
