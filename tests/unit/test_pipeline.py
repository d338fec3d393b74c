"""The pipeline file: every problem at once, with its place, and no secret in any message."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from cdcctl.documents import Document, read_document
from cdcctl.errors import InputError
from cdcctl.pipeline import load, parse, topic_of

BASE: dict[str, Any] = {
    "name": "m",
    "topic_prefix": "db1",
    "source": {"host": "h", "server_id": 1, "tables": ["a.b"], "credentials": {"secret": "s"}},
    "registries": {"keys": "k", "values": "v"},
    "sink": {"type": "iceberg", "warehouse": "s3://lake/w"},
    "kafka": {"bootstrap_servers": "b:1", "subnets": ["s"]},
    "connect": {"role_arn": "arn:aws:iam::111122223333:role/x", "plugin_bucket": "bucket"},
}


def problems(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is wrong with ``text`` laid over a file that is right."""
    file = tmp_path / "o.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        parse([Document("base", BASE), read_document(file)])
    assert caught.value.hint
    for noise in ("Input should", "instance of", "validation error", "TaggedScalar", "CommentedMap", "hunter"):
        assert noise not in " ".join([caught.value.message, *caught.value.details])
    lines = caught.value.details or (caught.value.message,)
    return [line.replace(str(file), "o.yaml") for line in lines]


def test_defaults() -> None:
    pipeline = parse([Document("base", BASE)])
    assert pipeline.topics == {"a.b": "db1.a.b"}
    assert pipeline.log_group == "/cdcctl/m"
    assert pipeline.source.signals == "a.cdcctl_signal"
    assert (pipeline.registries.compatibility, pipeline.connect.capacity.mcu) == ("FORWARD", 1)


def test_every_problem_at_once_with_its_place(tmp_path: Path) -> None:
    text = "name: 5\nsource:\n  port: abc\n  hots: x\n  properties: {database.password: hunter2}\nsink:\n  tasks: 0\n"
    found = problems(tmp_path, text)
    assert "o.yaml:1:1: name: must be text (found 5)" in found
    assert "o.yaml:3:3: source.port: must be a whole number (found 'abc')" in found
    assert "o.yaml:4:3: source.hots: unknown key; did you mean 'host'?" in found
    assert "o.yaml:7:3: sink.tasks: must be greater than or equal to 1 (found 0)" in found
    assert any(line.startswith("o.yaml:5:16: source.properties.database.password: is a secret") for line in found)
    assert len(found) == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sorce: 1", "sorce: unknown key; did you mean 'source'?"),
        ("source: {credentials: {scret: x}}", "source.credentials.scret: unknown key; did you mean 'secret'?"),
        ("zzz: 1", "zzz: unknown key; known here: name, topic_prefix"),
        ("source: null", "source: must be a mapping of keys (found nothing)"),
        ("sink: {type: s3}", "sink.type: must be 'iceberg', 'confluent-s3' or 'aiven-s3' (found 's3')"),
        ("source: {server_id: " + "9" * 40 + "}", "source.server_id: must be less than or equal to 4294967295"),
        ("source: {port: 1e400}", "source.port: must be a whole number"),
        ("source: {properties: {a: [1]}}", "source.properties.a: must be text"),
        ("source: {topics: {properties: {a: null}}}", "source.topics.properties.a: must be text (found nothing)"),
        ("registries: {keys: v}", "registries: keys and values name the same registry"),
        ("kafka: {encryption: PLAINTEXT}", "IAM authentication needs encryption: TLS"),
        ("kafka: {bootstrap_servers: nowhere}", "'nowhere' is not host:port"),
        ("sink: {warehouse: /tmp}", "sink.warehouse: must be s3://bucket/path (found '/tmp')"),
        ("name: Movies", "name: must be small letters"),
        ("source: {credentials: {secret: 'arn:aws:x:y'}}", "must be the name of a secret"),
        ("name: !!python/object:os.system x", "name: must be text"),
        ("source: {tables: [a.b, a.b]}", "a.b is listed twice"),
        ("source: {tables: [nodot]}", "'nodot' is not database.table"),
        ("source: {tables: ['a.b,c']}", "'a.b,c' is not database.table"),
        ("source: {tables: [a.x+, a.x*]}", "a.x+ and a.x* would share the topic"),
        ("source: {tables: [a.x, A.X]}", "a.x and A.X would share the table a.x"),
        ("source: {tables: ['a.\U0001f600']}", "MySQL does not allow"),
        ("source: {tables: a.b}", "source.tables: must be a list (found 'a.b')"),
    ],
)
def test_messages(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in line for line in problems(tmp_path, text)), problems(tmp_path, text)


