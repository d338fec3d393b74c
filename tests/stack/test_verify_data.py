"""verify data on a real pipeline: clean, then with corruption of many kinds in its Parquet files, then healed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdcctl.local.stack import target
from cdcctl.local.state import Stack
from cdcctl.verify.lake.iceberg import IcebergLake

NAME = "reconciled"
ORDERS, CODES = "reconciled.orders", "reconciled.codes"
PIPELINE = f"""
name: {NAME}
topic_prefix: {NAME}
source:
  server_id: 5431
  tables: [{ORDERS}, {CODES}]
  # The source's position moves with each: nothing is written to MySQL to find out where it is.
  heartbeat: {{interval_ms: 500}}
  types: {{bigint_unsigned: precise}}
  properties: {{poll.interval.ms: 50, producer.override.linger.ms: 0}}
registries: {{keys: {NAME}-keys, values: {NAME}-values, compatibility: FORWARD}}
sink:
  type: iceberg
  commit_interval_ms: 1000
  properties:
    consumer.override.fetch.max.wait.ms: 50
    consumer.override.metadata.max.age.ms: 1000
    iceberg.kafka.metadata.max.age.ms: 1000
    iceberg.kafka.session.timeout.ms: 6000
    iceberg.kafka.heartbeat.interval.ms: 2000
    iceberg.control.commit.timeout-ms: 2000
worker:
  properties: {{offset.flush.interval.ms: 500}}
"""
SCENARIO = """
description: two tables, for verify data
steps: [sql: 01-create.sql, deploy, drain, sql: 02-change.sql, drain]
expect: {findings: [{code: unbackfilled-column, table: reconciled.orders, column: added, rows: 40}]}
"""
CREATE = """
CREATE DATABASE reconciled; USE reconciled;
CREATE TABLE orders (
  id INT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, amount DECIMAL(10, 4) NOT NULL, price DECIMAL(10, 2) NOT NULL,
  created DATETIME(6) NOT NULL, local DATETIME(3) NOT NULL, seen TIMESTAMP(3) NOT NULL,
  big BIGINT UNSIGNED NOT NULL, small INT UNSIGNED NOT NULL, level INT DEFAULT 5, word TEXT, doc JSON, day DATE
);
CREATE TABLE codes (code VARCHAR(20) NOT NULL, day DATE NOT NULL, label VARCHAR(40), PRIMARY KEY (code, day));
INSERT INTO orders WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 40)
  SELECT n, CONCAT('größe ', n), n + 0.2345, n + 0.5, '2026-01-02 03:04:05.678901', '2026-01-02 03:04:05.678',
    '2026-01-02 03:04:05.678', 18446744073709551615 - n, 4294967295 - n, n, CONCAT('word ', n), JSON_OBJECT('n', n),
    '2026-01-02'
  FROM s;
INSERT INTO codes VALUES
  ('a', '2026-01-01', 'Ä'), ('B', '2026-01-01', NULL), ('c d', '2026-01-02', 'x'), ('é', '2026-01-03', '');
"""
CHANGE = """
USE reconciled;
ALTER TABLE orders ADD COLUMN added VARCHAR(10) NOT NULL DEFAULT 'new';
INSERT INTO orders
  SELECT id + 100, name, amount, price, created, local, seen, big, small, level, word, doc, day, 'given' FROM orders;
