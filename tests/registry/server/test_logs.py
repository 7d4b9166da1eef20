import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from storagedriver.registry.logs import Log, LogHandler, logging_to, opened_log
from tests.registry.server.lines import lines_of, parsed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def descriptor(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    yield descriptor
    os.close(descriptor)


def test_all_lines_are_there_in_order_when_it_is_closed(file: Path, descriptor: int) -> None:
    log = Log(descriptor, fields={"service": "r"})

    for number in range(5000):
        log.event("info", "counted", [("number", number)])
    log.close()

    lines = lines_of(file)
    assert [str(number) for number in range(5000)] == [line["number"] for line in lines]
    assert {"level": "info", "event": "counted", "number": "0", "service": "r"} == {
        name: value for name, value in lines[0].items() if name != "time"
    }


def test_the_time_is_utc_to_the_millisecond(file: Path, descriptor: int) -> None:
    log = Log(descriptor, fields={})
    log.event("info", "timed")
    log.close()

    (line,) = lines_of(file)
    assert "0000-00-00T00:00:00.000Z" == "".join("0" if c.isdigit() else c for c in line["time"])


def test_less_than_the_level_is_not_logged(file: Path, descriptor: int) -> None:
    log = Log(descriptor, level="warning", fields={})
    log.event("info", "small")
    log.event("warning", "large")
    log.close()

    assert ["large"] == [line["event"] for line in lines_of(file)]


def test_events_of_several_threads_do_not_mix(file: Path, descriptor: int) -> None:
    log = Log(descriptor, fields={})
    threads = [
        threading.Thread(
            target=lambda: [log.event("info", "e", [("x", "y" * 99)]) for _ in range(500)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()

    assert 2000 == len(lines_of(file))


def test_a_closed_pipe_loses_its_lines_and_nothing_else() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    log = Log(writing, fields={})
    log.event("info", "lost")
    log.close()
    os.close(writing)

    log.event("info", "after the end")


def test_a_reader_that_stalls_delays_nobody_and_learns_what_it_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("storagedriver.registry.logs._MOST_WAITING", 10)
    reading, writing = os.pipe()
    log = Log(writing, fields={})
    large = "x" * 200_000  # more than a pipe holds
    log.event("info", "large", [("value", large)])
    while log._waiting:  # until the thread is stuck with it
        pass

    for number in range(15):
        log.event("info", "small", [("number", number)])
    closing = threading.Thread(target=log.close)
    closing.start()
    with os.fdopen(reading, "rb") as pipe:
        lines = [parsed(pipe.readline().decode().rstrip("\n")) for _ in range(12)]
    closing.join()
    os.close(writing)

    assert ["large", *["small"] * 10, "lost"] == [line["event"] for line in lines]
    assert "5" == lines[-1]["lines"]


def test_what_libraries_log_is_in_the_same_form_without_secrets(
    file: Path, descriptor: int
) -> None:
    log = Log(descriptor, fields={})
    logger = logging.getLogger("some.library")

    with logging_to(log):
        logger.info("reading %s", "https://u:hidden@h/\nlevel=forged")
        error = ValueError("token=hidden\nsecond line")
        logger.error("failed", exc_info=error)
        logger.debug("too small")
        logging.getLogger("httpx").info("HTTP Request: POST https://example.org/hidden")
    logger.error("after the block")
    log.close()

    read, failed = lines_of(file)
    assert "hidden" not in file.read_text()
    assert ("info", "some.library") == (read["level"], read["logger"])
    assert "reading https://***@h/\nlevel=forged" == read["message"]
    assert "error" == failed["level"]
    assert failed["error"].endswith("ValueError: token=***\nsecond line\n")


def test_a_message_that_cannot_be_formatted_is_logged_as_it_is(file: Path, descriptor: int) -> None:
    log = Log(descriptor, fields={})
    record = logging.LogRecord("some.library", 35, __file__, 1, "%(x)d", ("no number",), None)

    LogHandler(log).emit(record)
    log.close()

    (line,) = lines_of(file)
    assert ("warning", "%(x)d") == (line["level"], line["message"])


def test_logging_is_as_before_when_the_log_is_closed(descriptor: int) -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    log = Log(descriptor, fields={})

    with logging_to(log):
        assert before != (root.level, root.handlers)
        assert logging.NOTSET != logging.getLogger("httpx").level
    log.close()

    assert before == (root.level, root.handlers)
    assert logging.NOTSET == logging.getLogger("httpx").level


def test_the_log_is_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with opened_log(level="info", fields={}) as log:
        log.event("info", "seen")

    assert "seen" == parsed(capfd.readouterr().err.rstrip("\n"))["event"]


def test_without_standard_error_nothing_is_written_to_another_file(tmp_path: Path) -> None:
    script = (
        "import os\n"
        "from storagedriver.registry.logs import opened_log\n"
        "with opened_log(level='info', fields={}) as log:\n"
        "    opened = os.open('blob', os.O_WRONLY | os.O_CREAT)\n"
        "    log.event('info', 'seen')\n"
        "assert opened > 2\n"
    )
    command = f"cd {tmp_path} && exec '{sys.executable}' -c \"$0\" 2>&- <&- >&-"

    status = os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", command, script])

    assert 0 == status
    assert b"" == (tmp_path / "blob").read_bytes()
