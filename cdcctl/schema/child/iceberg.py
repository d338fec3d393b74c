"""The Iceberg sink without a warehouse: its own classes, on a table that is kept in memory.

What IcebergWriter.convertToRow does with each record: convert it field by field, collect what the table lacks, change
the table, convert again. Here the fields are converted one at a time, so that one that fails does not hide the others.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jpype

from cdcctl.schema.child.chain import Converter
from cdcctl.schema.child.java import call, constructor, described, java_class, java_map, member
from cdcctl.schema.child.samples import samples

_DATA = "org.apache.iceberg.connect.data"
_UPDATES = {"added": "addColumns", "widened": "updateTypes", "relaxed": "makeOptionals"}


class IcebergSink:
    """One sink connector's way with one table.

    :param config: the sink connector's configuration.
    """

    def __init__(self, config: Mapping[str, str]) -> None:
        settings = {key: value for key, value in config.items() if key.startswith("iceberg.")}
        # The catalog is never asked, the topics never read; both must be named.
        self._config = java_class("org.apache.iceberg.connect.IcebergSinkConfig")(
            java_map({**settings, "name": "prediction", "topics": "t", "iceberg.catalog.catalog-impl": "none"})
        )
        self._converter = Converter(config, "value")

    def write(self, definitions: Sequence[str], asked: int = 0) -> list[dict[str, Any] | None]:
        """Write a record of each schema version in turn to a new table.

        :param asked: the first version whose outcome is asked for; those before are written only.
        :returns: for each version ``columns`` (name → Iceberg type, with ``required`` or ``optional``), ``added``,
            ``widened``, ``relaxed``, ``error`` when the table could not be changed, ``missing`` (columns
            that the table requires and the record lacks), and ``values``: field that is not
            as in the version before → list of ``{"sent", "stored", "error"}``.
        """
        steps: list[dict[str, Any] | None] = []
        table: Any = None
        before: dict[str, Any] = {}
        for number, definition in enumerate(definitions):
            schema = self._schema(definition, needed=number >= asked)
            if schema is None:
                steps.append(None)
                continue
            written = {each["name"]: each for each in json.loads(definition)["fields"]}
            names = [name for name, each in written.items() if before.get(name) != each]
            before = written
            if table is None:
                table = self._created(schema)
                step: dict[str, Any] = {**{kind: [] for kind in _UPDATES}, "error": None}
            else:
                step = self._evolved(table, [schema.field(name) for name in names])
            if number < asked:
                steps.append(None)
                continue
            changed = [schema.field(name) for name in names]
            columns = _columns(table)
            missing = [name for name, kind in columns.items() if kind.startswith("required") and name not in written]
            steps.append({**step, "missing": missing, "columns": columns, "values": self._values(table, changed)})
        return steps

    def _schema(self, definition: str, *, needed: bool) -> Any:
        """A version as the sink gets it; None for one that nobody has asked for and of which no row can have come."""
        try:
            schema = self._converter.connect_schema(definition)
        except jpype.JException:
            if needed:
                raise
            return None
        return schema if needed or str(schema.type()) == "STRUCT" else None

    def _created(self, schema: Any) -> Any:
        """The table that the sink makes for a first record of this schema (IcebergWriterFactory.autoCreateTable)."""
        generate = member(java_class(f"{_DATA}.SchemaUtils"), "toIcebergType", 2)
        columns = generate.invoke(None, [schema, self._config]).asStructType().asSchema()
        return java_class("org.apache.iceberg.BaseTable")(_kept(columns), "t")

    def _evolved(self, table: Any, fields: Sequence[Any]) -> dict[str, Any]:
        updates = constructor(java_class(f"{_DATA}.SchemaUpdate$Consumer")).newInstance([])
        converter = self._record_converter(table)
        convert = member(java_class(f"{_DATA}.RecordConverter"), "convert", 2)
        for record in _single_fields(fields):
            # What fails here fails for its value and is told of with the values.
            with contextlib.suppress(jpype.JException):
                convert.invoke(converter, [record, updates])
        changes = {
            kind: [str(call(each, "name")) for each in call(updates, method)] for kind, method in _UPDATES.items()
        }
        error = None
        try:
            member(java_class(f"{_DATA}.SchemaUtils"), "applySchemaUpdates", 2).invoke(None, [table, updates])
        except jpype.JException as failure:
            error = described(failure)
        return {**changes, "error": error}

    def _record_converter(self, table: Any) -> Any:
        return constructor(java_class(f"{_DATA}.RecordConverter")).newInstance([table, self._config])

    def _values(self, table: Any, fields: Sequence[Any]) -> dict[str, Any]:
        converter = self._record_converter(table)
        convert = member(java_class(f"{_DATA}.RecordConverter"), "convertValue", 4)
        found: dict[str, Any] = {}
        for field in fields:
            column = table.schema().asStruct().field(str(field.name()))
            if column is None:
                continue
            found[str(field.name())] = [
                _converted(convert, converter, column, value) for value in samples(field.schema())
            ]
        return found


def _kept(columns: Any) -> Any:
    """The operations of a new table whose metadata stay in memory: a catalog would write and read them as JSON."""
    spec = java_class("org.apache.iceberg.PartitionSpec").unpartitioned()
    made = java_class("org.apache.iceberg.TableMetadata").newTableMetadata(columns, spec, "memory:t", java_map({}))
    kept = [made]
    operations = {
        "current": lambda: kept[-1],
        "refresh": lambda: kept[-1],
        "commit": lambda _base, changed: kept.append(changed),
    }
    return jpype.JProxy("org.apache.iceberg.TableOperations", dict=operations)


def _single_fields(fields: Sequence[Any]) -> Iterator[Any]:
    """For each field a record that has no other, without a value: what the table lacks is seen from the schema."""
    builder = java_class("org.apache.kafka.connect.data.SchemaBuilder")
    for field in fields:
        alone = builder.struct().field(field.name(), field.schema()).build()
        yield java_class("org.apache.kafka.connect.data.Struct")(alone)


def _columns(table: Any) -> dict[str, str]:
    """Column → ``required`` or ``optional``, and its type; all of it in one call but for nested types."""
    schema = table.schema()
    told = json.loads(str(java_class("org.apache.iceberg.SchemaParser").toJson(schema)))
    return {
        each["name"]: f"{'required' if each['required'] else 'optional'} "
        + (each["type"] if isinstance(each["type"], str) else str(schema.asStruct().field(each["name"]).type()))
        for each in told["fields"]
    }


def _converted(convert: Any, converter: Any, column: Any, value: Any) -> dict[str, Any]:
    outcome: dict[str, Any] = {"sent": _text(value), "stored": None, "error": None}
    try:
        stored = convert.invoke(converter, [value, column.type(), column.fieldId(), None])
        outcome["stored"] = _text(stored)
    except jpype.JException as error:
        outcome["error"] = described(error)
    return outcome


def _text(value: Any) -> str:
    """A value as text; equal numbers give equal texts whatever their types, and so do equal structures."""
    if value is None:
        return "null"
    if isinstance(value, java_class("java.lang.Number")):
        decimal = java_class("java.math.BigDecimal")(str(value)).stripTrailingZeros()
        return str(decimal.toPlainString())
    if isinstance(value, java_class("java.nio.ByteBuffer")):
        return bytes(value.array()).hex() if value.hasArray() else str(value)
    if isinstance(value, jpype.JArray):
        return bytes(byte & 0xFF for byte in value).hex()
    return _structure(value) or str(value)


def _structure(value: Any) -> str | None:
    """The fields of a structure that have a value; None: it is none."""
    if isinstance(value, java_class("org.apache.kafka.connect.data.Struct")):
        found = {str(each.name()): value.getWithoutDefault(each.name()) for each in value.schema().fields()}
    elif isinstance(value, java_class("org.apache.iceberg.data.Record")):
        found = {str(each.name()): value.getField(each.name()) for each in value.struct().fields()}
    else:
        return None
    return f"{{{', '.join(f'{name}: {_text(each)}' for name, each in found.items() if each is not None)}}}"