UPDATE orders SET id = id + 1000 WHERE id IN (121, 122);
DELETE FROM orders WHERE id = 123;
UPDATE codes SET label = 'y' WHERE code = 'a';
INSERT INTO codes VALUES ('zz', '2026-01-04', 'last');
"""


@pytest.fixture(scope="module")
def pipeline(stack: Stack, cdcctl: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a pipeline that runs and has taken in all changes; its old rows have got their new column."""
    folder = tmp_path_factory.mktemp(NAME)
    for name, text in (
        ("pipeline.yaml", PIPELINE), ("scenario.yaml", SCENARIO), ("01-create.sql", CREATE), ("02-change.sql", CHANGE)
    ):  # fmt: skip
        (folder / name).write_text(text)
    try:
        done = cdcctl("verify", folder, "--keep", "--backfill", "--state", stack.state, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder / "pipeline.yaml"
    finally:
        cdcctl("verify", folder, "--clean", "--state", stack.state, timeout=120)


Data = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def data(pipeline: Path, stack: Stack, cdcctl: Callable[..., Any]) -> Data:
    def run(*words: str) -> tuple[int, dict[str, Any]]:
        done = cdcctl(
            "verify", "data", "-f", pipeline, "--local", "--state", stack.state, "--json", *words, timeout=300
        )
        assert done.returncode in {0, 1}, done.stderr
        return done.returncode, json.loads(done.stdout)

    return run


def found(table: dict[str, Any]) -> dict[tuple[str, str | None], int]:
    return {
        (finding["code"], finding.get("column")): finding["rows"]
        for finding in table["findings"]
        if finding["severity"] != "note"
    }


class Files:
    """The data files of a table, to be changed row by row as nobody should, and put back in the end."""

    def __init__(self, stack: Stack, table: str) -> None:
        self._s3 = target(stack).client("s3")
        self._bodies: dict[tuple[str, str], bytes] = {}
        self.tables: dict[tuple[str, str], pa.Table] = {}
        for file in IcebergLake(target(stack), str.lower).files(table):
            body = self._s3.get_object(Bucket=file.bucket, Key=file.key)["Body"].read()
            self._bodies[file.bucket, file.key] = body
            self.tables[file.bucket, file.key] = pq.read_table(io.BytesIO(body))

    def change(self, key: int, column: str, value: Any) -> None:
        """Put another value into every event of a key."""

        def changed(row: dict[str, Any]) -> dict[str, Any]:
            new = value(row[column]) if callable(value) else value
            return {**row, column: new} if row["id"] == key else row

        self._each(changed)

    def drop(self, unwanted: Callable[[dict[str, Any]], bool]) -> None:
        """Leave out rows."""
        self._each(lambda row: None if unwanted(row) else row)

    def double(self, offsets: set[int]) -> None:
        """Write rows twice."""
        for place, table in self.tables.items():
            rows = table.to_pylist()
            self._put(place, [*rows, *(row for row in rows if row["_offset"] in offsets)])

    def last(self, count: int) -> set[int]:
        """The highest offsets that are there."""
        return set(sorted(row["_offset"] for table in self.tables.values() for row in table.to_pylist())[-count:])

    def _each(self, changed: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        for place, table in self.tables.items():
            self._put(place, [row for each in table.to_pylist() if (row := changed(each)) is not None])

    def _put(self, place: tuple[str, str], rows: list[dict[str, Any]]) -> None:
        # The schema keeps its metadata, and with it the Iceberg ids.
        self.tables[place] = pa.Table.from_pylist(rows, self.tables[place].schema)

    def write(self) -> None:
        """Replace the objects."""
        for (bucket, key), table in self.tables.items():
            body = io.BytesIO()
            pq.write_table(table, body)
            self._s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())

    def put_back(self) -> None:
        """The objects as they were."""
        for (bucket, key), body in self._bodies.items():
            self._s3.put_object(Bucket=bucket, Key=key, Body=body)


@pytest.fixture
def orders(pipeline: Path, stack: Stack) -> Iterator[Files]:
    files = Files(stack, ORDERS)
    yield files
    files.put_back()


@pytest.fixture
def codes(pipeline: Path, stack: Stack) -> Iterator[Files]:
    files = Files(stack, CODES)
    yield files
    files.put_back()


def test_a_clean_pipeline_is_equal(data: Data) -> None:
    code, document = data()
    assert (code, document["ok"]) == (0, True)
    assert {t["table"]: (t["mysql_rows"], t["parquet_rows"]) for t in document["tables"]} == {
        ORDERS: (79, 79),
        CODES: (5, 5),
    }
    assert "read-only session" in document["facts"]["mysql"]
    # Both were equal by their sums: nothing was looked into.
    assert [step["detail"].rpartition(", ")[2] for step in document["steps"][1:]] == ["all equal", "all equal"]


def test_planted_corruption_is_found_and_named(data: Data, stack: Stack, orders: Files, codes: Files) -> None:
    orders.change(101, "name", "größe")
    orders.change(102, "name", "gr??e 2")
    orders.change(103, "name", lambda text: text.encode().decode("latin-1"))
    orders.change(104, "amount", Decimal("4.23"))
    orders.change(105, "price", lambda value: value * 10)
    orders.change(106, "created", lambda value: value // 1000)
    orders.change(107, "local", lambda value: value + 7_200_000)
    orders.change(108, "seen", lambda text: text.replace("T03:", "T05:"))
    orders.change(109, "big", lambda value: value - 2**64)
    orders.change(110, "small", lambda value: value - 2**32)
    orders.change(111, "word", "quite another")
    orders.change(112, "doc", '{"n": 13}')
    # As MySQL's own value of the column: its sink was told to fill up what is NULL.
    orders.change(113, "day", None)
    # What --backfill has sent of three old rows never came.
    orders.drop(lambda row: row["id"] in {1, 2, 3} and row.get("added") == "new")
    # The delete under the old key of a changed one, and the insert under the new key of another.
    orders.drop(lambda row: row["id"] == 122 and row["__op"] == "d")
    orders.drop(lambda row: row["id"] == 1121)
    orders.double(orders.last(2))
    orders.write()
    codes.drop(lambda row: row["code"] == "zz")
    codes.write()
    code, document = data()
    assert code == 1
    assert {table["table"]: found(table) for table in document["tables"]} == {
        ORDERS: {
            ("VER004", "day"): 1,
            ("VER004", "doc"): 1,
            ("VER004", "word"): 1,
            ("VER012", None): 6,
            ("VER020", "added"): 3,
            ("VER022", "created"): 1,
            ("VER023", "big"): 1,
            ("VER023", "small"): 1,
            ("VER024", "amount"): 1,
            ("VER027", "name"): 3,
            ("VER037", "local"): 1,
            ("VER037", "seen"): 1,
            ("VER053", None): 2,
            ("VER054", "price"): 1,
        },
        CODES: {("VER001", None): 1, ("VER071", None): 1},
    }
    [doubled] = [f for f in document["tables"][0]["findings"] if f["code"] == "VER040"]
    assert doubled["rows"] == 2
    [torn] = [f for f in document["tables"][0]["findings"] if f["code"] == "VER053"]
    assert {example["key"] for example in torn["examples"]} == {"id=122 (now id=1122)", "id=1121 (was id=121)"}


def test_what_is_damaged_is_sent_again(data: Data, orders: Files, codes: Files) -> None:
    orders.change(101, "name", "größe")
    orders.change(133, "word", None)
    orders.write()
    codes.drop(lambda row: row["code"] == "zz")
    codes.write()
    code, document = data("--repair")
    assert (code, document["ok"]) == (0, True)
    assert {(f["code"], f["table"], f.get("column")) for f in document["cured"]} == {
        ("VER027", ORDERS, "name"), ("VER004", ORDERS, "word"), ("VER001", CODES, None)
    }  # fmt: skip
    [events] = [table["operations"] or table["events"] for table in document["tables"] if table["table"] == ORDERS]
    # Two rows were sent again, not all of them.
    assert events == 40 + 40 + 4 + 1 + 79 + 2
