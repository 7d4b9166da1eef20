"""The forms of a log's lines."""

import json
import logging
import os
from pathlib import Path

import pytest

from storagedriver.registry.logformats import FORMATS
from storagedriver.registry.logs import Log, LogHandler

TIMES = {"json": "time", "logstash": "@timestamp"}
FORGED = 'a"b\nlevel=error \x00\u2028'


def logged(file: Path, form: str, *events: tuple[str, list[tuple[str, object]]]) -> list[str]:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
    log = Log(descriptor, fields={"service": "r", "level": "mine"}, line=FORMATS[form])
    for event, fields in events:
        log.event("info", event, fields)
    log.close()
    os.close(descriptor)
    return file.read_text("ascii").splitlines()


@pytest.mark.parametrize("form", ["json", "logstash"])
def test_an_event_is_one_object_on_one_line(tmp_path: Path, form: str) -> None:
    fields: list[tuple[str, object]] = [("path", FORGED), ("status", 200), ("agent", None)]

    lines = logged(tmp_path / "log", form, ("request", fields), ("stopped", []))

    first, second = map(json.loads, lines)
    assert first.pop(TIMES[form]).endswith("Z")
    others = {"@version": "1", "message": "request"} if form == "logstash" else {}
    assert (
        others
        | {
            "level": "info",
            "event": "request",
            "path": FORGED,
            "status": 200,
            "service": "r",
        }
        == first
    )
    assert "stopped" == second["event"]


def test_a_librarys_message_is_that_of_logstash(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    log = Log(descriptor, fields={}, line=FORMATS["logstash"])
    record = logging.makeLogRecord(
        {"name": "x", "levelno": logging.WARNING, "msg": "token=%s", "args": ("secret",)}
    )
    LogHandler(log).emit(record)
    log.close()
    os.close(descriptor)

    told = json.loads((tmp_path / "log").read_text())

    assert ("message", "warning", "token=***") == (told["event"], told["level"], told["message"])


def test_text_is_pairs(tmp_path: Path) -> None:
    (line,) = logged(tmp_path / "log", "text", ("stopped", []))

    assert line.partition(" ")[2].startswith("level=info event=stopped service=r")
