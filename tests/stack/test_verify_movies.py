"""``cdcctl verify movies`` as a user runs it, and pipelines that are broken on purpose."""

from __future__ import annotations

import io
import json
import os
import signal
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from browser import look
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from cdcctl.documents import Document
from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.connection import client_settings
from cdcctl.kafka.messages import messages
from cdcctl.local.fault_client import clear_faults, set_fault
from cdcctl.local.processes import ProcessTable
from cdcctl.local.stack import target
from cdcctl.local.state import Stack
from cdcctl.pipeline import Kafka
from cdcctl.render.source import source_config
from cdcctl.resources import data_folder
from cdcctl.verify.checks import Checks
from cdcctl.verify.events import EventReader
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.choice import lake_of
from cdcctl.verify.lake.iceberg import IcebergLake
from cdcctl.verify.lake.skipped import SkippedRecords
from cdcctl.verify.other_sink import without_sinks
from cdcctl.verify.replay import Replay
from cdcctl.verify.scenario import select
from cdcctl.verify.sinks import compared_sink
from cdcctl.verify.values import Handling

TABLE = "sampledatabase.movies"
Verify = Callable[..., Any]


@pytest.fixture(scope="module")
def verify(stack: Stack, cdcctl: Callable[..., Any]) -> Verify:
    """Run ``cdcctl verify … --json`` on the shared stack; gives the exit code and the document."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        done = cdcctl("verify", *arguments, "--json", "--state", stack.state, timeout=240)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def kept(stack: Stack, verify: Verify, cdcctl: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """The pipeline of movies, left running and drained."""
    code, document = verify("movies", "--keep")
    assert code == 0, document
    yield document
    assert cdcctl("verify", "movies", "--clean", "--state", stack.state).returncode == 0
    assert Replay(stack.mysql).existing(["sampledatabase"]) == []
    assert target(stack).msk_connect.find_connector("movies-sink") is None


def found(document: dict[str, Any], code: str) -> list[dict[str, Any]]:
    everything = [*document["findings"], *(f for table in document["tables"] for f in table["findings"])]
    return [finding for finding in everything if finding["code"] == code]


def test_movies_is_one_document_with_all_that_was_shown(verify: Verify) -> None:
    code, document = verify("movies")
    assert (code, document["scenario"], document["ok"], document["unmet"]) == (0, "movies", True, [])
    assert [step["step"] for step in document["steps"]] == [
        "sql: 01-create.sql", "deploy", "drain", "sql: 02-add-country.sql", "drain",
    ]  # fmt: skip
    assert [hop["name"] for hop in document["steps"][2]["hops"]] == ["MySQL → Kafka", "Kafka → S3", "S3 → table"]
    [table] = document["tables"]
    numbers = {"table": TABLE, "mysql_rows": 8, "parquet_rows": 8, "events": 12, "mismatches": 0}
    assert numbers.items() <= table.items()
    [finding] = table["findings"]
    assert {"code": "VER020", "column": "COUNTRY", "rows": 3, "expected": True}.items() <= finding.items()
    assert {"sql", "deploy", "drain", "compare", "total"} <= document["seconds"].keys()
    assert "stack" not in document["seconds"]
    assert document["facts"]["sql_mode"]


def test_a_backfill_cures_the_old_rows(verify: Verify) -> None:
    code, document = verify("movies", "--backfill")
    [table] = document["tables"]
    assert (code, document["ok"], table["mismatches"], table["findings"]) == (0, True, 0, [])
    assert [(each["code"], each["column"], each["rows"]) for each in document["cured"]] == [("VER020", "COUNTRY", 3)]
    assert table["events"] == 12 + table["mysql_rows"]
    assert document["steps"][-1]["step"] == f"backfill: {TABLE}"


def test_the_registry_has_one_key_and_two_value_versions(kept: dict[str, Any]) -> None:
    keys, values = kept["schemas"]
    assert (keys["registry"], values["registry"]) == ("msk-connect-blog-keys", "msk-connect-blog-values")
    assert {each["name"] for each in kept["schemas"]} == {"db1.sampledatabase.movies"}
    assert values["compatibility"] == "FORWARD"
    assert [version["number"] for version in keys["versions"]] == [1]
    first, second = values["versions"]
    assert (first["number"], second["number"], second["status"]) == (1, 2, "AVAILABLE")
    assert "compatible" not in first
    names = [[field["name"] for field in json.loads(v["definition"])["fields"]] for v in (first, second)]
    assert set(names[1]) - set(names[0]) == {"COUNTRY"}
    assert (second["compatible"]["FORWARD"], second["compatible"]["BACKWARD"]) == (True, False)
    assert len(second["compatible"]) == 8
    assert "COUNTRY" in " ".join(second["reasons"])
    assert [(each["equal"], each["predicted"]) for each in (*keys["versions"], first, second)] == [
        (True, each["definition"]) for each in (*keys["versions"], first, second)
    ]


PIPELINE = data_folder("integration") / "movies" / "pipeline.yaml"


@pytest.fixture(scope="module")
def on_movies(kept: dict[str, Any], stack: Stack, cdcctl: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command on the pipeline of movies."""
    return lambda *arguments: cdcctl(*arguments, "-f", PIPELINE, "--local", "--state", stack.state)


