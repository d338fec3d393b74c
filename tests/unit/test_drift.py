"""What was changed in the console since the last deploy, and what deploy makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from operated import Account, new_account


@pytest.fixture
def account(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    made = new_account(emulator_port, tmp_path, monkeypatch)
    made.deploy()
    return made


def changed(account: Account, **overlay: Any) -> dict[str, Any]:
    found = account.json("drift", "-f", account.file(**overlay), code=1)
    return {f"{each['what']} {each['kind']} {each['name']}": each for each in found["drifts"]}


def differences(drift: dict[str, Any]) -> list[tuple[str, str, str | None, str | None, str]]:
    return [(d["part"], d["property"], d["was"], d["now"], d["verdict"]) for d in drift["differences"]]


def update(account: Account, name: str, **change: Any) -> None:
    """As somebody does in the console."""
    client = account.target.client("kafkaconnect")
    found = account.target.msk_connect.find_connector(name)
    assert found is not None
    client.update_connector(connectorArn=found.arn, currentVersion=found.version, **change)
    account.run("pause", "-f", account.file(), name)
    account.run("resume", "-f", account.file(), name)


def test_nothing_has_drifted(account: Account) -> None:
    said = account.run("drift", "-f", account.file())
    assert "nothing has drifted since the deploy of 2" in said.stdout
    assert "note: topics were not looked at" in said.stdout
    # A file that was changed since is none of it.
    assert account.json("drift", "-f", account.file(source={"server_id": 9}))["drifts"] == []


def test_a_property_is_taken_back_by_deploy(account: Account) -> None:
    found = account.target.msk_connect.find_connector("m-sink")
    assert found is not None
    configuration = {**found.configuration, "iceberg.control.commit.interval-ms": "100", "added": "by hand"}
    update(account, "m-sink", connectorConfiguration=configuration)
    drift = changed(account)["changed connector m-sink"]
    back = "deploy takes it back"
    assert differences(drift) == [
        ("configuration", "added", None, "by hand", back),
        ("configuration", "iceberg.control.commit.interval-ms", "60000", "100", back),
    ]
    other = changed(account, sink={"commit_interval_ms": 100})["changed connector m-sink"]
    assert [each[-1] for each in differences(other)] == [back, "the file says so by now, deploy leaves it"]
    third = changed(account, sink={"commit_interval_ms": 500})["changed connector m-sink"]
    assert differences(third)[1][-1] == "deploy sets it to what the file says now"
    said = account.run("drift", "-f", account.file(), code=1).stdout
    assert "changed    connector             m-sink" in said
    assert "configuration: iceberg.control.commit.interval-ms: 60000 → 100  (deploy takes it back)" in said
    assert "1 resource(s) drifted since" in said
    assert "deploy takes back 1 of them wholly" in said
    account.deploy()
    assert account.json("drift", "-f", account.file())["drifts"] == []


def test_capacity_and_tags(account: Account) -> None:
    capacity = {"provisionedCapacity": {"mcuCount": 4, "workerCount": 1}}
    update(account, "m-source", capacity=capacity)
    connect = account.target.msk_connect
    arn = next(each.arn for each in connect.list_connectors("m-source"))
    connect.change_tags(arn, {"team": "x"}, [])
    drift = changed(account)["changed connector m-source"]
    assert differences(drift) == [
        ("capacity", "capacity.provisionedCapacity.mcuCount", "1", "4", "deploy takes it back"),
        ("tags", "team", None, "x", "deploy takes it back"),
    ]


def test_another_worker_configuration_and_plugin(account: Account) -> None:
    connect = account.target.msk_connect
    content = connect.find_worker_configuration(connect.list_worker_configurations("m-worker-")[0].name)
    assert content is not None
    made = connect.create_worker_configuration("by-hand", content.content + "offset.flush.interval.ms=5\n", {})
    update(
        account,
        "m-sink",
        workerConfiguration={"workerConfigurationArn": made.arn, "revision": 1},
    )
    found = changed(account)
    parts = differences(found["changed connector m-sink"])
    assert [each[:2] for each in parts] == [
        ("worker configuration", "name"),
        ("worker configuration", "offset.flush.interval.ms"),
    ]
    assert {each[-1] for each in parts} == {"deploy takes it back"}
    assert found["appeared worker configuration by-hand"]["verdict"] == "deploy leaves it"


def test_what_is_gone_and_what_was_made_anew(account: Account) -> None:
    connect, registry = account.target.msk_connect, account.target.registry
    account.target.logs.delete_group("/cdcctl/m")
    registry.delete_registry("k")
    connect.delete_connector(next(each.arn for each in connect.list_connectors("m-sink")))
    while account.state("m-sink") != "gone" or registry.find_registry("k"):
        pass
    found = changed(account)
    assert {key: each["verdict"] for key, each in found.items()} == {
        "gone connector m-sink": "deploy takes it back",
        "gone log group /cdcctl/m": "deploy takes it back",
        "gone registry k": "deploy takes it back",
    }
    account.deploy()
    assert account.json("drift", "-f", account.file())["drifts"] == []


def test_compatibility_of_a_schema_that_was_made_since(account: Account) -> None:
    registry = account.target.registry
    registry.create_schema("v", "db1.a.b", "FORWARD")
    assert account.json("drift", "-f", account.file())["drifts"] == []
    registry.delete_schema("v", "db1.a.b")
    while registry.find_schema("v", "db1.a.b"):
        pass
    registry.create_schema("v", "db1.a.b", "NONE")
    assert differences(changed(account)["changed schema v/db1.a.b"]) == [
        ("schema", "compatibility", "FORWARD", "NONE", "deploy takes it back")
    ]


def test_retention_of_the_log_group_is_nothing_that_deploy_sees_to(account: Account) -> None:
    account.target.client("logs").put_retention_policy(logGroupName="/cdcctl/m", retentionInDays=7)
    assert differences(changed(account)["changed log group /cdcctl/m"]) == [
        ("settings", "retention in days", "for ever", "7", "deploy leaves it")
    ]
    # What a deploy has left behind is what is compared with from then on.
    account.deploy()
    assert account.json("drift", "-f", account.file())["drifts"] == []


def test_a_secret_in_plain_text_is_seen_and_not_shown(account: Account) -> None:
    found = account.target.msk_connect.find_connector("m-source")
    assert found is not None
    update(account, "m-source", connectorConfiguration={**found.configuration, "database.password": "Pl41n-Text"})
    (difference,) = differences(changed(account)["changed connector m-source"])
    assert difference[1:4] == ("database.password", "${secretsmanager:s:password}", "(hidden)")
    objects = account.target.storage.keys("bucket", "cdcctl/pipelines")
    kept = [account.target.storage.read("bucket", key) for key in objects]
    assert all(b"Pl41n-Text" not in each.content for each in kept if each)


def test_without_a_record_there_is_nothing_to_compare_with(account: Account) -> None:
    key = "cdcctl/pipelines/m/deployed.json"
    assert "there is no record of a deploy of n" in account.run("drift", "-f", account.file(name="n"), code=3).stderr
    account.target.storage.write("bucket", key, b"{}")
    assert f"s3://bucket/{key} is no record" in account.run("drift", "-f", account.file(), code=3).stderr
    account.target.storage.write("bucket", key, json.dumps({"format": 1, "resources": [1]}).encode())
    assert f"s3://bucket/{key} is no record" in account.run("drift", "-f", account.file(), code=3).stderr
