"""Which key of a pipeline file causes a rendered property."""

from __future__ import annotations

import re

from cdcctl.documents import Steps
from cdcctl.lint.renames import rename_of

_HISTORY = r"schema\.history\.internal\."
# Pattern of a source's property → path in the file.
_SOURCE: dict[str, str] = {
    r"topic\.prefix": "topic_prefix",
    r"database\.hostname": "source.host",
    r"database\.port": "source.port",
    r"database\.(user|password)": "source.credentials",
    r"database\.server\.id": "source.server_id",
    r"database\.ssl\.mode": "source.ssl_mode",
    r"(table|database)\.include\.list": "source.tables",
    r"table\.exclude\.list": "source.exclude_tables",
    r"database\.exclude\.list": "source.exclude_databases",
    r"column\..*": "source.columns",
    r"message\.key\.columns": "source.keys",
    r"snapshot\.mode": "source.snapshot_mode",
    r"snapshot\.locking\.mode": "source.snapshot_locking",
    r"signal\.data\.collection": "source.signal_table",
    r"signal\..*": "source.signal_topic",
    r"heartbeat\.interval\.ms": "source.heartbeat.interval_ms",
    r"(topic\.)?heartbeat\..*": "source.heartbeat",
    rf"{_HISTORY}skip\.unparseable\.ddl": "source.schema_history.skip_unparseable",
    rf"{_HISTORY}store\.only\.captured\.tables\.ddl": "source.schema_history.only_captured_tables",
    rf"{_HISTORY}store\.only\.captured\.databases\.ddl": "source.schema_history.only_captured_databases",
    rf"{_HISTORY}kafka\.topic": "source.schema_history.topic",
    rf"{_HISTORY}kafka\.bootstrap\.servers": "kafka.bootstrap_servers",
    rf"{_HISTORY}(producer|consumer)\..*": "kafka.authentication",
    r"decimal\.handling\.mode": "source.types.decimal",
    r"time\.precision\.mode": "source.types.time",
    r"bigint\.unsigned\.handling\.mode": "source.types.bigint_unsigned",
    r"binary\.handling\.mode": "source.types.binary",
    r"transforms\.unwrap\.add\.fields": "source.events.add_fields",
    r"transforms\.unwrap\.add\.headers": "source.events.add_headers",
    r"transforms\.unwrap\.(delete\..*|drop\.tombstones)": "source.events.deletes",
    r"tombstones\.on\.delete": "source.events.tombstones",
    r"transforms(\..*)?": "source.events.shape",
    r"topic\.creation\.default\.partitions": "source.topics.partitions",
    r"topic\.creation\.default\.replication\.factor": "source.topics.replication",
    r"topic\.creation\.default\.retention\.ms": "source.topics.retention_ms",
    r"topic\.creation\.default\.cleanup\.policy": "source.topics.cleanup",
    r"topic\.creation\..*": "source.topics",
    r"capacity": "source.capacity",
}
# The same of every sink; what begins with a dot is below the sink.
_SINK: dict[str, str] = {
    r"tasks\.max": ".tasks",
    r"topics(\.regex)?|iceberg\.tables": ".tables",
    r"consumer\.override\.auto\.offset\.reset": ".start",
    r"errors\.deadletterqueue\.context\.headers\.enable": ".dead_letters.headers",
    r"errors\.(deadletterqueue\..*|tolerance)": ".dead_letters",
    r"iceberg\.control\.commit\.interval-ms": ".commit_interval_ms",
    r"iceberg\.control\.commit\.timeout-ms": ".commit_timeout_ms",
    r"iceberg\.tables\.auto-create-enabled": ".create_tables",
    r"iceberg\.tables\.evolve-schema-enabled": ".evolve_schema",
    r"iceberg\.catalog\.warehouse": ".warehouse",
    r"iceberg\.kafka\.bootstrap\.servers": "kafka.bootstrap_servers",
    r"iceberg\.kafka\..*": "kafka.authentication",
    r"flush\.size": ".rotation.records",
    r"rotate\.interval\.ms": ".rotation.interval_ms",
    r"rotate\.schedule\.interval\.ms": ".rotation.schedule_ms",
    r"timezone": ".timezone",
    r"timestamp\.extractor": ".partitioning.timestamp",
    r"timestamp\.field": ".partitioning.timestamp_field",
    r"partitioner\.class|partition\..*|path\.format|locale": ".partitioning",
    r"behavior\.on\.null\.values|store\.kafka\.keys": ".null_values",
    r"format\.(class|output\.type)": ".format",
    r"format\.output\.fields": ".fields",
    r"format\.output\.envelope": ".envelope",
    r"parquet\.codec|file\.compression\.type": ".compression",
    r"file\.name\.template": ".file_name",
    r"file\.max\.records": ".max_records",
    r"capacity": ".capacity",
}
_CONVERTER: dict[str, str] = {
    r"key\.converter\.registry\.name": "registries.keys",
    r"value\.converter\.registry\.name": "registries.values",
    r"(key|value)\.converter\.compatibility": "registries.compatibility",
    r"(key|value)\.converter\.schemaAutoRegistrationEnabled": "registries.auto_register",
    r"(key|value)\.converter\.schemaName": "registries.schema_name",
    r"(key|value)\.converter\.schemaNameGenerationClass": "registries.naming_class",
    r"(key|value)\.converter\.assumeRoleArn": "registries.role_arn",
    r"(key|value)\.converter\.region": "registries.region",
    r"(key|value)\.converter(\..*)?": "registries",
    r"logDelivery": "connect.logs",
}
_WORKER: dict[str, str] = {r"offset\.storage\.topic": "worker.offset_topic"}


def of_source(key: str) -> Steps | None:
    """The path in the file that causes a property of the source; None where no key of the model does."""
    renamed = rename_of(key)
    return _look_up({**_SOURCE, **_CONVERTER}, (renamed[1] if renamed else None) or key, ())


def of_sink(key: str, sink: Steps) -> Steps | None:
    """The same of a property of a sink, ``sink`` being its own path."""
    return _look_up({**_SINK, **_CONVERTER}, key, sink)


def of_worker(key: str) -> Steps | None:
    """The same of a property of the worker."""
    return _look_up(_WORKER, key, ())


def all_paths() -> dict[str, list[str]]:
    """Every path named here, by what it is below: the pipeline or a sink."""
    every = [*_SOURCE.values(), *_SINK.values(), *_CONVERTER.values(), *_WORKER.values()]
    return {
        "pipeline": [path for path in every if not path.startswith(".")],
        "sink": [path.removeprefix(".") for path in every if path.startswith(".")],
    }


def _look_up(table: dict[str, str], key: str, sink: Steps) -> Steps | None:
    for pattern, path in table.items():
        if re.fullmatch(pattern, key):
            return (*sink, *path[1:].split(".")) if path.startswith(".") else tuple(path.split("."))
    return None