def test_messages_are_decoded_with_the_versions_they_name(on_movies: Callable[..., Any]) -> None:
    done = on_movies("decode", "--table", TABLE, "--tail", "100")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["offset"] for each in found] == list(range(12))
    assert [each["value_schema"]["version"] for each in found] == [1] * 6 + [2] * 6
    assert {each["key_schema"]["registry"] for each in found} == {"msk-connect-blog-keys"}
    assert found[-1]["key"] == {"MOVIE_ID": 3}
    row = {"TITLE": "Rashomon", "RATING": "8.2", "COUNTRY": "", "__deleted": "true", "__op": "d"}
    assert row.items() <= found[-1]["value"].items()
    one = on_movies("decode", "--table", TABLE, "--partition", "0", "--offset", "7", "--json")
    assert [each["value"]["TITLE"] for each in json.loads(one.stdout)["messages"]] == ["Roma"]


def test_every_kind_of_message_has_its_line(stack: Stack, cdcctl: Callable[..., Any], kept: dict[str, Any]) -> None:
    place = target(stack)
    kafka = Kafka.model_validate(place.overlay["kafka"])
    settings = client_settings(kafka, place.session, place.region)
    offsets = Offsets(settings, place.check)
    [message] = messages(settings, f"db1.{TABLE}", {0: (0, 1)})
    topic = f"decoded-{uuid.uuid4().hex[:8]}"
    framed = message.value()
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    sent = [
        ({}, None),
        ({}, framed[:1] + b"\x05" + framed[2:18] + zlib.compress(framed[18:])),
        ({}, framed[:2] + bytes(16) + framed[18:]),
        ({"__connect.errors.exception.message": b"Error converting", "__connect.errors.topic": b"t"}, b"unreadable"),
    ]
    for headers, value in sent:
        producer.produce(topic, value, message.key(), partition=0, headers=headers)
    assert producer.flush(30) == 0
    try:
        done = cdcctl("decode", topic, "--local", "--state", stack.state)
    finally:
        offsets.close()
        Cluster(settings, place.check).delete([topic])
    assert done.returncode == 1, done.stderr
    tombstone, compressed, unknown, dead = [json.loads(line) for line in done.stdout.splitlines()]
    assert (tombstone["tombstone"], tombstone["key"], tombstone["value"]) == (True, {"MOVIE_ID": 1}, None)
    assert (compressed["value"]["TITLE"], compressed["value_schema"]["compressed"]) == ("Metropolis", True)
    assert "the registry has no schema version 00000000" in unknown["value_problem"]
    assert dead["dead_letter"] == {"topic": "t", "message": "Error converting"}
    assert dead["value_text"] == "unreadable"


def test_history_puts_each_version_to_its_statement(on_movies: Callable[..., Any], tmp_path: Path) -> None:
    done = on_movies("evolve", "history", TABLE, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["notes"], document["versions_without_statement"]) == ([], [])
    snapshot, alter = document["statements"]
    assert (snapshot["snapshot"], snapshot["ddl"].splitlines()[0]) == (True, "CREATE TABLE `movies` (")
    assert alter["ddl"] == "ALTER TABLE movies ADD COUNTRY VARCHAR(64) NOT NULL"
    made = [[(each["side"], each["number"], each["match"]) for each in one["versions"]] for one in (snapshot, alter)]
    assert made == [[("key", 1, "prediction"), ("value", 1, "prediction")], [("value", 2, "prediction")]]
    assert alter["versions"][0]["gained"] == ["COUNTRY"]
    assert alter["versions"][0]["registrant"] == f"a Glue serializer, writing to db1.{TABLE}"


