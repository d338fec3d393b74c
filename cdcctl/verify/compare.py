"""MySQL's rows against the rows that Parquet amounts to, column by column and value by value.

Whole columns are compared at once by Arrow; only the places where they differ are looked at one by one, to name the
difference (:mod:`cdcctl.verify.changes`). So 300,000 equal rows of 20 columns take seconds, and a table of differences
no longer than it has to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from cdcctl.verify import changes
from cdcctl.verify.absent import Absence, FirstValues
from cdcctl.verify.align import Alignment, align
from cdcctl.verify.columns import Unequal, differing
from cdcctl.verify.defaults import explicit_default, is_damaged_default
from cdcctl.verify.findings import NAMES_APART, Example, Finding, code_of
from cdcctl.verify.fold import METADATA, Fold, fold
from cdcctl.verify.results import Difference, TableResult
from cdcctl.verify.table import Column, Row, TableDefinition
from cdcctl.verify.values import Handling

SAMPLES = 5


def compare(
    definition: TableDefinition,
    rows: Iterable[Row],
    table: pa.Table,
    handling: Handling | None = None,
    first: FirstValues | None = None,
) -> TableResult:
    """Fold a Parquet table and compare it with MySQL.

    :param rows: MySQL's rows (:func:`cdcctl.verify.table.read_rows`).
    :param table: all rows of the Parquet table, as the sink appended them.
    :param handling: the connector's options; default: Debezium's.
    :param first: where each column's first value stands, when ``table`` is only a part of the table.
    """
    handling = handling or Handling()
    folded = fold(table, definition.key)
    alignment = align(definition, list(rows), folded, handling)
    findings = [*_way(definition, folded), *_whole_rows(alignment, folded)]
    for column in definition.columns:
        findings += _column(column, alignment, folded, first)
    findings += _kept(alignment, {name for each in findings for name in each.old_names})
    return TableResult(
        table=definition.full_name,
        mysql_rows=alignment.mysql_rows,
        parquet_rows=alignment.parquet_rows,
        events=folded.events.num_rows,
        mismatches=sum(finding.rows for finding in findings if finding.rule.severity != "note"),
        findings=tuple(sorted(findings, key=lambda finding: (finding.code, finding.column or ""))),
        differences=tuple(_differences(findings)),
    )


def _way(definition: TableDefinition, folded: Fold) -> list[Finding]:
    """What the events say about their way here."""
    counts = {
        "offset-doubled": folded.doubled,
        "event-replayed": folded.replayed,
        "key-in-partitions": folded.in_partitions,
    }
    return [Finding(code_of(slug), definition.full_name, rows=count) for slug, count in counts.items() if count]


def _whole_rows(alignment: Alignment, folded: Fold) -> list[Finding]:
    table = alignment.definition.full_name
    missing = tuple(Example(alignment.label(row), mysql="row") for row in alignment.missing[:SAMPLES])
    extra, doubled = (
        tuple(Example(alignment.parquet_label(index), parquet="row") for index in indexes[:SAMPLES])
        for indexes in (alignment.extra, alignment.doubled)
    )
    counts = {
        "row-missing": (len(alignment.missing) + alignment.uncovered, missing),
        "row-extra": (len(alignment.extra), extra),
        "row-doubled": (len(alignment.doubled), doubled),
        "updates-without-key": (folded.updates, ()),
    }
    return [
        Finding(code_of(slug), table, rows=rows, examples=examples) for slug, (rows, examples) in counts.items() if rows
    ]


def _column(column: Column, alignment: Alignment, folded: Fold, first: FirstValues | None) -> list[Finding]:
    """Compare one column of the paired rows, and gather its differences by their name."""
    place = alignment.definition.names.index(column.name)
    mysql = [row[place] for row in alignment.paired]
    unequal = differing(column, mysql, alignment.column(column.name), alignment.handling)
    if not unequal:
        return []
    absence = Absence(column, alignment, folded, mysql, first)
    named: dict[str, list[Unequal]] = {}
    for each in unequal:
        slug = _name(column, alignment, absence, mysql[each[0]], each)
        if slug:
            named.setdefault(slug, []).append(each)
    return [
        Finding(
            code_of(slug),
            alignment.definition.full_name,
            column.name,
            len(places),
            NAMES_APART.join(absence.old_names) if slug == "column-split" else None,
            tuple(
                Example(alignment.label(alignment.paired[at]), shown(mysql[at]), shown(actual))
                for at, _, actual in places[:SAMPLES]
            ),
        )
        for slug, places in named.items()
    ]


def _name(column: Column, alignment: Alignment, absence: Absence, mysql: Any, unequal: Unequal) -> str | None:
    at, expected, actual = unequal
    if actual is None:
        return absence.reason(at, expected)
    if mysql is None:
        return _of_null(column, alignment, actual)
    found = changes.change(column, mysql, expected, actual)
    if found == changes.DIFFERENT and changes.is_zero_date(column, mysql):
        # NULL to Debezium, and answered as any other.
        return "zero-date" if _of_null(column, alignment, actual) == "null-became-default" else found
    return found


def _of_null(column: Column, alignment: Alignment, actual: Any) -> str:
    """What made a value of a NULL: the DEFAULT that the column has, or had when the event was written."""
    if not column.nullable:
        return changes.DIFFERENT
    if _is_default(column, alignment, actual):
        return "null-became-default"
    if is_damaged_default(column, actual):
        return "default-damaged"
    return "null-became-default" if actual in column.registered_defaults else changes.DIFFERENT


def _is_default(column: Column, alignment: Alignment, actual: Any) -> bool:
    """Whether a value is what Debezium takes for the column's DEFAULT."""
    default = explicit_default(column)
    if default is None:
        # DEFAULT CURRENT_TIMESTAMP of a DATETIME is the epoch to Debezium (BinlogDefaultValueConverter).
        return column.data_type == "datetime" and column.computed and actual in (0, "1970-01-01T00:00:00Z")
    expected = alignment.encoder(column)(default)
    return bool(expected == actual) or changes.change(column, default, expected, actual) is None


def _kept(alignment: Alignment, split: set[str]) -> list[Finding]:
    """Columns of Parquet that MySQL no longer has, unless a renamed column explains them."""
    table = alignment.definition
    rows = alignment.rows
    return [
        Finding(code_of("column-kept"), table.full_name, name, rows.num_rows - rows[name].null_count)
        for name in rows.column_names
        if name not in {*METADATA, *table.names, *split}
    ]


def _differences(findings: Iterable[Finding]) -> Iterable[Difference]:
    for finding in findings:
        if finding.rule.severity != "note":
            for example in finding.examples:
                yield Difference(finding.code, example.key, finding.column, example.mysql, example.parquet)


def shown(value: Any, limit: int = 120) -> str | None:
    """A value as text for a person; a long one ends in an ellipsis."""
    if value is None:
        return None
    text = f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