def test_two_tables_that_share_a_topic_and_a_table_are_told_of_once(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "source: {tables: [a.ä, a.Ä]}")
    assert "would share the topic" in problem
    assert "would share the table" not in problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"- a\n", "expected a mapping"),
        (b"hello\n", "expected a mapping"),
        (b"\x00\xff\xfe", "cannot be read"),
        (b'a: "\x01"', "not valid YAML"),
        (b"name: [a\n", "o.yaml:2:1: not valid YAML"),
        (b"a:\n\tb: 1\n", "o.yaml:2:1: not valid YAML"),
        (b"---\nname: a\n---\nname: b\n", "not valid YAML"),
        (b"name: a\nname: b\n", 'o.yaml:2:1: not valid YAML: found duplicate key "name"'),
        (b"a: 2020-13-45\n", "cannot be read"),
        (b"source: {port: " + b"9" * 5000 + b"}", "cannot be read"),
        (b"a: " + b"[" * 20000, "cannot be read"),
    ],
)
def test_files_that_are_not_a_pipeline(tmp_path: Path, text: bytes, said: str) -> None:
    (line,) = problems(tmp_path, text)
    assert said in line


def test_folder_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load([tmp_path])
    with pytest.raises(InputError, match="no such file"):
        load([tmp_path / "none.yaml"])
    with pytest.raises(InputError, match="no pipeline file given"):
        load([])


@pytest.mark.parametrize(
    "properties",
    [
        "database.password: hunter2",
        "database.ssl.keystore.password: 4711",
        "iceberg.catalog.s3.secret-access-key: hunter2",
        "iceberg.catalog.s3.session-token: hunter2",
        "my.api.key: hunter2",
        "x.password: '${secretsmanager:a:b}hunter2'",
        'a.sasl.jaas.config: X required password="hunter2";',
        "url: jdbc:mysql://u:hunter2@host/",
        "query: a?password=hunter2",
    ],
)
@pytest.mark.parametrize("section", ["source", "sink", "worker"])
def test_plain_secrets_are_refused_and_not_repeated(tmp_path: Path, section: str, properties: str) -> None:
    found = problems(tmp_path, f"{section}:\n  properties:\n    {properties}\n")
    assert any(line.startswith("o.yaml:3:5: ") and "is a secret in plain text" in line for line in found)
    assert "4711" not in " ".join(found)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("x.password", "${secretsmanager:a:b}"),
        ("config.providers", "secretsmanager"),
        ("config.providers.secretsmanager.param.region", "eu"),
        ("iceberg.catalog.client.credentials-provider", "com.example.Provider"),
        ("x.sasl.jaas.config", "software.amazon.msk.auth.iam.IAMLoginModule required;"),
        ("x.sasl.jaas.config", 'X required password="${secretsmanager:a:b}";'),
    ],
)
def test_references_and_class_names_are_no_secrets(key: str, value: str) -> None:
    worker = parse([Document("base", BASE), Document("o", {"worker": {"properties": {key: value}}})]).worker
    assert worker.properties[key] == value


@pytest.mark.parametrize(
    "text",
    [
        "source: {credentials: hunter2}",
        "source: {credentials: {secret: [hunter2]}}",
        "source: {password: hunter2}",
        "source: {password: hunter2, password: hunter3}",
        "source: {properties: {password: [hunter2]}}",
    ],
)
def test_misplaced_secrets_are_not_repeated(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)


def test_numbers_and_booleans_in_properties(tmp_path: Path) -> None:
    file = tmp_path / "o.yaml"
    file.write_text("source: {properties: {a: 1, b: true, c: 1.5, d: off, e: '007', f: 0x10}}")
    properties = parse([Document("base", BASE), read_document(file)]).source.properties
    assert properties == {"a": "1", "b": "true", "c": "1.5", "d": "off", "e": "007", "f": "16"}


def test_overlays_merge_mappings_and_replace_the_rest(tmp_path: Path) -> None:
    first = {"source": {"properties": {"a": "1", "b": "1"}, "tables": ["a.b", "a.c"]}}
    second = {"source": {"properties": {"b": "2"}, "tables": ["a.d"]}, "connect": {"secrets_provider": None}}
    before = copy.deepcopy((BASE, first, second))
    pipeline = parse([Document("base", BASE), Document("1", first), Document("2", second)])
    assert pipeline.source.properties == {"a": "1", "b": "2"}
    assert pipeline.source.tables == ["a.d"]
    assert before == (BASE, first, second)


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    file = tmp_path / "o.yaml"
    file.write_text("source: {<<: {host: merged}, properties: &p {a: 1}}\nsink: {properties: *p}\n")
    pipeline = parse([Document("base", BASE), read_document(file)])
    assert pipeline.source.host == "merged"
    assert pipeline.sink.properties == {"a": "1"}


def test_the_place_is_that_of_the_document_that_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    first.write_text("source:\n  port: 1\n")
    second.write_text("source: {port: x}\n")
    with pytest.raises(InputError) as caught:
        parse([Document("base", BASE), read_document(first), read_document(second)])
    assert caught.value.details == (f"{second}:1:10: source.port: must be a whole number (found 'x')",)


def test_topic_names_are_debeziums() -> None:
    assert topic_of("db1", "shop.a$b-c_dé") == "db1.shop.a_b-c_d_"