def test_the_pages_of_the_pipeline_are_whole(on_movies: Callable[..., Any], tmp_path: Path) -> None:
    pages = [tmp_path / "history.html", tmp_path / "data.html"]
    assert on_movies("evolve", "history", TABLE, "--format", "html", "--out", pages[0]).returncode == 0
    done = on_movies("verify", "data", "--out", pages[1])
    assert done.returncode == 1, done.stderr
    history, data = look(*pages)
    assert (history.problems, data.problems) == ([], [])
    assert "ADD COUNTRY VARCHAR(64) NOT NULL" in history.text
    assert (history.pictures, data.pictures) == (1, 1)
    assert "VER020" in data.text


def test_what_the_pipeline_has_registered_is_kept_in_a_folder(on_movies: Callable[..., Any], tmp_path: Path) -> None:
    assert on_movies("schemas", "export", "--out", tmp_path).returncode == 0
    place = tmp_path / "msk-connect-blog-values" / f"db1.{TABLE}"
    assert sorted(each.name for each in place.iterdir()) == ["1.avsc", "2.avsc", "schema.json"]
    assert on_movies("schemas", "drift", tmp_path).returncode == 0
    again = on_movies("schemas", "import", tmp_path)
    assert (again.returncode, again.stdout) == (0, "nothing to do\n")
    (place / "2.avsc").write_text((place / "2.avsc").read_text().replace("COUNTRY", "LAND"))
    drift = on_movies("schemas", "drift", tmp_path, "--json")
    assert (drift.returncode, len(json.loads(drift.stdout)["drift"])) == (1, 2)


def test_a_scenario_does_not_run_into_what_an_earlier_run_kept(
    kept: dict[str, Any], stack: Stack, cdcctl: Callable[..., Any]
) -> None:
    done = cdcctl("verify", "movies", "--state", stack.state)
    assert done.returncode == 3
    assert "database sampledatabase, connector movies-source" in done.stderr
    assert "cdcctl verify movies --clean" in done.stderr


def test_what_was_kept_can_be_compared_again(kept: dict[str, Any], verify: Verify) -> None:
    code, document = verify("movies", "--again")
    assert (code, document["ok"], [step["step"] for step in document["steps"]]) == (0, True, ["drain"])
    assert document["tables"] == kept["tables"]


def data_files(stack: Stack) -> list[tuple[str, str]]:
    table = IcebergLake(target(stack), str.lower).load(TABLE)
    assert table is not None
    files = [task.file.file_path for task in table.scan().plan_files()]
    return sorted(tuple(file.removeprefix("s3://").split("/", 1)) for file in files)  # type: ignore[misc]


def test_the_same_events_as_objects_of_an_s3_sink_come_to_the_same(kept: dict[str, Any], stack: Stack) -> None:
    """The topic that the real pipeline has filled, written as Confluent's sink writes it, some of it twice."""
    [movies] = select(["movies"])
    kept_sinks = [Document(each.name, without_sinks(each.data)) for each in movies.documents]
    place = target(stack)
    sink = Document("s3", {"sink": {"type": "confluent-s3", "prefix": "as-objects"}})
    pipeline = replace(movies, documents=(*kept_sinks, sink)).pipeline([Document("stack", place.overlay)])
    offsets = Offsets(client_settings(pipeline.kafka, place.session, place.region), place.check)
    lake = lake_of(pipeline, compared_sink(pipeline), place, offsets)
    try:
        topic = pipeline.topics[TABLE]
        reader = EventReader(offsets.settings, place.registry)
        events = list(reader.read(topic, offsets.ends([topic])[topic]))
        # No file mixes schema versions; the last three offsets are written again, as after a kill.
        for found in (*(list(group) for _, group in groupby(events, lambda event: event.version)), events[-3:]):
            body = io.BytesIO()
            pq.write_table(pa.Table.from_pylist([dict(event.value or {}) for event in found]), body)
            name = f"as-objects/{topic}/partition=0/{topic}+0+{found[0].offset:010d}.snappy.parquet"
            place.client("s3").put_object(Bucket=stack.bucket, Key=name, Body=body.getvalue())
        handling = Handling.of(source_config(pipeline, place.region))
        checks = Checks(pipeline, handling, stack.mysql.admin, offsets, lake, reader)
        result = checks.table(checks.definitions()[TABLE], 12)
    finally:
        lake.drop(TABLE)
        offsets.close()
    found_codes = {finding.code: (finding.column, finding.rows) for finding in result.findings}
    assert found_codes == {"VER020": ("COUNTRY", 3), "VER040": (None, 3)}
    assert (result.mysql_rows, result.parquet_rows, result.events) == (8, 8, 12)
    assert [(each.code, each.column, each.rows) for each in result.findings if each.rule.severity != "note"] == [
        (each["code"], each["column"], each["rows"]) for each in kept["tables"][0]["findings"]
    ]


