"""verify data on a real pipeline: clean, then with corruption of many kinds in its Parquet files, then healed."""

from __future__ import annotations

import io
import itertools
import json
import operator
import re
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
from tests.trino import Trino, whole_numbers

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
  big BIGINT UNSIGNED NOT NULL, small INT UNSIGNED NOT NULL, level INT(6) ZEROFILL DEFAULT 5, word TEXT, doc JSON,
  day DATE, grade VARCHAR(9) DEFAULT 'first', ratio DOUBLE, share FLOAT
);
-- Most columns have names that the comparison has for something of its own.
CREATE TABLE codes (
  code VARCHAR(20) NOT NULL, day DATE NOT NULL, label VARCHAR(40), part INT(4) ZEROFILL NOT NULL DEFAULT 7,
  k0 INT DEFAULT 1, k1 INT, b INT DEFAULT 2, e INT DEFAULT 3, f INT DEFAULT 4, h INT DEFAULT 5, n INT, p INT, v INT,
  off INT DEFAULT 6, op INT DEFAULT 7, src INT, rn INT, `row` INT, pos INT, ts INT, number INT, bucket INT, dead INT,
  PRIMARY KEY (code, day, part)
);
INSERT INTO orders WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 40)
  SELECT n, CONCAT('größe ', n), n + 0.2345, n + 0.5, '2026-01-02 03:04:05.678901', '2026-01-02 03:04:05.678',
    '2026-01-02 03:04:05.678', 18446744073709551615 - n, 4294967295 - n, n, CONCAT('word ', n), JSON_OBJECT('n', n),
    '2026-01-02', 'good', n / 8e0, -n / 4e0
  FROM s;
INSERT INTO codes (code, day, label) VALUES
  ('a', '2026-01-01', 'Ä'), ('B', '2026-01-01', NULL), ('c d', '2026-01-02', 'x'), ('é', '2026-01-03', '');
"""
CHANGE = """
USE reconciled;
ALTER TABLE orders ADD COLUMN added VARCHAR(10) NOT NULL DEFAULT 'new', ALTER COLUMN grade SET DEFAULT 'second';
INSERT INTO orders
  SELECT id + 100, name, amount, price, created, local, seen, big, small, level, word, doc, day, grade, ratio, share,
    'given'
  FROM orders;
UPDATE orders SET id = id + 1000 WHERE id IN (121, 122);
DELETE FROM orders WHERE id = 123;
UPDATE codes SET label = 'y' WHERE code = 'a';
INSERT INTO codes (code, day, label) VALUES ('zz', '2026-01-04', 'last');
"""
# How the sinks of Confluent and Aiven call an object, by the offset of its first row.
OBJECTS = {
    "confluent-s3": f"topics/{NAME}.{ORDERS}/partition=0/{NAME}.{ORDERS}+0+{{:010d}}.snappy.parquet",
    "aiven-s3": f"{NAME}.{ORDERS}/partition=0/{NAME}.{ORDERS}+0+{{:020d}}.snappy.parquet",
}
PLACE = ["_topic", "_partition", "_offset"]
by_offset = operator.itemgetter("_offset")


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
Silently = Callable[[int, str, str], None]


@pytest.fixture
def data(pipeline: Path, stack: Stack, cdcctl: Callable[..., Any]) -> Data:
    def run(*words: str, file: Path = pipeline) -> tuple[int, dict[str, Any]]:
        done = cdcctl("verify", "data", "-f", file, "--local", "--state", stack.state, "--json", *words, timeout=300)
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

    def double(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Write rows twice."""
        for place, table in self.tables.items():
            rows = table.to_pylist()
            self._put(place, [*rows, *filter(wanted, rows)])

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
def silently(stack: Stack) -> Iterator[Silently]:
    """Changes a value in MySQL without a word in the binlog: (id, column, literal); all are put back in the end."""
    before: list[tuple[Any, int, str]] = []
    with stack.mysql.admin.connected() as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_log_bin = 0, SESSION sql_mode = ''")

        def change(key: int, column: str, literal: str) -> None:
            cursor.execute(f"SELECT `{column}` FROM {ORDERS} WHERE id = %s", (key,))
            before.append((cursor.fetchone()[0], key, column))
            cursor.execute(f"UPDATE {ORDERS} SET `{column}` = {literal} WHERE id = %s", (key,))

        yield change
        for value, key, column in before:
            cursor.execute(f"UPDATE {ORDERS} SET `{column}` = %s WHERE id = %s", (value, key))


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


def damage(orders: Files, silently: Silently) -> dict[tuple[str, str | None], int]:
    """Do every kind of harm to the events of the table; what is to be found then."""
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
    # NULL is in MySQL only, and was answered by the DEFAULT of now, and by the one that the column had first.
    for key, column, default in ((114, "level", 5), (115, "grade", "first"), (116, "grade", "second")):
        silently(key, column, "NULL")
        orders.change(key, column, default)
    # A date that MySQL alone has, in a column that may be NULL and in one that may not.
    for key, column, instead in ((117, "day", None), (118, "created", 0)):
        silently(key, column, "'0000-00-00'")
        orders.change(key, column, instead)
    # What --backfill has sent of three old rows never came.
    orders.drop(lambda row: row["id"] in {1, 2, 3} and row.get("added") == "new")
    # The delete under the old key of a changed one, and the insert under the new key of another.
    orders.drop(lambda row: row["id"] == 122 and row["__op"] == "d")
    orders.drop(lambda row: row["id"] == 1121)
    # What --backfill has sent last, but for the rows of changed keys. Other rows lie right before and behind: an
    # object that begins there doubles the end of one, and no other begins at the same offset.
    orders.double(lambda row: row["id"] in {139, 140} and row["__op"] == "r")
    return {
        ("VER004", "day"): 1,
        ("VER004", "doc"): 1,
        ("VER004", "word"): 1,
        ("VER012", None): 6,
        ("VER020", "added"): 3,
        ("VER021", "grade"): 2,
        ("VER021", "level"): 1,
        ("VER022", "created"): 1,
        ("VER023", "big"): 1,
        ("VER023", "small"): 1,
        ("VER024", "amount"): 1,
        ("VER025", "created"): 1,
        ("VER025", "day"): 1,
        ("VER027", "name"): 3,
        ("VER037", "local"): 1,
        ("VER037", "seen"): 1,
        ("VER053", None): 2,
        ("VER054", "price"): 1,
    }


