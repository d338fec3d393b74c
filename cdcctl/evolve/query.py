"""What queries make of a table whose Parquet files have two schemas.

Over an Iceberg table nothing stops: readers go by the table's schema, and files with narrower types are read as wider.
Files of the S3 sinks lie side by side under one prefix. DuckDB's answers were observed (2.0, read_parquet over two
files, with and without union_by_name); Athena's follow its guide, "Handle schema updates" and HIVE_BAD_DATA.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cdcctl.evolve.fields import Field, fields
from cdcctl.evolve.report import Effect
from cdcctl.evolve.rules import Finding, finding
from cdcctl.evolve.settings import Settings

# From narrow to wide, as both engines widen.
_NUMBERS = ("boolean", "int", "long", "float", "double")
_PLAIN_FILES = frozenset({"confluent-s3", "aiven-s3"})
_NESTED = frozenset({"record", "array", "map"})
_WIDENED_BY_ATHENA = {("int", "long"), ("float", "double")}


def with_queries(effect: Effect, settings: Settings) -> Effect:
    """The effect with what becomes of queries over old and new files."""
    if not effect.value.is_new or effect.value.before is None:
        return effect
    old, new = fields(effect.value.before), fields(effect.value.after)
    both = {name: (old[name], each) for name, each in new.items() if name in old and old[name].tree != each.tree}
    athena = {name: verdict for name, pair in both.items() if (verdict := _athena(*pair))}
    duckdb = {name: verdict for name, pair in both.items() if (verdict := _duckdb(*pair))}
    query = {
        "iceberg": {"stops": False, "null_in_old_rows": [name for name in new if name not in old]},
        "athena": {"stops": "stops" in athena.values(), "columns": athena},
        "duckdb": {
            "stops": "stops" in duckdb.values(),
            "columns": duckdb,
            "needs_union_by_name": list(old) != list(new) or bool(duckdb),
        },
    }
    found = _findings(both, athena) if _PLAIN_FILES & set(settings.sinks) else ()
    return replace(effect, query=query, findings=(*effect.findings, *found))


def _physical(field: Field) -> str:
    """The Parquet type as it matters to a reader."""
    if field.logical == "decimal":
        return f"decimal({field.type.get('precision')},{field.type.get('scale')})"
    return field.logical or field.primitive


def _athena(old: Field, new: Field) -> str | None:
    """``stops``: no type of the column reads both; ``widen first``: the column must be changed; None: both are read."""
    before, after = _physical(old), _physical(new)
    if before == after or {before, after} == {"string", "bytes"}:
        return None
    if (before, after) in _WIDENED_BY_ATHENA:
        return "widen first"
    if (after, before) in _WIDENED_BY_ATHENA:
        return None
    if before.startswith("decimal") and after.startswith("decimal"):
        return "widen first"
    return "stops"


def _duckdb(old: Field, new: Field) -> str | None:
    """``stops``; ``as text``; ``wider with union_by_name``; None."""
    before, after = _physical(old), _physical(new)
    kinds = {before.partition("(")[0], after.partition("(")[0]}
    if before == after:
        return None
    if kinds <= {*_NUMBERS, "decimal"}:
        return "wider with union_by_name"
    if kinds <= {"date", "timestamp-millis"}:
        return "wider with union_by_name"
    if kinds == {"string", "bytes"}:
        return "as bytes"
    if "string" in kinds and not kinds & {*_NESTED, "bytes"}:
        return "as text with union_by_name"
    return "stops"


def _findings(both: Mapping[str, tuple[Field, Field]], athena: Mapping[str, Any]) -> Iterator[Finding]:
    for name, verdict in athena.items():
        types = " and ".join(_physical(each) for each in both[name])
        if verdict == "stops":
            yield finding("query-stops", f"{name}: files with {types} under one prefix", name)
        else:
            yield finding("query-needs-ddl", f"{name}: files with {types}; the Glue table's column comes first", name)
