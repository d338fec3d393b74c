"""Classes made ready in a thread of their own, while the first connector is made: the parser's tables take longest.

Nothing depends on it; what fails here fails again where it is asked for.
"""

from __future__ import annotations

import contextlib
import threading

import jpype

from cdcctl.schema.child.java import java_class
from cdcctl.schema.child.task import MYSQL, RELATIONAL

_STATEMENTS = (
    "CREATE TABLE t (a INT NOT NULL DEFAULT 1, b VARCHAR(9), PRIMARY KEY (a))",
    "ALTER TABLE t ADD COLUMN c DATETIME(3) NULL DEFAULT NULL",
)
_CLASSES = (
    "com.amazonaws.services.schemaregistry.kafkaconnect.avrodata.AvroData",
    "org.apache.avro.SchemaCompatibility",
    "org.apache.iceberg.connect.IcebergSinkConfig",
    "org.apache.iceberg.connect.data.RecordConverter",
    "org.apache.iceberg.TableMetadata",
)


def begin() -> None:
    """Begin, and go on beside what else is done."""
    threading.Thread(target=_warm_up, daemon=True).start()


def _warm_up() -> None:
    with contextlib.suppress(jpype.JException, TypeError):
        parser = java_class(f"{MYSQL}.antlr.MySqlAntlrDdlParser")()
        parser.setCurrentSchema("d")
        tables = java_class(f"{RELATIONAL}.Tables")()
        for sql in _STATEMENTS:
            parser.parse(sql, tables)
        for name in _CLASSES:
            java_class("java.lang.Class").forName(name)
