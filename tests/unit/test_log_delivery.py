"""A log file's way to CloudWatch Logs."""

from __future__ import annotations

from pathlib import Path

from worker_logs import Logs

from cdcctl.local.emulator.log_delivery import LogDelivery


def test_delivery_begins_where_the_file_ended_and_leaves_nothing(tmp_path: Path) -> None:
    file, logs = tmp_path / "log", Logs()
    file.write_text("of an earlier worker\n")
    delivery = LogDelivery(logs, "g", "s", file)
    delivery.start()
    with file.open("a") as sink:
        sink.write("one\npassword=abc\nunfinished")
    delivery.flush()
    assert logs.lines == ["one", "password=********", "unfinished"]
    delivery.add(["said by the service"])
    with file.open("a") as sink:
        sink.write("\nlast words")
    delivery.stop()
    assert logs.lines[3:] == ["said by the service", "last words"]


def test_delivery_of_a_file_that_never_comes(tmp_path: Path) -> None:
    logs = Logs()
    delivery = LogDelivery(logs, "g", "s", tmp_path / "none")
    delivery.start()
    delivery.stop()
    assert logs.lines == []


def test_lost_delivery(tmp_path: Path) -> None:
    file, logs = tmp_path / "log", Logs()
    file.write_text("")
    lost = [True, False]
    delivery = LogDelivery(logs, "g", "s", file, is_lost=lambda: lost.pop(0) if lost else False)
    delivery.add(["lost"])
    delivery.add(["there"])
    delivery.flush()
    assert logs.lines == ["there"]
