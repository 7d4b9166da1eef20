import logging
import os
from pathlib import Path

import pytest

from storagedriver.registry.auth.passwordfile import PasswordFile, hashes_in
from storagedriver.registry.configuration.config import ConfigError
from tests.registry.auth.scenes import hashed, line, users_file

HASH = "$2y$05$" + "a" * 53


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_lines_of_htpasswd_are_read(prefix: str) -> None:
    hash_ = prefix + HASH[4:]
    content = f"# made by hand\n\n  alice:{hash_}  \r\nb\u00f6b:{HASH}".encode()

    assert {"alice": hash_.encode(), "b\u00f6b": HASH.encode()} == hashes_in(content, "f")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"alice\n", "f:1: is no line of the form user:hash"),
        (f":{HASH}\n".encode(), "f:1: is no line of the form"),
        (f"# a\nalice:{HASH}\nbob:$apr1$abc$def\n".encode(), "f:3: the hash is not of bcrypt"),
        (b"alice:secret\n", "f:1: the hash is not of bcrypt"),
        (b"alice:\n", "f:1: the hash is not of bcrypt"),
        (f"alice:{HASH}x\n".encode(), "f:1: the hash is not of bcrypt"),
        (f"alice:{HASH.replace('05', '03')}\n".encode(), "f:1: the hash is not of bcrypt"),
        (f"a:{HASH}\nb:{HASH}\na:{HASH}\n".encode(), "f:3: the user 'a' stands here for the sec"),
        (b"\xff:\n", "f:1: is not UTF-8"),
    ],
)
def test_a_wrong_line_is_named_and_not_shown(content: bytes, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        hashes_in(content, "f")

    assert "secret" not in str(caught.value)
    assert "$2y$" not in str(caught.value)


def test_a_missing_file_is_named_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "absent"

    with pytest.raises(ConfigError) as caught:
        PasswordFile(str(path))

    assert f"auth.htpasswd.path: {path}: cannot be read: No such file or directory" == str(
        caught.value
    )


def test_a_folder_is_no_file_of_users(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        PasswordFile(str(tmp_path))


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = users_file(tmp_path, alice="one")
    file = PasswordFile(str(path))
    path.write_text(path.read_text() + line("bob", "two"))

    file.refresh()

    assert ["alice", "bob"] == list(file.hashes)


def test_a_file_that_was_replaced_by_one_as_long_and_as_old_is_read_again(tmp_path: Path) -> None:
    path = users_file(tmp_path, alice="one")
    file = PasswordFile(str(path))
    other = tmp_path / "other"
    other.write_text(line("carol", "two"))
    times = path.stat()
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)

    file.refresh()

    assert ["carol"] == list(file.hashes)


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    file = PasswordFile(str(users_file(tmp_path, alice="one")))
    before = file.hashes

    file.refresh()

    assert before is file.hashes


def test_a_broken_file_keeps_the_users_there_were_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = users_file(tmp_path, alice="one")
    file = PasswordFile(str(path))
    path.write_text(f"alice:{hashed('two')}\nbob\n")

    for _ in range(3):
        file.refresh()

    assert ["alice"] == list(file.hashes)
    assert [f"auth.htpasswd.path: {path}:2: is no line of the form user:hash: the users that"] == [
        message.removesuffix(" were read before stay") for message in caplog.messages
    ]


def test_a_file_that_goes_and_comes_back_is_told_of_and_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = users_file(tmp_path, alice="one")
    file = PasswordFile(str(path))
    path.unlink()

    file.refresh()
    file.refresh()
    kept = list(file.hashes)
    users_file(tmp_path, bob="two")
    file.refresh()

    assert (["alice"], ["bob"]) == (kept, list(file.hashes))
    assert [logging.ERROR, logging.INFO] == [record.levelno for record in caplog.records]
    assert f"{path}: read again: 1 users" == caplog.messages[-1]


def test_a_file_that_cannot_be_opened_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = users_file(tmp_path, alice="one")
    file = PasswordFile(str(path))
    path.unlink()
    path.mkdir()

    for _ in range(3):
        file.refresh()

    assert ["alice"] == list(file.hashes)
    assert 1 == len(caplog.messages)
    assert "Is a directory" in caplog.messages[0]
