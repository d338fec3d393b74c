"""``cdcctl import``: the golden case, what is told, and what never gets into a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cdcctl.cli.app import app
from cdcctl.connector_files import ConnectorFile, read_connector_files
from cdcctl.documents import read_document
from cdcctl.errors import EXIT_FINE, EXIT_INPUT, EXIT_USAGE, InputError
from cdcctl.importing.command import Imported, Wishes, import_all
from cdcctl.importing.given import given
from cdcctl.importing.yaml_text import document, to_yaml
from cdcctl.pipeline import load
from cdcctl.render.configurations import Configurations, render

TESTS = Path(__file__).parents[1]
ARTICLE = Path(__file__).parent / "lint_inputs" / "article"
GOLDEN = TESTS / "golden"
REGION = "us-east-1"
GLUE_CONVERTER = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
DEBEZIUM = {
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "database.hostname": "mysql",
    "database.user": "${secretsmanager:s:username}",
    "database.password": "${secretsmanager:s:password}",
    "database.server.id": "1",
    "topic.prefix": "db1",
    "table.include.list": "shop.orders",
    "schema.history.internal.kafka.bootstrap.servers": "b:9092",
    "schema.history.internal.kafka.topic": "ddl",
}
S3 = {
    "connector.class": "io.confluent.connect.s3.S3SinkConnector",
    "topics": "db1.shop.orders",
    "s3.bucket.name": "archive",
    "s3.region": REGION,
    "format.class": "io.confluent.connect.s3.format.parquet.ParquetFormat",
    "storage.class": "io.confluent.connect.s3.storage.S3Storage",
    "flush.size": "10",
}


def imported(*configs: Mapping[str, str], **wishes: str) -> Imported:
    return import_all([given(ConnectorFile(f"{n}.json", each)) for n, each in enumerate(configs)], Wishes(**wishes))


def rendered(made: Imported) -> Configurations:
    return render(made.pipeline, made.region)


def source(**changes: str | None) -> dict[str, str]:
    """A source with other properties; two underscores stand for a dot, None takes one away."""
    changed = {**DEBEZIUM, **{key.replace("__", "."): value for key, value in changes.items()}}
    return {key: value for key, value in changed.items() if value is not None}


def notes(made: Imported, what: str) -> dict[str, str | None]:
    return {note.key: note.new for note in made.notes if note.what == what}


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


@pytest.mark.parametrize("version", ["1.9", "3.6"])
def test_the_article(tmp_path: Path, version: str) -> None:
    """For what it was written for, and for today: files as they should be, looked at by a person once."""
    out = tmp_path / "pipeline.yaml"
    chosen = [] if version == "1.9" else ["--debezium", version]
    done = run(ARTICLE / "source.json", ARTICLE / "sink.json", *chosen, "--name", "movies", "-o", out)
    assert done.exit_code == EXIT_FINE, done.stderr
    golden = GOLDEN / f"article-{version}"
    text = out.read_text()
    assert text.split("\n", 1)[1] == (golden / "pipeline.yaml").read_text().split("\n", 1)[1]
    made = render(load([out]), REGION)
    assert made.files() == {each.name: each.read_text() for each in golden.iterdir() if each.name != "pipeline.yaml"}


def test_the_article_for_1_9_does_what_it_did() -> None:
    """Every property is there with its value, and of what came beside them none changes a row or a file."""
    old = {"table.whitelist": "sampledatabase.movies", "database.whitelist": "sampledatabase"}
    given_source = {**read_connector_files(ARTICLE / "source.json")[0].config, **old}
    given_sink = dict(read_connector_files(ARTICLE / "sink.json")[0].config)
    made = rendered(imported(given_source, given_sink))
    today = {key.replace("whitelist", "include.list"): value for key, value in given_source.items()}
    today["table.include.list"] = r"sampledatabase\.movies"
    assert {key: made.source[key] for key in today} == today
    assert {key: made.sink[key] for key in given_sink} == given_sink
    throughput = (
        r"connect\.keep\.alive\..*|max\.(batch|queue)\.size|(producer|consumer)\.override\..*|config\.action\.reload"
    )
    beside = {key: value for key, value in made.source.items() if key not in today}
    assert {key: value for key, value in beside.items() if not re.fullmatch(throughput, key)} == {
        # The defaults of 1.9 …
        "database.ssl.mode": "disabled",
        "schema.name.adjustment.mode": "avro",
        "snapshot.mode": "initial",
        # … and what has no effect: the transform drops TRUNCATE, there is no such table.
        "skipped.operations": "t",
        "signal.data.collection": "sampledatabase.cdcctl_signal",
    }
    beside = {key: value for key, value in made.sink.items() if key not in given_sink}
    assert {key: value for key, value in beside.items() if not re.fullmatch(throughput, key)} == {
        "behavior.on.null.values": "fail",
        "parquet.codec": "snappy",
        "topics.dir": "topics",
    }


def test_the_article_says_what_it_is_called_today() -> None:
    files = [read_connector_files(ARTICLE / name)[0].config for name in ("source.json", "sink.json")]
    told = notes(imported(*files, debezium="3.6"), "modernised")
    assert told["database.server.name"] == "topic.prefix"
    assert told["table.whitelist"] == "table.include.list"
    assert told["database.history.kafka.topic"] == "schema.history.internal.kafka.topic"
    assert told["transforms.unwrap.drop.tombstones"] == "transforms.unwrap.delete.tombstone.handling.mode=rewrite"
    assert notes(imported(*files), "modernised") == {"table.whitelist": "table.include.list"}


SECRET = "hunter2-very-secret"


@pytest.mark.parametrize(
    "config",
    [
        source(database__password=SECRET),
        source(database__password=SECRET, database__user="root"),
        source(schema__history__internal__producer__ssl__keystore__password=SECRET),
        source(
            **dict.fromkeys(
                (f"schema__history__internal__{side}__sasl__jaas__config" for side in ("producer", "consumer")),
                f'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="{SECRET}";',
            )
        ),
        source(value__converter="x.Y", value__converter__basic__auth__user__info=f"user:{SECRET}"),
        source(some__url=f"https://user:{SECRET}@host/"),
        {**S3, "aws.access.key.id": f"AKIA{SECRET}", "aws.secret.access.key": SECRET},
        {**S3, "s3.proxy.password": SECRET},
    ],
    ids=lambda config: " ".join(key for key, value in config.items() if SECRET in value),
)
@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_gets_anywhere(tmp_path: Path, config: dict[str, str], as_json: bool) -> None:
    path, out = tmp_path / "c.json", tmp_path / "p.yaml"
    path.write_text(json.dumps(config))
    done = run(path, "-o", out, *(["--json"] if as_json else []))
    assert done.exit_code == EXIT_FINE, done.stderr
    for text in (done.output, done.stderr, out.read_text(), json.dumps(render(load([out]), REGION).source)):
        assert SECRET not in text
    assert "fill-in" in out.read_text()
    assert "in plain text" in (done.output if as_json else done.stderr)


def test_a_user_in_plain_text_beside_a_reference_stays() -> None:
    made = rendered(imported(source(database__user="root")))
    assert (made.source["database.user"], made.source["database.password"]) == ("root", "${secretsmanager:s:password}")


@pytest.mark.parametrize("name", ["secretManager", "secretsManager"])
def test_the_provider_is_called_as_the_worker_knows_it(name: str) -> None:
    made = imported(source(database__user=f"${{{name}:s:u}}", database__password=f"${{{name}:s:p}}"))
    assert rendered(made).source["database.password"] == "${secretsmanager:s:p}"
    assert notes(made, "modernised")["database.user"] == "${secretsmanager:s:u}"


def test_what_was_in_effect_without_a_word_stays_in_effect() -> None:
    made = rendered(imported(DEBEZIUM))
    assert made.source["include.schema.changes"] == "true"
    assert made.source["schema.name.adjustment.mode"] == "none"
    assert made.source["tombstones.on.delete"] == "true"
    assert not [key for key in made.source if "heartbeat" in key or key.startswith("topic.creation")]


def test_an_old_default_goes_along_to_a_new_version() -> None:
    old = {
        **{key.replace("schema.history.internal", "database.history"): value for key, value in DEBEZIUM.items()},
        "database.server.name": "db1",
    }
    del old["topic.prefix"]
    made = imported(old, debezium="3.6")
    assert made.versions.of == (1, 9)
    config = rendered(made).source
    assert (config["database.ssl.mode"], config["skipped.operations"]) == ("disabled", "none")
    assert config["schema.name.adjustment.mode"] == "avro"


def test_a_key_that_is_gone_is_told_and_left_out() -> None:
    old = {**source(topic__prefix=None), "database.server.name": "db1", "snapshot.new.tables": "parallel"}
    made = imported(old, from_debezium="1.9", debezium="3.6")
    assert "snapshot.new.tables" in notes(made, "changed")
    assert "snapshot.new.tables" not in rendered(made).source
    assert "snapshot.new.tables" in rendered(imported(old, from_debezium="1.9")).source


@pytest.mark.parametrize(
    ("deletes", "mode"),
    [
        ({}, "drop"),
        ({"delete.handling.mode": "none"}, "tombstone"),
        ({"delete.handling.mode": "rewrite", "drop.tombstones": "false"}, "rewrite-with-tombstone"),
        ({"delete.handling.mode": "rewrite"}, "rewrite"),
    ],
)
@pytest.mark.parametrize("alias", ["unwrap", "flat"])
def test_deletes(deletes: dict[str, str], mode: str, alias: str) -> None:
    chain = {"transforms": alias, f"transforms.{alias}.type": "io.debezium.transforms.ExtractNewRecordState"}
    options = {f"transforms.{alias}.{key}": value for key, value in deletes.items()}
    made = imported({**DEBEZIUM, **chain, **options}, from_debezium="2.4", debezium="3.6")
    assert made.pipeline.source.events.deletes == mode


def test_a_way_to_delete_that_no_longer_exists_is_told() -> None:
    prefix = "transforms.unwrap."
    chain = {"transforms": "unwrap", f"{prefix}type": "io.debezium.transforms.ExtractNewRecordState"}
    config = {**DEBEZIUM, **chain, f"{prefix}delete.handling.mode": "none", f"{prefix}drop.tombstones": "false"}
    kept = rendered(imported(config, from_debezium="2.4"))
    assert kept.source[f"{prefix}delete.handling.mode"] == "none"
    assert kept.source[f"{prefix}drop.tombstones"] == "false"
    assert f"{prefix}drop.tombstones" in notes(imported(config, from_debezium="2.4", debezium="3.6"), "changed")


def test_a_longer_chain_stays_whole() -> None:
    chain = {
        "transforms": "route,flat",
        "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.flat.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.flat.delete.tombstone.handling.mode": "rewrite",
        "transforms.flat.add.fields": "op, db",
    }
    made = rendered(imported({**DEBEZIUM, **chain})).source
    assert made["transforms"] == "route,unwrap"
    assert made["transforms.unwrap.add.fields"] == "op,db"
    assert not [key for key in made if "flat" in key]


def test_several_sinks_and_a_worker() -> None:
    worker = {
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "offset.storage.topic": "offsets",
        "offset.flush.interval.ms": "5000",
        "bootstrap.servers": "b:9092",
        "group.id": "g",
    }
    more = {**S3, "s3.bucket.name": "copy"}
    made = imported(DEBEZIUM, S3, more, worker)
    assert list(made.pipeline.sinks) == ["confluent-s3", "confluent-s3-2"]
    result = rendered(made)
    assert result.source["value.converter.schemas.enable"] == "false"
    assert not [key for key in result.source if "registry" in key]
    assert (result.worker["offset.storage.topic"], result.worker["offset.flush.interval.ms"]) == ("offsets", "5000")
    assert {"bootstrap.servers", "group.id"} <= notes(made, "dropped").keys()


def test_what_render_wrote_into_a_folder_has_its_names_again(tmp_path: Path) -> None:
    whole = load([TESTS / "pipelines" / "whole.yaml"], variables={})
    before = render(whole, "eu-central-1")
    done = run(*before.write(tmp_path), "--name", "whole", "-o", tmp_path / "p.yaml")
    assert done.exit_code == EXIT_FINE, done.stderr
    after = load([tmp_path / "p.yaml"])
    assert list(after.sinks) == list(whole.sinks)
    assert render(after, "eu-central-1") == before


@pytest.mark.parametrize(
    "key", ["topic__prefix", "database__hostname", "schema__history__internal__kafka__bootstrap__servers"]
)
def test_references_where_the_file_takes_none(key: str) -> None:
    name = key.replace("__", ".")
    made = imported(source(**{key: "${file:/x.properties:y}"}))
    assert rendered(made).source[name] == "${file:/x.properties:y}"


def test_one_registry_for_both_stays_one() -> None:
    glue = {
        f"{side}.converter{key}": value
        for side in ("key", "value")
        for key, value in {"": GLUE_CONVERTER, ".registry.name": "one", ".region": REGION}.items()
    }
    made = imported({**DEBEZIUM, **glue})
    assert "registries.keys" in notes(made, "note")
    config = rendered(made).source
    assert (config["key.converter.registry.name"], config["value.converter.registry.name"]) == ("one", "one")
    # What was not set was BACKWARD, and no schema was registered by itself.
    assert (config["key.converter.compatibility"], config["value.converter.schemaAutoRegistrationEnabled"]) == (
        "BACKWARD",
        "false",
    )


@pytest.mark.parametrize(
    ("user", "password", "credentials"),
    [
        ("${ssm::/p/username}", "${ssm::/p/password}", {"ssm": "/p"}),
        ("${env:DB_USERNAME}", "${env:DB_PASSWORD}", {"environment": "DB"}),
        ("${secretsmanager:s:u}", "${secretsmanager:s:p}", {"secret": "s", "username_key": "u", "password_key": "p"}),
    ],
)
def test_credentials(user: str, password: str, credentials: dict[str, str]) -> None:
    made = imported(source(database__user=user, database__password=password))
    assert document(made)["source"]["credentials"] == credentials
    assert "database.user" not in document(made)["source"].get("properties", {})


def test_converters_of_a_worker_that_is_not_known_are_told() -> None:
    assert {"key.converter", "value.converter"} <= notes(imported(DEBEZIUM), "changed").keys()


def test_variables_of_a_template_become_the_pipelines_own() -> None:
    made = imported(source(database__hostname="${var.db_host}"))
    assert made.pipeline.source.host == "${var.db_host}"
    assert document(made)["variables"] == {"db_host": "fill-in"}
    to_yaml(made)


PARTITIONER = "io.confluent.connect.storage.partitioner."
ICEBERG = {"connector.class": "org.apache.iceberg.connect.IcebergSinkConnector", "topics": "db1.shop.orders"}
AIVEN = {"connector.class": "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector", "topics": "t"}
BY_DAY = {
    "partitioner.class": f"{PARTITIONER}DailyPartitioner",
    "locale": "IT_it",
    "timezone": "Europe/Rome",
    "timestamp.extractor": "RecordField",
    "timestamp.field": "generation_time",
}
BY_HOUR = {
    "partitioner.class": f"{PARTITIONER}HourlyPartitioner",
    "partition.duration.ms": "300000",
    "timezone": "UTC",
    "locale": "en",
}
GLUE = {"iceberg.catalog.type": "glue", "iceberg.catalog.warehouse": "s3://lake/w"}
REST = {"topics.regex": "cdc.*", "iceberg.tables.dynamic-enabled": "true", "iceberg.catalog.type": "rest"}
NO_TOPICS = {key: value for key, value in ICEBERG.items() if key != "topics"}
BEFORE_APACHE = {**ICEBERG, "connector.class": "io.tabular.iceberg.connect.IcebergSinkConnector"}
BUILT_IN = ["information_schema", "mysql", "performance_schema", "sys"]


# Facts of configurations that people published, each as small as shows it.
@pytest.mark.parametrize(
    ("config", "path", "value"),
    [
        (source(table__include__list=None, database__include__list="fakeshop"), "source.databases", ["fakeshop"]),
        (source(table__include__list=None), "source.exclude_databases", BUILT_IN),
        (source(table__include__list="shop.*", database__include__list="shop"), "source.databases", ["shop"]),
        (source(table__include__list=r"shop\.(a|b)"), "source.tables_matching", [r"shop\.(a|b)"]),
        (source(table__include__list="shop.a, shop.b"), "source.tables", ["shop.a", "shop.b"]),
        (source(a__key__nobody__knows="x"), "source.properties.a.key.nobody.knows", "x"),
        ({**S3, **BY_DAY}, "sink.partitioning.timestamp_field", "generation_time"),
        ({**S3, **BY_HOUR}, "sink.partitioning", {"by": "hourly", "timestamp": "wallclock", "locale": "en"}),
        ({**S3, **BY_HOUR}, "sink.properties.partition.duration.ms", "300000"),
        ({**S3, "topics": "pub.ecomm.customer.customer.state.v1"}, "topic_prefix", "pub.ecomm.customer.customer"),
        ({**S3, "topics": "energy"}, "sink.properties.topics", "energy"),
        ({**AIVEN, "aws_s3_bucket": "archive", "output_compression": "none"}, "sink.compression", "none"),
        ({**AIVEN, "format.output.type": "parquet"}, "sink.file_name", "{{topic}}-{{partition}}-{{start_offset}}"),
        ({**ICEBERG, **GLUE, "iceberg.tables": "raw.orders"}, "sink.database", "raw"),
        ({**NO_TOPICS, **REST}, "sink.properties.iceberg.catalog.catalog-impl", None),
        ({**BEFORE_APACHE, "iceberg.tables": "shop.orders"}, "sink.properties.transforms", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_people_write(config: dict[str, str], path: str, value: Any) -> None:
    made = imported(config)
    found: Any = document(made)
    steps = path.split(".", 2) if ".properties." in path else path.split(".")
    for step in steps:
        found = found[step]
    assert found == value
    to_yaml(made)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.json": {**DEBEZIUM}, "b.json": {**DEBEZIUM}}, "are both a source"),
        ({"a.json": {"connector.class": "io.debezium.connector.postgresql.PostgresConnector"}}, "cannot have a"),
        ({"a.json": {"connector.class": "x.Sink", "topics": "t"}}, "cannot have a x.Sink"),
        (
            {"a.json": {"connector.class": "io.io.confluent.connect.s3.S3SinkConnector", "topics": "t"}},
            "did you mean io.confluent.connect.s3.S3SinkConnector?",
        ),
        ({"w.json": {"key.converter": "a", "value.converter": "b"}}, "no connector's configuration"),
        ({"a.json": {"a": "b"}}, "no configuration of a connector"),
    ],
)
def test_what_cannot_be_imported(tmp_path: Path, files: dict[str, Any], said: str) -> None:
    for name, config in files.items():
        (tmp_path / name).write_text(json.dumps(config))
    done = run(*(tmp_path / name for name in files), "-o", tmp_path / "p.yaml")
    assert (done.exit_code, said in done.stderr) == (EXIT_INPUT, True), done.stderr
    assert not (tmp_path / "p.yaml").exists()


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    out.write_text("mine")
    assert run(ARTICLE / "source.json", "-o", out).exit_code == EXIT_USAGE
    assert out.read_text() == "mine"
    assert run(ARTICLE / "source.json", "-o", out, "--overwrite").exit_code == EXIT_FINE
    assert read_document(out).data["name"] == "db1"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.json", "--from-msk", "b"],
        ["a.json", "--local"],
        [ARTICLE / "source.json", "--debezium", "9.9"],
        [ARTICLE / "source.json", "--name", "A b"],
    ],
    ids=str,
)
def test_usage(arguments: list[Any]) -> None:
    assert run(*arguments).exit_code == EXIT_USAGE


def test_json_tells_the_same() -> None:
    done = run(ARTICLE / "source.json", ARTICLE / "sink.json", "--json")
    told = json.loads(done.stdout)
    assert told["debezium"] == {"of": "1.9", "to": "1.9", "how": "by its keys, which only 1.9 knows"}
    assert (told["file"], told["region"], told["pipeline"]["sink"]["type"]) == (None, REGION, "confluent-s3")
    assert {"what", "where", "key", "new", "why"} == told["notes"][0].keys()


def test_the_file_goes_to_stdout_and_the_report_to_stderr(tmp_path: Path) -> None:
    done = run(ARTICLE / "source.json")
    path = tmp_path / "p.yaml"
    path.write_text(done.stdout)
    load([path])
    assert "to be filled in:" in done.stderr


def test_two_tables_in_one_are_refused() -> None:
    """Each sink has a table of its own: that is a rule of pipelines, and import does not get around it."""
    iceberg = {
        "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
        "topics": "db1.shop.orders",
        "iceberg.tables": "shop.orders",
        "iceberg.catalog.warehouse": "s3://lake/w",
    }
    with pytest.raises(InputError, match="cannot be one pipeline"):
        imported(DEBEZIUM, iceberg, iceberg)


BROKERS = "schema__history__internal__kafka__bootstrap__servers"


@pytest.mark.parametrize(
    ("changes", "region"),
    [
        ({BROKERS: "b-1.m.abc.c4.kafka.ap-south-1.amazonaws.com:9098,b-2.m.abc.c4.kafka.ap-south-1.amazonaws.com:9098"},
         "ap-south-1"),
        ({BROKERS: "boot-x.kafka-serverless.eu-west-2.amazonaws.com:9098"}, "eu-west-2"),
        ({"database__hostname": "a.cluster-b.cn-north-1.rds.amazonaws.com.cn"}, "cn-north-1"),
        ({"database__hostname": "amazonaws.com"}, REGION),
    ],
)  # fmt: skip
def test_the_region_of_a_source_alone_is_that_of_its_brokers_or_its_database(
    changes: dict[str, str], region: str
) -> None:
    assert imported(source(**changes)).region == region
    assert imported(
        source(**changes, value__converter=GLUE_CONVERTER, value__converter__region="us-west-2")
    ).region == ("us-west-2")


def test_a_mechanism_that_the_file_has_no_word_for_holds_for_every_client() -> None:
    client = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": 'PlainLoginModule required username="${secretsmanager:k:u}" '
        'password="${secretsmanager:k:p}";',
    }
    sides = ("schema.history.internal.producer.", "schema.history.internal.consumer.")
    made = imported({**DEBEZIUM, **{side + key: value for side in sides for key, value in client.items()}})
    assert document(made)["kafka"]["properties"] == client
    now = rendered(made)
    for config, prefixes in ((now.source, sides), (now.sink, ("iceberg.kafka.",))):
        assert {key: config[side + key] for side in prefixes for key in client} == client
    assert not [key for key in document(made)["source"].get("properties", {}) if "sasl" in key or "security" in key]


def test_what_tells_where_credentials_come_from_is_no_secret() -> None:
    sink = {**S3, "value.converter": "io.confluent.connect.avro.AvroConverter"}
    sink |= {
        "value.converter.basic.auth.credentials.source": "USER_INFO",
        "value.converter.basic.auth.user.info": "a:b",
    }
    made = rendered(imported(sink)).sink
    assert made["value.converter.basic.auth.credentials.source"] == "USER_INFO"
    assert made["value.converter.basic.auth.user.info"].startswith("${secretsmanager:fill-in:")
