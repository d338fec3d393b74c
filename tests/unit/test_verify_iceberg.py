"""Iceberg tables on the emulated AWS, written by pyiceberg as the sink writes them: one commit after the other."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import urllib3
from aws_place import target_at

from cdcctl.documents import Document
from cdcctl.errors import RemoteError, UnavailableError
from cdcctl.local.emulator.server import MOTO_RESET_PATH
from cdcctl.mysql.position import Position
from cdcctl.pipeline import Pipeline, parse
from cdcctl.verify.drain import Drain
from cdcctl.verify.lake.iceberg import IcebergLake


@pytest.fixture
def lake(emulator_port: tuple[str, dict[str, Any]]) -> IcebergLake:
    """An empty catalog."""

    class NoConnect:
        def reset(self) -> None:
            pass

    endpoint, behind = emulator_port
    behind["api"] = NoConnect()
    urllib3.request("POST", endpoint + MOTO_RESET_PATH)
    target = target_at(endpoint)
    target.client("s3").create_bucket(Bucket="bucket")
    target.client("glue").create_database(DatabaseInput={"Name": "db", "LocationUri": "s3://bucket/db"})
    return IcebergLake(target, str.lower)


def rows(offsets: Sequence[int], columns: int = 1) -> pa.Table:
    data = {f"c{number}": pa.array([1] * len(offsets), pa.int64()) for number in range(columns)}
    return pa.table({**data, "_offset": pa.array(offsets, pa.int64())})


def test_progress_is_the_number_of_rows_and_the_highest_offset_whatever_was_committed_since(lake: IcebergLake) -> None:
    assert lake.progress("db.t") == (0, -1)
    table = lake._catalog().create_table("db.t", rows([]).schema)
    assert lake.progress("db.t") == (0, -1)
    table.append(rows([0, 1, 7]))
    assert lake.progress("db.t") == (3, 7)
    table.append(rows([2, 3]))
    assert lake.progress("db.t") == (5, 7)
    table.append(rows([8]))
    assert lake.progress("db.t") == (6, 8)
    assert sorted(lake.read("db.t").rows["_offset"].to_pylist()) == [0, 1, 2, 3, 7, 8]


def test_each_manifest_is_read_once(lake: IcebergLake, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyiceberg.manifest import ManifestFile

    read: list[str] = []
    fetch = ManifestFile.fetch_manifest_entry

    def counted(manifest: ManifestFile, *args: Any, **more: Any) -> Any:
        read.append(manifest.manifest_path)
        return fetch(manifest, *args, **more)

    table = lake._catalog().create_table("db.t", rows([]).schema)
    for offset in range(4):
        table.append(rows([offset]))
    monkeypatch.setattr(ManifestFile, "fetch_manifest_entry", counted)
    for _ in range(3):
        assert lake.progress("db.t") == (4, 3)
    table.append(rows([4]))
    read.clear()
    assert lake.progress("db.t") == (5, 4)
    assert len(read) == 1


def test_the_column_itself_is_read_where_statistics_leave_it_out(lake: IcebergLake) -> None:
    wide = rows([3, 5], columns=120)
    properties = {"write.metadata.metrics.default": "none"}
    table = lake._catalog().create_table("db.t", wide.schema, properties=properties)
    table.append(wide)
    assert lake.progress("db.t") == (2, 5)
    table.append(rows([9], columns=120))
    assert lake.progress("db.t") == (3, 9)


class Topics:
    """Topics with three events each, all of which the sink has read."""

    def ends(self, topics: Sequence[str]) -> dict[str, dict[int, tuple[int, int]]]:
        return {topic: {0: (0, 3)} for topic in topics}

    def group(self, _: str) -> dict[tuple[str, int], int]:
        return {(f"p.db.{name}", 0): 3 for name in ("fast", "slow")}


class Growing:
    """A lake in which one table has all at once, and the other after some looks; remembers who was looked at."""

    commits = True

    def __init__(self) -> None:
        self.looked: list[str] = []

    def progress(self, table: str) -> tuple[int, int]:
        self.looked.append(table)
        return (3, 2) if table == "db.fast" or self.looked.count(table) > 4 else (1, 0)


def pipeline() -> Pipeline:
    data = {
        "name": "some",
        "topic_prefix": "p",
        "source": {
            "host": "h",
            "server_id": 1,
            "credentials": {"secret": "s"},
            "tables": ["db.fast", "db.slow"],
        },
        "registries": {"keys": "k", "values": "v"},
        "sink": {"type": "iceberg", "warehouse": "s3://bucket/warehouse"},
        "kafka": {
            "bootstrap_servers": "b:9098",
            "authentication": "IAM",
            "encryption": "TLS",
            "subnets": ["s"],
            "security_groups": ["g"],
        },
        "connect": {"role_arn": "arn:aws:iam::111122223333:role/r", "plugin_bucket": "bucket"},
    }
    return parse([Document("p", data)])


def test_a_table_that_has_all_of_its_events_is_not_looked_at_again() -> None:
    lake: Any = Growing()
    topics: Any = Topics()
    nobody: Any = None
    Drain(pipeline(), nobody, nobody, None, topics, lake).arrived(lambda _text: None)
    assert (lake.looked.count("db.fast"), lake.looked.count("db.slow")) == (1, 5)


def test_a_snapshot_of_many_tables_is_no_standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its offset is the same from beginning to end; what grows is the history of the DDL, and then the topics."""
    done = 5

    class Snapshotting:
        looks = 0

        def source(self, *_: str) -> dict[str, Any]:
            return {"file": "binlog.000002", "pos": 157, **({"snapshot": True} if self.looks < done else {})}

        def ends(self, topics: list[str]) -> dict[str, Any]:
            assert topics == ["some-schema-history", "p.db.fast", "p.db.slow"]
            self.looks += 1
            return {topics[0]: {0: (0, self.looks)}}

    monkeypatch.setattr("cdcctl.verify.drain.unhealthy", lambda *_: [])
    monkeypatch.setattr("cdcctl.verify.drain._HEALTH_SECONDS", 0)
    offsets: Any = Snapshotting()
    target: Any = SimpleNamespace(check=lambda: None)
    nobody: Any = None
    drain = Drain(pipeline(), target, nobody, None, offsets, nobody, patience=0)
    drain.captured(Position.of("binlog.000002", 157), lambda _text: None)
    assert offsets.looks == done


def test_what_does_not_answer_or_is_gone_is_one_clear_error(lake: IcebergLake) -> None:
    nobody = IcebergLake(target_at("http://127.0.0.1:9"), str.lower)
    with pytest.raises(UnavailableError, match=r"Iceberg table db\.t: Could not connect"):
        nobody.progress("db.t")
    table = lake._catalog().create_table("db.t", rows([]).schema)
    table.append(rows([0]))
    s3 = lake._target.client("s3")
    for each in s3.list_objects_v2(Bucket="bucket")["Contents"]:
        s3.delete_object(Bucket="bucket", Key=each["Key"])
    for ask in (lake.progress, lake.read, lake.files):
        with pytest.raises(RemoteError, match=r"Iceberg table db\.t: .*metadata") as caught:
            ask("db.t")
        assert "\n" not in caught.value.message
