"""The command: when it refuses, what it prints, and the status it ends with."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from storagedriver.cli import main
from storagedriver.factory import open_driver
from storagedriver.registry.store import Digest, Store, layout
from tests.registry.store.content import CONFIG, IMAGE, OTHER_IMAGE, push_blob, push_image

GARBAGE = b"nobody wants this"
DIGEST = Digest.of(GARBAGE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with an image, an untagged one, and a blob that no manifest names."""
    root = tmp_path / "data"

    async def fill(store: Store) -> None:
        await push_image(store, "team/app", "v1", manifest=OTHER_IMAGE)
        await push_image(store, "team/app", "v1")
        await push_blob(store, "team/app", GARBAGE)

    with_store(root, fill)
    return root


def with_store(root: Path, act: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_driver("filesystem", rootdirectory=root) as driver, Store(driver) as store:
            await act(store)

    asyncio.run(run())


def collect(root: Path, *options: str) -> int:
    return main(["garbage-collect", "--driver", root.as_uri(), *options])


def config(root: Path, *, read_only: bool) -> str:
    file = root.parent / "config.yml"
    maintenance = {"readonly": {"enabled": read_only}}
    storage = {"filesystem": {"rootdirectory": str(root)}, "maintenance": maintenance}
    file.write_text(json.dumps({"version": 0.1, "storage": storage}))
    return str(file)


def is_stored(root: Path, content: bytes) -> bool:
    return Path(f"{root}{layout.blob(Digest.of(content))}").exists()


def test_what_nothing_leads_to_is_removed_and_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == collect(root, "--offline", "--grace", "0")

    shown = capsys.readouterr()
    link = layout.layer("team/app", DIGEST)
    assert (
        f"removed blob {DIGEST} (17 bytes)\n"
        f"removed link {link}\n"
        "removed 1 blob (17 bytes), 0 manifests, 1 link\n"
        "kept 2 manifests and all that they name, 4 digests, and 0 blobs that are too young\n"
    ) == shown.out
    assert "" == shown.err
    assert (False, True) == (is_stored(root, GARBAGE), is_stored(root, IMAGE))


def test_where_a_registry_may_write_it_refuses(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == collect(root, "--grace", "0")
    assert 2 == main(["garbage-collect", config(root, read_only=False), "--grace", "0"])

    assert 2 == capsys.readouterr().err.count("storage.maintenance.readonly.enabled")
    assert is_stored(root, GARBAGE)


def test_a_configuration_that_says_read_only_is_enough(root: Path) -> None:
    assert 0 == main(["garbage-collect", config(root, read_only=True), "--grace", "0"])

    assert not is_stored(root, GARBAGE)


def test_a_dry_run_may_be_done_at_any_time(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == collect(root, "--dry-run", "--delete-untagged", "--grace", "0")

    shown = capsys.readouterr().out
    assert f"would remove manifest team/app@{Digest.of(OTHER_IMAGE)}\n" in shown
    assert "would remove 2 blobs" in shown
    assert is_stored(root, GARBAGE)


def test_what_is_younger_than_a_day_is_kept_unless_another_age_is_given(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == collect(root, "--offline")
    assert 0 == collect(root, "--offline", "--grace", "1000h30m")

    assert 2 == capsys.readouterr().out.count("and 1 blob that are too young\n")
    assert is_stored(root, GARBAGE)


@pytest.mark.parametrize("grace", ["-1h", "day", ""])
def test_an_age_that_is_none_is_refused(
    root: Path, grace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == collect(root, "--offline", f"--grace={grace}")

    assert capsys.readouterr().err.startswith("storagedriver: --grace: ")


def test_as_json_each_event_is_an_object_on_a_line(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"{root}{layout.current('team/app', 'v1')}").write_text("?")

    assert 1 == collect(root, "--offline", "--grace=0", "-m", "--json")

    shown = capsys.readouterr()
    problem, blob, link, summary = map(json.loads, shown.out.splitlines())
    assert ("problem", layout.current("team/app", "v1")) == (problem["event"], problem["path"])
    assert ("removed", "blob", str(DIGEST)) == (blob["event"], blob["kind"], blob["digest"])
    assert "link" == link["kind"]
    assert {"event": "summary", "freed": 17, "problems": 1}.items() <= summary.items()
    assert "" == shown.err


def test_quietly_only_the_summary_and_problems_are_shown(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == collect(root, "--offline", "--grace=0", "-q")

    assert 2 == capsys.readouterr().out.count("\n")


def test_damage_is_one_line_on_standard_error_and_status_1(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = layout.revision("team/app", Digest.of(IMAGE))
    Path(f"{root}{link}").write_bytes(b"")

    assert 1 == collect(root, "--offline", "--grace=0")

    assert f"storagedriver: {link}: the link is empty: the manifest is kept\n" == (
        capsys.readouterr().err
    )
    assert (False, True) == (is_stored(root, GARBAGE), is_stored(root, CONFIG))


def test_a_wrong_root_is_one_line_on_standard_error_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(f"{tmp_path}{layout.blob(DIGEST)}")
    path.parent.mkdir(parents=True)
    path.write_bytes(GARBAGE)

    assert 1 == collect(tmp_path, "--offline", "--grace=0")

    shown = capsys.readouterr()
    assert "is this the right root directory?" in shown.err
    assert (1, "") == (shown.err.count("\n"), shown.out)
    assert path.exists()


def test_storage_without_a_repository_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == collect(tmp_path / "elsewhere", "--dry-run")

    told = f"storagedriver: there is no repository in {tmp_path}/elsewhere: is that the right"
    assert capsys.readouterr().err.startswith(told)


def test_on_a_terminal_a_bar_tells_how_far_it_is(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # which makes anything a terminal to rich

    assert 0 == collect(root, "--offline", "--grace=0")

    shown = capsys.readouterr()
    assert "sweeping" in shown.err
    assert shown.out.startswith(f"removed blob {DIGEST}")
