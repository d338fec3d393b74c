"""``cdcctl status``: what is wrong is found, what cannot be reached is said, and neither hides the rest."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_place import PLACE
from confluent_kafka import Producer
from deploy_world import pipeline
from operated import Account, new_account

from cdcctl.kafka.records import Record
from cdcctl.kafka.source_offsets import SourceOffset
from cdcctl.local.emulator.faults import FaultSpec, Kind
from cdcctl.local.emulator.task_metrics import TaskMetrics
from cdcctl.mysql.position import Position
from cdcctl.operate.status.brokers import Brokers
from cdcctl.operate.status.database import Binlog
from cdcctl.operate.status.line import Health, Line, duration
from cdcctl.operate.status.sinks import sink_lines
from cdcctl.operate.status.source import source_lines
from cdcctl.verify.findings import code_of
from cdcctl.verify.health import unhealthy

NOW = 1_800_000_000.0


@pytest.fixture
def account(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    made = new_account(emulator_port, tmp_path, monkeypatch)
    made.deploy()
    return made


def lines(document: Any) -> dict[str, Any]:
    return {f"{each['subject']} {each['what']}": each for each in document["lines"]}


def test_a_pipeline_whose_brokers_are_out_of_reach(account: Account) -> None:
    document = account.json("status", "-f", account.file())
    assert document["healthy"] is True
    said = lines(document)
    assert said["connector m-source state"]["state"] == "RUNNING"
    tasks = said["connector m-source tasks"]
    assert (tasks["health"], tasks["text"].partition(":")[0]) == ("unknown", "not known")
    for subject in ("source lag", "sink sink lag"):
        assert said[subject]["health"] == "unknown"
        assert "the brokers cannot be reached from here" in said[subject]["text"]
    assert said["table a.b commit"]["text"] == "does not exist yet"
    assert said["schema v/db1.a.b versions"]["text"] == "does not exist yet"
    text = account.run("status", "-f", account.file()).stdout
    assert "fine     connector m-sink   state         RUNNING; up to 1 task(s)" in text
    assert text.endswith("m is healthy: 5 fine, 4 unknown\n")


def test_connectors_that_do_not_run(account: Account) -> None:
    account.run("pause", "-f", account.file(), "sink")
    said = lines(account.json("status", "-f", account.file(), code=1))
    assert said["connector m-sink state"]["health"] == "wrong"
    assert said["connector m-sink operation"]["text"].startswith("last operation PAUSE_CONNECTOR is PAUSE_COMPLETE")
    connect = account.target.msk_connect
    connect.delete_connector(next(each.arn for each in connect.list_connectors("m-source")))
    while account.state("m-source") != "gone":
        pass
    gone = account.run("status", "-f", account.file(), code=1).stdout
    assert "wrong    connector m-source state         does not exist; cdcctl deploy makes it" in gone


def test_an_update_that_was_rolled_back(account: Account) -> None:
    account.world.healthy = lambda spec: spec.configuration.get("bad") is None
    found = account.target.msk_connect.find_connector("m-sink")
    assert found is not None
    arn = account.target.msk_connect.update_connector(
        found, {"connectorConfiguration": {**found.configuration, "bad": "1"}}
    )
    while not account.target.msk_connect.describe_operation(str(arn)).is_over:
        pass
    said = lines(account.json("status", "-f", account.file(), code=1))
    operation = said["connector m-sink operation"]
    assert (operation["health"], operation["operation_state"]) == ("wrong", "ROLLBACK_COMPLETE")


def tell(account: Account, connector: str, *states: str) -> None:
    """As the worker's runtime does; a second counts as of the second after it."""
    time.sleep(1.01)
    TaskMetrics(account.target.client("cloudwatch"), connector).tell(states)


def test_a_connector_that_stays_running_with_a_task_that_failed(account: Account) -> None:
    tell(account, "m-source", "RUNNING")
    tell(account, "m-sink", "RUNNING", "FAILED", "RUNNING")
    said = lines(account.json("status", "-f", account.file(), code=1))
    assert (said["connector m-source tasks"]["running"], said["connector m-source tasks"]["health"]) == (1, "fine")
    failed = said["connector m-sink tasks"]
    assert (failed["health"], failed["running"], failed["errored"]) == ("wrong", 2, 1)
    assert said["connector m-sink state"]["health"] == "fine"
    assert "2 running, 1 failed, CloudWatch says as of " in account.run("status", "-f", account.file(), code=1).stdout
    pipeline_ = pipeline(**PLACE)
    assert [(each.code, each.detail.splitlines()[0]) for each in unhealthy(pipeline_, account.target)] == [
        (code_of("sink-stopped"), "connector m-sink is RUNNING, and 1 of its tasks failed")
    ]
    # What was said before the restart is no longer so.
    account.run("restart", "-f", account.file(), "sink", "--failed")
    restarted = lines(account.json("status", "-f", account.file()))
    assert restarted["connector m-sink tasks"]["health"] == "unknown"
    assert unhealthy(pipeline_, account.target) == []
    tell(account, "m-sink", "RUNNING", "RUNNING", "RUNNING")
    assert lines(account.json("status", "-f", account.file()))["connector m-sink tasks"]["running"] == 3


