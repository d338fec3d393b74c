"""What the tests of ``cdcctl import`` share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from cdcctl.cli.app import app
from cdcctl.connector_files import ConnectorFile
from cdcctl.importing.command import Imported, Wishes, import_all
from cdcctl.importing.given import given
from cdcctl.render.configurations import Configurations, render

ARTICLE = Path(__file__).parent / "lint_inputs" / "article"
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
    """What import makes of configurations."""
    return import_all([given(ConnectorFile(f"{n}.json", each)) for n, each in enumerate(configs)], Wishes(**wishes))


def rendered(made: Imported) -> Configurations:
    """What the imported pipeline gives again."""
    return render(made.pipeline, made.region)


def source(**changes: str | None) -> dict[str, str]:
    """A source with other properties; two underscores stand for a dot, None takes one away."""
    changed = {**DEBEZIUM, **{key.replace("__", "."): value for key, value in changes.items()}}
    return {key: value for key, value in changed.items() if value is not None}


def notes(made: Imported, what: str) -> dict[str, str | None]:
    """What was told of one kind: new keys by the old ones."""
    return {note.key: note.new for note in made.notes if note.what == what}


def run(*arguments: Any) -> Result:
    """The command itself."""
    return CliRunner().invoke(app, ["import", *map(str, arguments)])
