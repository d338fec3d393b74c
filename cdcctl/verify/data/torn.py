"""Changed keys of which only one half arrived: the same values under another key tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cdcctl.verify.data import canonical
from cdcctl.verify.data.dialect import DuckDB
from cdcctl.verify.data.naming import Gathered
from cdcctl.verify.data.rows import Side
from cdcctl.verify.findings import Example, Finding, code_of
from cdcctl.verify.table import Column

# More rows than this are missing or left over for another reason.
_MOST = 1000
_SHOWN = 5
_SAME_VALUES = "f.v IN (SELECT v FROM halves)"


def torn(side: Side, gathered: Gathered) -> None:
    """Find in ``healed`` the halves of changed keys, and take them out of what is missing or left over."""
    values = [c for c in side.staging.definition.columns if c.name not in side.staging.definition.key]
    if not values:
        return
    for slug, pairs in (("row-extra", _left_over(side, values)), ("row-missing", _never_came(side, values))):
        if not pairs:
            continue
        known = gathered.found.pop((code_of(slug), None), None)
        if known is None:
            # The exact comparison found the two keys to be one after all, written differently.
            continue
        if known.rows > len(pairs):
            gathered.add(replace(known, rows=known.rows - len(pairs)))
        gathered.add(_finding(side, slug, pairs))


def _finding(side: Side, slug: str, pairs: list[tuple[str, str]]) -> Finding:
    if slug == "row-extra":
        detail = "the delete under the old key is missing: old and new key are both there"
        examples = [Example(f"{old} (now {new})", parquet="row") for old, new in pairs[:_SHOWN]]
    else:
        detail = "the insert under the new key is missing: the old key is gone"
        examples = [Example(f"{new} (was {old})", mysql="row") for new, old in pairs[:_SHOWN]]
    table = side.staging.definition.full_name
    return Finding(code_of("key-change-torn"), table, rows=len(pairs), detail=detail, examples=tuple(examples))


def _left_over(side: Side, values: list[Column]) -> list[tuple[str, str]]:
    """Keys only the lake has, with the key under which the same values arrived later, as an insert."""
    staging = side.staging
    if not 0 < staging.count("SELECT count(*) FROM healed WHERE NOT in_mysql") <= _MOST:
        return []
    keys = side.key.joined
    equal = " AND ".join(f"l.{name} = d.{name}" for name in side.key.names)
    places = f"SELECT l.off FROM rows AS l SEMI JOIN healed AS d ON {equal} AND NOT d.in_mysql"
    _valued(side, values, "halves", f"e.off IN ({places}) AND ({_listed(side, 'e')}) IN (SELECT ({keys}) FROM healed)")
    _valued(side, values, "twins", f"op = 'c' AND NOT dead AND {_SAME_VALUES}")
    return _pairs(side, f"SELECT {keys} FROM rows")


def _never_came(side: Side, values: list[Column]) -> list[tuple[str, str]]:
    """Keys only MySQL has, with the key under which the same values were deleted."""
    staging = side.staging
    if not 0 < staging.count("SELECT count(*) FROM healed WHERE NOT in_lake") <= _MOST:
        return []
    keys = side.key.joined
    staging.database.execute(f"CREATE OR REPLACE TABLE asked AS SELECT {keys} FROM healed WHERE NOT in_lake")
    hashes = Side(side.source, staging, tuple(values))
    hashes.read_keys("asked")
    staging.database.execute(f"CREATE OR REPLACE TABLE halves AS SELECT {keys}, h AS v, -1 AS off FROM theirs")
    _valued(side, values, "twins", f"dead AND {_SAME_VALUES}")
    gone = f"SELECT {keys} FROM events ANTI JOIN rows USING ({keys})"
    return _pairs(side, gone)


def _listed(side: Side, relation: str) -> str:
    return ", ".join(f"{relation}.{name}" for name in side.key.names)


def _valued(side: Side, values: list[Column], name: str, condition: str) -> None:
    """A table of the events of a condition, with the hash ``v`` of their values without the key."""
    database = side.staging.database
    kinds = ", ".join(f"{n} {side.key.kind(c)}" for n, c in zip(side.key.names, side.key.columns, strict=True))
    database.execute(f"CREATE OR REPLACE TABLE {name} ({kinds}, v BIGINT, off BIGINT)")
    keys = ", ".join(f"e.{key}" for key in side.key.names)
    for number, file in enumerate(side.staging.files):
        v = canonical.lake_row(values, file.columns, side.key.handling, DuckDB())
        database.execute(
            f"INSERT INTO {name} SELECT {keys}, f.v, e.off FROM (SELECT {v} AS v, file_row_number AS n "
            f"FROM {file.relation}) AS f JOIN events AS e ON e.src = {number} AND e.rn = f.n WHERE {condition}"
        )


def _pairs(side: Side, twins_among: str) -> list[tuple[str, str]]:
    """Key of the half and key of its twin, where there is exactly one."""
    names = side.key.names
    other = " OR ".join(f"h.{name} <> t.{name}" for name in names)
    halves, twins = (", ".join(f"{side_}.{name}" for name in names) for side_ in ("h", "t"))
    found = side.staging.database.execute(
        f"SELECT {halves}, {twins} FROM halves AS h JOIN (SELECT DISTINCT ON ({', '.join(names)}) * FROM twins "
        f"SEMI JOIN ({twins_among}) AS a USING ({', '.join(names)}) ORDER BY off DESC) AS t "
        f"ON h.v = t.v AND t.off > h.off AND ({other}) "
        f"QUALIFY count(*) OVER (PARTITION BY {halves}) = 1 ORDER BY ALL"
    ).fetchall()
    return list(_labelled(side, found))


def _labelled(side: Side, found: list[tuple[object, ...]]) -> Iterator[tuple[str, str]]:
    columns = [column.name for column in side.key.columns]
    for row in found:
        half, twin = row[: len(columns)], row[len(columns) :]
        yield tuple(  # type: ignore[misc]
            ", ".join(f"{name}={value}" for name, value in zip(columns, key, strict=True)) for key in (half, twin)
        )
