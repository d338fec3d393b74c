"""Which key of a pipeline file causes a rendered property."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cdcctl.documents import Steps
from cdcctl.lint.renames import rename_of
from cdcctl.render import aiven_s3, confluent_s3, converter, iceberg, sink, source
from cdcctl.render.settings import Setting


def _paths(table: Iterable[Setting], place: str) -> dict[str, str]:
    """Pattern of a property → path, of what a table of settings says."""
    return {re.escape(each.key): f"{place}.{each.path}" for each in table}


_HISTORY = r"schema\.history\.internal\."
# Pattern of a source's property → path in the file; what comes first counts.
_SOURCE: dict[str, str] = {
    **_paths(source.SETTINGS, "source"),
    r"topic\.prefix": "topic_prefix",
    r"database\.(user|password)": "source.credentials",
    r"(table|database)\.include\.list": "source.tables",
    r"table\.exclude\.list": "source.exclude_tables",
    r"database\.exclude\.list": "source.exclude_databases",
    r"column\..*": "source.columns",
    r"message\.key\.columns": "source.keys",
    r"signal\.data\.collection": "source.signal_table",
    r"signal\..*": "source.signal_topic",
    r"(topic\.)?heartbeat\..*": "source.heartbeat",
    rf"{_HISTORY}kafka\.topic": "source.schema_history.topic",
    rf"{_HISTORY}kafka\.bootstrap\.servers": "kafka.bootstrap_servers",
    rf"{_HISTORY}(producer|consumer)\..*": "kafka.authentication",
    r"transforms\.unwrap\.(delete\..*|drop\.tombstones)": "source.events.deletes",
    r"transforms(\..*)?": "source.events.shape",
    r"topic\.creation\..*": "source.topics",
    r"capacity": "source.capacity",
}
# The same of every sink; what begins with a dot is below the sink.
_SINK: dict[str, str] = {
    **{
        pattern: path
        for module in (sink, iceberg, confluent_s3, aiven_s3)
        for pattern, path in _paths(module.SETTINGS, "").items()
    },
    r"topics(\.regex)?|iceberg\.tables": ".tables",
    r"errors\.(deadletterqueue\..*|tolerance)": ".dead_letters",
    r"iceberg\.kafka\.bootstrap\.servers": "kafka.bootstrap_servers",
    r"iceberg\.kafka\..*": "kafka.authentication",
    r"partition\..*": ".partitioning",
    r"store\.kafka\.keys": ".null_values",
    r"(parquet|avro)\.codec|s3\.compression\.type|file\.compression\.type": ".compression",
    r"file\.name\.template": ".file_name",
    r"capacity": ".capacity",
}
_CONVERTER: dict[str, str] = {
    r"key\.converter\.registry\.name": "registries.keys",
    r"value\.converter\.registry\.name": "registries.values",
    **{rf"(key|value)\.converter\.{key}": path for key, path in _paths(converter.SETTINGS, "registries").items()},
    r"(key|value)\.converter\.region": "registries.region",
    r"(key|value)\.converter(\..*)?": "registries",
    r"logDelivery": "connect.logs",
}
_WORKER: dict[str, str] = {r"offset\.storage\.topic": "worker.offset_topic"}


def of_source(key: str) -> Steps | None:
    """The path in the file that causes a property of the source; None where no key of the model does."""
    renamed = rename_of(key)
    return _look_up({**_SOURCE, **_CONVERTER}, (renamed[1] if renamed else None) or key, ())


def of_sink(key: str, place: Steps) -> Steps | None:
    """The same of a property of a sink, ``place`` being its own path."""
    return _look_up({**_SINK, **_CONVERTER}, key, place)


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


def _look_up(table: dict[str, str], key: str, place: Steps) -> Steps | None:
    for pattern, path in table.items():
        if re.fullmatch(pattern, key):
            return (*place, *path[1:].split(".")) if path.startswith(".") else tuple(path.split("."))
    return None
