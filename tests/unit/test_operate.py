"""Connectors paused, resumed and restarted, and their logs read."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from command import run_cdcctl
from operated import Account, new_account

from cdcctl.deploy.journal import read_journal
from cdcctl.deploy.lock import Lock
from cdcctl.local.emulator.faults import FaultSpec, Kind


@pytest.fixture
def account(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    made = new_account(emulator_port, tmp_path, monkeypatch)
    made.deploy()
    return made


def test_there_and_back(account: Account) -> None:
    file = account.file()
    assert account.run("pause", "-f", file).stdout == (
        "m-source paused: it was RUNNING and is PAUSED\nm-sink paused: it was RUNNING and is PAUSED\n"
    )
    assert (account.state("m-source"), account.state("m-sink")) == ("PAUSED", "PAUSED")
    done = account.json("pause", "-f", file, "source")
    assert done == {
        "pipeline": "m",
        "connectors": [{"connector": "m-source", "before": "PAUSED", "after": "PAUSED", "changed": False}],
    }
    account.run("resume", "-f", file, "m-sink")
    assert (account.state("m-source"), account.state("m-sink")) == ("PAUSED", "RUNNING")
    account.run("resume", "-f", file)
    assert account.state("m-source") == "RUNNING"
    done = account.json("restart", "-f", file, "sink", "--failed")
    assert [each["changed"] for each in done["connectors"]] == [True]
    (newest, *_) = account.target.msk_connect.list_operations(
        next(each.arn for each in account.target.msk_connect.list_connectors("m-sink"))
    )
    assert (newest.type, newest.state) == ("RESTART_CONNECTOR", "RESTART_COMPLETE")
    runs = read_journal(account.target, "bucket", "cdcctl/pipelines/m/journal/", 10)
    assert [run.command for run in runs] == ["deploy", "pause", "resume", "resume", "restart"]
    assert runs[-1].entries[-1]["step"] == "restart the failed tasks of connector m-sink"


def test_what_is_not_possible_changes_nothing(account: Account) -> None:
    file = account.file()
    account.run("pause", "-f", file, "source")
    refused = account.run("restart", "-f", file, code=3)
    assert "connector m-source is PAUSED: MSK Connect can restart one that is RUNNING or FAILED only" in refused.stderr
    assert "hint: cdcctl resume starts it" in refused.stderr
    arn = next(each.arn for each in account.target.msk_connect.list_connectors("m-sink"))
    assert account.target.msk_connect.list_operations(arn) == []
    assert "it has m-source, m-sink" in account.run("pause", "-f", file, "other", code=3).stderr
    assert "connector n-source does not exist" in account.run("pause", "-f", account.file(name="n"), code=3).stderr


def test_an_operation_that_fails_is_told_with_its_log(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    from aws_place import Obedient

    monkeypatch.setattr(Obedient, "restart", lambda _self, only_failed: False)
    failed = account.run("restart", "-f", account.file(), "source", code=4)
    assert "RESTART_CONNECTOR of connector m-source ended as RESTART_FAILED" in failed.stderr


def test_a_run_of_somebody_else_is_waited_for_by_the_user(account: Account) -> None:
    with Lock(account.target, "bucket", "cdcctl/pipelines/m/lock.json", "deploy", lambda _text: None):
        refused = account.run("pause", "-f", account.file(), code=4)
        assert "deploy of this pipeline is under way" in refused.stderr
        account.run("pause", "-f", account.file(), "--break-lock")
    assert account.state("m-source") == "PAUSED"


def test_lost_answers_start_no_second_operation(account: Account) -> None:
    account.world.faults.set(FaultSpec(Kind.LOST_REPLY, service="kafkaconnect", operation="PauseConnector", count=1))
    account.run("pause", "-f", account.file(), "source")
    arn = next(each.arn for each in account.target.msk_connect.list_connectors("m-source"))
    assert [each.type for each in account.target.msk_connect.list_operations(arn)] == ["PAUSE_CONNECTOR"]


def said(account: Account, stream: str, *messages: str, group: str = "/cdcctl/m") -> None:
    logs = account.target.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    events = [{"timestamp": now - 1000 + n, "message": message} for n, message in enumerate(messages)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


LINES = (
    "[Worker-1] [2026-01-31 12:00:00,000] INFO fine (x.Y)",
    "[Worker-1] [2026-01-31 12:00:01,000] ERROR Task threw an exception (x.Y)",
    "[Worker-1] org.apache.kafka.connect.errors.ConnectException: bad",
    "[Worker-1] \tat x.Y.z(Y.java:1)",
    "[Worker-1] Caused by: java.io.IOException: gone",
    "[Worker-1] [2026-01-31 12:00:02,000] INFO fine again (x.Y)",
)


def test_logs(account: Account) -> None:
    file = account.file()
    said(account, "m-source-0a1b2c3d-1111-2222-3333-444455556666-1", *LINES)
    said(account, "m-sink-0a1b2c3d-1111-2222-3333-444455556666-1", "[2026] INFO of the sink")
    # Another pipeline's connector in the same group, whose name begins like ours.
    said(account, "m-sink-other-0a1b2c3d-1111-2222-3333-444455556666-1", "[2026] INFO of another one")
    assert account.run("logs", "-f", file, "source").stdout.splitlines() == list(LINES)
    assert "m-sink | [2026] INFO of the sink" in account.run("logs", "-f", file).stdout
    assert "another one" not in account.run("logs", "-f", file).stdout
    errors = account.run("logs", "-f", file, "source", "--errors").stdout.splitlines()
    assert errors == [LINES[1], LINES[2], LINES[4]]
    assert account.run("logs", "-f", file, "source", "--lines", "1").stdout.splitlines() == [LINES[-1]]
    document = account.json("logs", "-f", file, "sink", "--since", "10m")
    assert [(each["connector"], each["message"]) for each in document["lines"]] == [
        ("m-sink", "[2026] INFO of the sink")
    ]
    nothing = account.run("logs", "-f", file, "--since", "0s")
    assert nothing.stdout == ""
    assert re.fullmatch(r"no line since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n", nothing.stderr)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "--since soon is no time"),
        ("999999d", "--since 999999d is no time"),
        ("0001-01-01T00:00+01:00", "--since 0001-01-01T00:00+01:00 is no time"),
        ("2099-01-01T00:00Z", "--since 2099-01-01T00:00Z is still to come"),
    ],
)
def test_a_time_that_logs_cannot_be_asked_for(text: str, message: str) -> None:
    done = run_cdcctl("logs", "-f", "none.yaml", "--since", text)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


def test_followed_logs_tell_each_line_once(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    said(account, "m-source-0a1b2c3d-1111-2222-3333-444455556666-1", *LINES)
    looks = 0

    def pause(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            said(account, "m-source-0a1b2c3d-1111-2222-3333-444455556666-2", "[2026] INFO a new worker")
        if looks == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("cdcctl.operate.logs.time.sleep", pause)
    done = account.run("logs", "-f", account.file(), "source", "--follow", "--json", code=130)
    messages = [json.loads(line)["message"] for line in done.stdout.splitlines()]
    assert messages == [*LINES, "[2026] INFO a new worker"]


def test_logs_that_are_not_there(account: Account) -> None:
    account.target.logs.delete_group("/cdcctl/m")
    missing = account.run("logs", "-f", account.file(), code=4)
    assert "somebody deleted its log group" in missing.stderr
    account.deploy(name="n", connect={"logs": {"cloudwatch": False, "s3": {"bucket": "elsewhere"}}})
    away = account.run("logs", "-f", account.file(name="n"), "source", code=3)
    assert "does not go to CloudWatch Logs but to s3://elsewhere" in away.stderr