def test_who_may_not_read_metrics_is_told_the_rest(account: Account) -> None:
    denied = FaultSpec(Kind.SERVER_ERROR, service="cloudwatch", operation="GetMetricData", code="InternalServiceFault")
    account.world.faults.set(denied)
    said = lines(account.json("status", "-f", account.file()))
    assert said["connector m-sink state"]["health"] == "fine"
    assert said["connector m-sink tasks"]["text"].startswith("not known: GetMetricData of the metrics of connector")
    assert unhealthy(pipeline(**PLACE), account.target) == []


def test_schemas_and_a_version_that_was_refused(account: Account) -> None:
    glue = account.target.client("glue")
    schema = {"RegistryName": "v", "SchemaName": "db1.a.b"}
    record = {"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}
    glue.create_schema(
        RegistryId={"RegistryName": "v"},
        SchemaName="db1.a.b",
        DataFormat="AVRO",
        Compatibility="FULL",
        SchemaDefinition=json.dumps(record),
    )
    said = lines(account.json("status", "-f", account.file()))["schema v/db1.a.b versions"]
    assert said["text"] == "version 1 AVAILABLE, 1 version(s), FULL"
    other = {**record, "fields": [{"name": "a", "type": "string"}]}
    glue.register_schema_version(SchemaId=schema, SchemaDefinition=json.dumps(other))
    while "PENDING" in account.target.registry.states("v", "db1.a.b").values():
        pass
    said = lines(account.json("status", "-f", account.file(), code=1))["schema v/db1.a.b versions"]
    assert (said["health"], said["status"], said["versions"]) == ("wrong", "FAILURE", 2)


@pytest.mark.parametrize("name", ["1.metadata.json", "1.gz.metadata.json"])
def test_the_last_commit_of_an_iceberg_table(account: Account, name: str) -> None:
    s3 = account.target.client("s3")
    s3.create_bucket(Bucket="lake")
    place = f"s3://lake/w/a.db/b/metadata/{name}"
    table = {"Name": "b", "StorageDescriptor": {"Location": "s3://lake/w/a.db/b"}}
    account.target.client("glue").create_table(
        DatabaseName="a", TableInput={**table, "Parameters": {"metadata_location": place}}
    )
    said = lines(account.json("status", "-f", account.file()))["table a.b commit"]
    assert (said["health"], said["text"]) == ("unknown", f"the metadata of a.b is not at {place}")
    snapshots = [
        {"snapshot-id": 7, "timestamp-ms": 1, "summary": {"total-records": "3"}},
        {"snapshot-id": 8, "timestamp-ms": int((time.time() - 300) * 1000), "summary": {"total-records": "5"}},
    ]
    body = json.dumps({"current-snapshot-id": 8, "snapshots": snapshots}).encode()
    s3.put_object(Bucket="lake", Key=place[len("s3://lake/") :], Body=gzip.compress(body) if ".gz." in name else body)
    said = lines(account.json("status", "-f", account.file()))["table a.b commit"]
    assert said["text"] == "last commit 5.0 min ago, 5 record(s) in all"
    assert (said["snapshot"], said["records"]) == (8, 5)
    s3.put_object(Bucket="lake", Key=place[len("s3://lake/") :], Body=b"no json")
    said = lines(account.json("status", "-f", account.file()))["table a.b commit"]
    assert (said["health"], said["text"]) == ("unknown", f"{place} is no metadata of an Iceberg table")


def test_objects_of_an_s3_sink(account: Account) -> None:
    overlay = {"sink": None, "sinks": {"files": {"type": "aiven-s3", "bucket": "lake", "prefix": "files/"}}}
    account.target.client("s3").create_bucket(Bucket="lake")
    file = account.file(name="s3", **overlay)
    said = lines(account.json("status", "-f", file, code=1))
    assert said["objects of a.b object"]["text"] == "no object yet"
    key = "files/db1.a.b/partition=0/db1.a.b+0+0000000000.gz.parquet"
    account.target.client("s3").put_object(Bucket="lake", Key=key, Body=b"x")
    said = lines(account.json("status", "-f", file, code=1))["objects of a.b object"]
    assert (said["health"], said["key"]) == ("fine", key)


def test_watching(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("cdcctl.cli.status.time.sleep", pause)
    done = account.run("status", "-f", account.file(), "--watch", "--every", "2", "--json", code=130)
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["healthy"] for each in documents] == [True] * 3
    assert looks == [2, 2, 2]
    looks.clear()
    drawn = account.run("status", "-f", account.file(), "--watch", code=130).stdout
    assert "connector m-source" in drawn
    assert "m is healthy" in drawn


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands."""
    monkeypatch.setattr("cdcctl.operate.status.source.time.time", lambda: NOW)


FILES = {"binlog.000002": 1000, "binlog.000003": 5000, "binlog.000004": 700}
BINLOG = Binlog(
    end=Position.of("binlog.000004", 700),
    files=FILES,
    now=NOW,
    kept_seconds=86400,
    readers=(False,),
    missing=3,
    rows=7,
)


def brokers(offset: dict[str, Any] | None, committed: float = 5, **more: Any) -> Brokers:
    record = Record(0, 0, "[]", "{}", int((NOW - committed) * 1000))
    source = SourceOffset("m-source", {"server": "db1"}, offset, record) if offset else None
    facts = {"groups": {"sink": {}}, "ends": {}, "tables": {"sink": []}, "written": {}, "waiting": {"sink": {}}}
    return Brokers(source, **{**facts, **more})


def at(file: str, pos: int, age: float) -> dict[str, Any]:
    return {"file": file, "pos": pos, "ts_sec": int(NOW - age)}


def found(told: Sequence[Line]) -> dict[str, Line]:
    return {each.what: each for each in told}


def source(seen: Brokers, binlog: Binlog | str = BINLOG, max_lag: float = 600) -> dict[str, Line]:
    return found(list(source_lines(pipeline(), seen, binlog, max_lag)))


@pytest.mark.usefixtures("still")
def test_a_source_at_the_end_of_the_binlog() -> None:
    # Nothing has happened for a week: that is no lag.
    said = source(brokers(at("binlog.000004", 700, 7 * 86400)))
    assert (said["lag"].health, said["lag"].values["seconds"], said["lag"].values["bytes"]) == (Health.FINE, 0, 0)
    assert said["purge"].health is Health.FINE


@pytest.mark.usefixtures("still")
def test_a_source_that_is_behind() -> None:
    said = source(brokers(at("binlog.000002", 400, 30)))
    assert said["lag"].values == {"bytes": 600 + 5000 + 700, "transactions": 3, "events": 7, "seconds": 30}
    assert said["lag"].text.startswith("6300 bytes, 3 transaction(s), 7 row event(s) of all tables not committed")
    assert source(brokers(at("binlog.000002", 400, 700)))["lag"].health is Health.WRONG
    assert source(brokers(at("binlog.000002", 400, 700)), max_lag=1000)["lag"].health is Health.FINE


@pytest.mark.usefixtures("still")
def test_what_was_sent_already_is_no_older_than_the_last_commit() -> None:
    sent = replace(BINLOG, readers=(True,))
    said = source(brokers(at("binlog.000004", 400, 7 * 86400), committed=20), sent)
    assert said["lag"].health is Health.FINE
    assert said["lag"].values["seconds"] == 20
    stuck = source(brokers(at("binlog.000004", 400, 7 * 86400), committed=7000), sent)
    assert stuck["lag"].health is Health.WRONG


@pytest.mark.usefixtures("still")
def test_a_source_that_does_not_read() -> None:
    said = source(brokers(at("binlog.000004", 700, 1)), replace(BINLOG, readers=()))
    assert said["connection"].health is Health.WRONG


@pytest.mark.usefixtures("still")
def test_a_purged_binlog_and_one_that_soon_will_be() -> None:
    said = source(brokers(at("binlog.000001", 400, 30)))["purge"]
    assert (said.health, said.values["purged"]) == (Health.WRONG, True)
    assert "MySQL has purged binlog.000001" in said.text
    soon = source(brokers(at("binlog.000002", 400, 80000)), max_lag=1e6)["purge"]
    assert (soon.health, soon.values["purged"]) == (Health.WRONG, False)
    assert soon.values["seconds_left"] == 6400
    fine = source(brokers(at("binlog.000002", 400, 8000)), max_lag=1e6)["purge"]
    assert fine.health is Health.FINE
    ever = source(brokers(at("binlog.000002", 400, 80000)), replace(BINLOG, kept_seconds=None), max_lag=1e6)["purge"]
    assert (ever.health, ever.values["kept_seconds"]) == (Health.FINE, None)


@pytest.mark.usefixtures("still")
def test_without_mysql_the_position_is_told_all_the_same() -> None:
    said = source(brokers(at("binlog.000004", 700, 1)), "MySQL at h:3306: no route")
    assert (said["position"].health, said["lag"].health, said["purge"].health) == (
        Health.FINE,
        Health.UNKNOWN,
        Health.UNKNOWN,
    )
    assert source(brokers(None))["position"].text == "no offset is committed yet"
    snapshot = {**at("binlog.000004", 700, 1), "snapshot": True}
    assert source(brokers(snapshot))["position"].text == "a snapshot is being taken"


@pytest.mark.usefixtures("still")
def test_heartbeats() -> None:
    topic = "__debezium-heartbeat.db1"
    late = brokers(at("binlog.000004", 700, 1), written={(topic, 0): int((NOW - 3600) * 1000)})
    assert source(late)["heartbeat"].health is Health.WRONG
    fine = brokers(at("binlog.000004", 700, 1), written={(topic, 0): int((NOW - 30) * 1000)})
    assert source(fine)["heartbeat"].health is Health.FINE


@pytest.mark.usefixtures("still")
def test_sinks() -> None:
    made = pipeline(sink={"dead_letters": {"topic": "dead"}})
    seen = brokers(
        None,
        groups={"sink": {("db1.a.b", 0): 7}},
        ends={"db1.a.b": {0: (2, 10), 1: (0, 4)}, "dead": {0: (1, 3)}},
        tables={"sink": ["db1.a.b"]},
        waiting={"sink": {("db1.a.b", 0): int((NOW - 50) * 1000), ("db1.a.b", 1): int((NOW - 700) * 1000)}},
    )
    said = found(list(sink_lines(made, seen, 600)))
    assert said["lag"].health is Health.WRONG
    assert said["lag"].values["events"] == 3 + 4
    assert said["lag"].values["seconds"] == 700
    assert (said["dead letters"].health, said["dead letters"].values["count"]) == (Health.WRONG, 2)
    through = replace(seen, groups={"sink": {("db1.a.b", 0): 10, ("db1.a.b", 1): 4}}, waiting={"sink": {}})
    said = found(list(sink_lines(pipeline(), through, 600)))
    assert (said["lag"].health, said["lag"].values["seconds"]) == (Health.FINE, 0)
    assert said["dead letters"].text == "it has no queue: a record that it cannot take stops it"


def test_durations() -> None:
    assert [duration(each) for each in (0.4, 119, 120, 7200, 200000)] == ["0 s", "119 s", "2.0 min", "2.0 h", "2.3 d"]


@pytest.fixture
def played() -> tuple[Producer, str]:
    """The address of brokers that librdkafka itself plays (its mock cluster), with what a running pipeline leaves."""
    producer = Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1, "log_level": 0})
    broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
    address = f"{broker.host}:{broker.port}"
    for topic, count in (("db1.a.b", 5), ("db1.a.other", 1), ("dead", 2), ("__debezium-heartbeat.db1", 1)):
        for number in range(count):
            producer.produce(topic, f"{number}", partition=0)
    key, value = json.dumps(["m-source", {"server": "db1"}]), json.dumps({"file": "binlog.000002", "pos": 4})
    producer.produce("m-connect-offsets", value, key, partition=0)
    assert producer.flush(10) == 0
    return producer, address


def test_what_kafka_tells(account: Account, played: tuple[Producer, str]) -> None:
    # They are there for as long as the producer is.
    _, servers = played
    overlay = {"kafka": {"bootstrap_servers": servers}, "sink": {"dead_letters": {"topic": "dead"}}}
    said = lines(account.json("status", "-f", account.file(**overlay), code=1))
    assert said["source position"]["position"] == "binlog.000002:4"
    assert said["source lag"]["health"] == "unknown"
    assert said["source heartbeat"]["health"] == "fine"
    lag = said["sink sink lag"]
    assert lag["text"].startswith("5 record(s) of 1 of 1 topic(s) are unread, the oldest waiting for ")
    assert (lag["events"], lag["health"]) == (5, "fine")
    assert (said["sink sink dead letters"]["count"], said["sink sink dead letters"]["health"]) == (2, "wrong")
    time.sleep(1.1)
    said = lines(account.json("status", "-f", account.file(**overlay), "--max-lag", "1", code=1))
    assert said["sink sink lag"]["health"] == "wrong"
    commit = said["table a.b commit"]
    assert (commit["health"], commit["text"].partition(";")[0]) == ("fine", "does not exist yet")