def test_what_an_s3_sink_leaves_out_is_read_from_the_topic_and_from_its_dead_letters(stack: Stack) -> None:
    place = target(stack)
    kafka = Kafka.model_validate(place.overlay["kafka"])
    topic, queue = "as-objects", "as-objects-dead"
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    for value in (b"row", None, b"unreadable", b"row"):
        producer.produce(topic, value, partition=0)
    stood = {"topic": topic, "partition": "0", "offset": "2"}
    producer.produce(queue, b"unreadable", headers={f"__connect.errors.{key}": each for key, each in stood.items()})
    producer.produce(queue, b"another's", headers={"__connect.errors.topic": "another"})
    assert producer.flush(30) == 0
    offsets = Offsets(client_settings(kafka, place.session, place.region), place.check)
    try:
        assert SkippedRecords(offsets, queue)(topic) == {0: frozenset({1, 2})}
        assert SkippedRecords(offsets, None)(topic) == {0: frozenset({1})}
        assert SkippedRecords(offsets, "no-such-topic")("no-such-topic-either") == {}
    finally:
        offsets.close()
        AdminClient({"bootstrap.servers": kafka.bootstrap_servers}).delete_topics([topic, queue])


@pytest.fixture
def restored(stack: Stack) -> Iterator[list[tuple[str, str]]]:
    """The data files of movies, put back as they were after the test."""
    storage = target(stack).client("s3")
    files = data_files(stack)
    contents = [storage.get_object(Bucket=bucket, Key=key)["Body"].read() for bucket, key in files]
    yield files
    for (bucket, key), body in zip(files, contents, strict=True):
        storage.put_object(Bucket=bucket, Key=key, Body=body)


def test_one_changed_value_is_found_with_its_key_and_both_values(
    kept: dict[str, Any], stack: Stack, verify: Verify, restored: list[tuple[str, str]]
) -> None:
    storage = target(stack).client("s3")
    for bucket, key in restored:
        body = storage.get_object(Bucket=bucket, Key=key)["Body"].read()
        rows = pq.read_table(io.BytesIO(body))
        titles = rows["TITLE"].to_pylist()
        if "Roma" in titles:
            place = rows.schema.get_field_index("TITLE")
            changed = pa.array(["Rome" if title == "Roma" else title for title in titles])
            out = io.BytesIO()
            # The field keeps its metadata, and with it its Iceberg id.
            pq.write_table(rows.set_column(place, rows.schema.field(place), changed), out)
            storage.put_object(Bucket=bucket, Key=key, Body=out.getvalue())
    code, document = verify("movies", "--again")
    assert (code, document["ok"], document["tables"][0]["mismatches"]) == (1, False, 1)
    [finding] = found(document, "VER004")
    assert (finding["column"], finding["rows"]) == ("TITLE", 1)
    assert finding["examples"] == [{"key": "MOVIE_ID=8", "mysql": "Roma", "parquet": "Rome"}]


def test_a_dropped_file_is_named(
    kept: dict[str, Any], stack: Stack, verify: Verify, restored: list[tuple[str, str]]
) -> None:
    bucket, key = restored[0]
    target(stack).client("s3").delete_object(Bucket=bucket, Key=key)
    code, document = verify("movies", "--again")
    assert (code, document["ok"]) == (1, False)
    [finding] = found(document, "VER012")
    assert f"s3://{bucket}/{key}" in finding["detail"]
    assert finding["rows"] > 0


def test_after_being_put_back_all_is_well_again(kept: dict[str, Any], verify: Verify) -> None:
    assert verify("movies", "--again")[0] == 0


def test_a_stopped_sink_is_told_with_its_state_and_its_log(kept: dict[str, Any], stack: Stack, verify: Verify) -> None:
    [worker] = [child for child in ProcessTable(stack.state).children() if child.name == "connect-movies-sink"]
    # Otherwise MSK Connect would put another worker in its place.
    fault = set_fault(stack.endpoint, {"kind": "lost-worker", "resource": "movies-sink"})
    os.kill(worker.pid, signal.SIGKILL)
    with Replay(stack.mysql).session() as connection, connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} VALUES (10, 'Anora', '2024-05-21', 7.5, '2024-03-01 12:00:00', 'USA')")
    code, document = verify("movies", "--again")
    clear_faults(stack.endpoint, [fault["id"]])
    assert (code, document["ok"]) == (1, False)
    [finding] = found(document, "VER013")
    assert "movies-sink is FAILED" in finding["detail"]
    assert "ERROR" in finding["detail"]
    assert not found(document, "VER015")
    assert [row["key"] for row in found(document, "VER001")[0]["examples"]] == ["MOVIE_ID=10"]
