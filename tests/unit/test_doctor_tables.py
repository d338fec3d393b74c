"""``cdcctl doctor``: what is said of tables, and which are captured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doctor_pipeline import DOCUMENT, pipeline

from cdcctl.doctor import table_checks
from cdcctl.doctor.findings import Finding, Status
from cdcctl.doctor.tables import Column, Table, Unique, captured
from cdcctl.documents import Document
from cdcctl.pipeline import Pipeline, parse

PRIMARY = Unique("PRIMARY", ("id",))
ORDERS = Table("shop.orders", "InnoDB", (PRIMARY,), (Column("id", "int", "int"), Column("n", "bigint", "bigint")))
SIGNALS = {"shop.cdcctl_signal": "InnoDB"}


def of_tables(check: str, *tables: Table, existing: dict[str, str] | None = None, **more: Any) -> list[Finding]:
    known = {**SIGNALS, **{each.name: each.engine for each in tables}} if existing is None else existing
    return table_checks.CHECKS[check](pipeline(**more), table_checks.Tables(known, tables))


def test_tables_as_they_should_be():
    found = [each for check in table_checks.CHECKS for each in of_tables(check, ORDERS)]
    assert {each.status for each in found} == {Status.OK}


def test_tables_that_are_not_there():
    (missing,) = of_tables("tables", existing={"shop.Orders": "InnoDB"})
    assert (missing.status, missing.cure) == (Status.FAIL, "write it as shop.Orders")
    (signals,) = of_tables("signal table", existing={})
    assert signals.status is Status.WARN
    assert signals.cure.startswith("CREATE TABLE shop.cdcctl_signal (id")
    facts = table_checks.Tables({}, [])
    (none,) = table_checks.existence(by_pattern("shop[.]x.*"), facts)
    assert (none.status, none.text) == (Status.FAIL, "no table is captured")


def by_pattern(*patterns: str, **source: Any) -> Pipeline:
    """Files instead of Iceberg, which wants its tables spelled out."""
    chosen = {**DOCUMENT["source"], "tables": [], "tables_matching": list(patterns), **source}
    return parse([Document("p", {**DOCUMENT, "source": chosen, "sink": {"type": "aiven-s3", "bucket": "lake"}})])


def test_which_tables_are_captured():
    existing = ["a.x", "a.y", "a.cdcctl_signal", "b.x", "c.x1", "c.x2"]
    assert captured(pipeline(source={"tables": ["a.x", "z.z"]}).source, existing) == ["a.x"]
    assert captured(by_pattern("c[.]x.", databases=["a"], exclude_tables=["c.x2"]).source, existing) == [
        "a.x",
        "a.y",
        "c.x1",
    ]
    every = by_pattern(exclude_databases=["c"], signal_table="a.cdcctl_signal").source
    assert captured(every, existing) == ["a.x", "a.y", "b.x"]


def test_keys():
    bare = replace(ORDERS, uniques=())
    (found,) = of_tables("keys", bare)
    assert found.status is Status.WARN
    assert "source.keys.shop.orders" in found.cure
    assert of_tables("keys", bare, source={"keys": {"shop.orders": ["id"]}})[0].status is Status.OK
    (wrong,) = of_tables("keys", bare, source={"keys": {"shop.orders": ["nope"]}})
    assert wrong.status is Status.FAIL


def test_types_engines_and_what_may_not_be_read():
    odd = Column("o", "uuid", "uuid")
    (unknown,) = of_tables("types", replace(ORDERS, columns=(odd,)))
    assert unknown.status is Status.FAIL
    assert "source.columns.exclude: [shop.orders.o]" in unknown.cure
    left_out = {"columns": {"exclude": ["shop.orders.o"]}}
    assert of_tables("types", replace(ORDERS, columns=(odd,)), source=left_out)[0].status is Status.OK
    vector = replace(ORDERS, columns=(Column("v", "vector", "vector(3)"),))
    assert of_tables("types", vector)[0].status is Status.OK
    assert of_tables("types", vector, source={"debezium": "2.7"})[0].status is Status.FAIL
    big = replace(ORDERS, columns=(Column("b", "bigint", "bigint unsigned"),))
    assert of_tables("large numbers", big)[0].status is Status.WARN
    assert of_tables("large numbers", big, source={"types": {"bigint_unsigned": "precise"}}) == []
    assert of_tables("engines", replace(ORDERS, engine="MyISAM"))[0].status is Status.WARN
    (refused,) = of_tables("table grants", replace(ORDERS, refused="SELECT command denied"))
    assert (refused.status, refused.cure) == (Status.FAIL, "GRANT SELECT ON shop.orders TO the account")
