"""Two versions or settings of the connector, side by side."""

from __future__ import annotations

from cdcctl.evolve import text
from cdcctl.evolve.compare import Comparison, Variant, compare
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.report import Report
from cdcctl.evolve.rules import BY_SLUG
from cdcctl.evolve.settings import settings
from cdcctl.evolve.tables import Tables
from cdcctl.schema.classpath import Jars, word_of

TABLES = (
    "CREATE TABLE same (id INT PRIMARY KEY)",
    "CREATE TABLE vectors (id INT PRIMARY KEY, v VECTOR(3))",
    "CREATE TABLE times (id INT PRIMARY KEY, at DATETIME(6), short DATETIME(3), day DATE)",
    "CREATE TABLE hexadecimal (id INT PRIMARY KEY, h VARCHAR(9) DEFAULT 0x616263)",
)


def compared(before: Variant, after: Variant) -> Report:
    tables = Tables(tuple(Migration(sql, "d", "tables.sql", 1) for sql in TABLES))
    return compare(Comparison(before, after, tables))


def test_what_another_version_reads_in_another_way_or_for_the_first_time() -> None:
    present = settings([], database="d")
    older = Variant(present, Jars(word_of("debezium-mysql", "2.7")))
    report = compared(older, Variant(present, Jars(word_of("debezium-mysql", "3.6"))))
    effects = {effect.table: effect for effect in report.effects}
    assert {table: effect.outcome for table, effect in effects.items()} == {
        "d.same": "unchanged",
        "d.times": "unchanged",
        "d.hexadecimal": "new-version",
        "d.vectors": "new-schema",
    }
    (changed,) = effects["d.hexadecimal"].value.changes
    assert (changed.field, changed.before, changed.after) == (
        "h",
        "nullable string, default null",
        'nullable string, default "61626"',
    )
    assert "the first cannot read the table" in effects["d.vectors"].migration.sql
    assert "2 tables whose schemas stay as they are" in list(text.lines(report))


def test_another_setting_that_changes_what_a_number_means_is_told() -> None:
    present = settings([], database="d")
    connect = present.with_source({"time.precision.mode": "connect"})
    report = compared(Variant(present, Jars()), Variant(connect, Jars()))
    (times,) = (effect for effect in report.effects if effect.table == "d.times")
    assert times.compatible["FULL_ALL"]
    # Of the others, DATETIME(3) and DATE, the number stays the same.
    silent = {BY_SLUG[slug].code for slug in ("unit-changes", "days-become-instants", "meaning-changes")}
    told = [(each.code, each.message) for each in times.findings if each.code in silent]
    assert told == [("EVO020", "at: microseconds become milliseconds")]