def require_doubled_and_torn(table: dict[str, Any]) -> None:
    [doubled] = [f for f in table["findings"] if f["code"] == "VER040"]
    assert doubled["rows"] == 2
    [torn] = [f for f in table["findings"] if f["code"] == "VER053"]
    assert {example["key"] for example in torn["examples"]} == {"id=122 (now id=1122)", "id=1121 (was id=121)"}


def test_planted_corruption_is_found_and_named(data: Data, orders: Files, codes: Files, silently: Silently) -> None:
    expected = damage(orders, silently)
    orders.write()
    codes.drop(lambda row: row["code"] == "zz")
    codes.write()
    code, document = data()
    assert code == 1
    assert {table["table"]: found(table) for table in document["tables"]} == {
        ORDERS: expected, CODES: {("VER001", None): 1, ("VER071", None): 1}
    }  # fmt: skip
    require_doubled_and_torn(document["tables"][0])
    # What --repair would send, to be looked at first: of each table the rows that differ.
    assert [statement.split("'")[1] for statement in document["heals"]] == ["execute-snapshot"] * 2
    for table, statement in zip((ORDERS, CODES), document["heals"], strict=True):
        assert f'"data-collections": ["{table}"]' in statement


@pytest.fixture(params=OBJECTS)
def as_objects(request: pytest.FixtureRequest, pipeline: Path, stack: Stack) -> Iterator[Callable[[Files], Path]]:
    """Writes events as another sink would have laid them out; the file of the pipeline with that sink in its place.

    No row tells its offset: it follows from the object's name. So where a row is gone an object ends.
    """
    s3, keys = target(stack).client("s3"), []
    path = pipeline.with_name(f"{request.param}.yaml")

    def put(rows: list[dict[str, Any]], schema: pa.Schema) -> None:
        keys.append(OBJECTS[request.param].format(rows[0]["_offset"]))
        body = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema), body)
        s3.put_object(Bucket=stack.bucket, Key=keys[-1], Body=body.getvalue())

    def write(orders: Files) -> Path:
        tables = [table.drop_columns(PLACE) for table in orders.tables.values()]
        schema = pa.unify_schemas([table.schema.remove_metadata() for table in tables])
        rows = sorted((row for table in orders.tables.values() for row in table.to_pylist()), key=by_offset)
        once = {by_offset(row): row for row in rows}
        for some in (list(once.values()), [row for row in rows if row is not once[by_offset(row)]]):
            for _, run in itertools.groupby(enumerate(some), lambda each: by_offset(each[1]) - each[0]):
                put([row for _, row in run], schema)
        assert len(keys) == len(set(keys)) > 3
        sink = f"sink: {{type: {request.param}}}\nworker:"
        path.write_text(re.sub(r"sink:.*\nworker:", sink, PIPELINE, flags=re.DOTALL))
        return path

    yield write
    for key in keys:
        s3.delete_object(Bucket=stack.bucket, Key=key)


def test_planted_corruption_of_objects_is_found_and_named(
    data: Data, orders: Files, silently: Silently, as_objects: Callable[[Files], Path]
) -> None:
    """The same harm in the layouts of the other sinks."""
    expected = damage(orders, silently)
    code, document = data("--table", ORDERS, file=as_objects(orders))
    assert code == 1
    assert found(document["tables"][0]) == expected
    require_doubled_and_torn(document["tables"][0])


def test_the_statements_for_athena_and_mysql_find_the_same_sums(
    pipeline: Path, stack: Stack, cdcctl: Callable[..., Any], orders: Files, codes: Files
) -> None:
    """In Trino's own engine and in MySQL."""
    done = cdcctl("verify", "data", "-f", pipeline, "--local", "--state", stack.state, "--sql", "--json", timeout=120)
    assert done.returncode == 0, done.stderr
    with Trino() as trino, stack.mysql.admin.connected() as connection, connection.cursor() as cursor:

        def sums(each: dict[str, str], files: Files) -> set[tuple[int, ...]]:
            name = trino.load(pa.concat_tables(files.tables.values(), promote_options="default"))
            database, _, table = each["table"].partition(".")
            statement = each["athena"].replace(f'FROM "{database}"."{table}"', f"FROM {name}")
            return set(whole_numbers(trino.ask(statement)))

        of_orders, of_codes = json.loads(done.stdout)
        assert (of_orders["table"], of_codes["table"]) == (ORDERS, CODES)
        for each, files, rows in ((of_orders, orders, 79), (of_codes, codes, 5)):
            cursor.execute(each["mysql"])
            theirs = {tuple(map(int, row)) for row in cursor.fetchall()}
            assert sums(each, files) == theirs
            assert sum(count for _, count, _ in theirs) == rows


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
