"""Why MySQL refuses a statement that is well-formed: it is about what is not there, or makes what is there already.

The rules are MySQL's own, held against a server: the clauses of an ALTER TABLE are about the table as it was, each of
its columns can be named by one clause only, and AFTER and indexes are about the table as it will be. Only what is
certain is told; views, keys and temporary tables are not known here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from cdcctl.sql import clauses, names

# Of a table its columns; None when it is not known.
LookUp = Callable[[str], Sequence[str] | None]
_HEAD = re.compile(
    rf"\s*(?P<verb>CREATE|ALTER|RENAME)\s+TABLES?\b\s*(?P<if>IF\s+NOT\s+EXISTS\b\s*)?"
    rf"(?P<name>{names.IDENTIFIER}(?:\s*\.\s*{names.IDENTIFIER})?)",
    re.IGNORECASE,
)
_INDEX = re.compile(
    rf"\s*CREATE\s+(?P<index>(?:UNIQUE|FULLTEXT|SPATIAL)?\s*INDEX\b)\s*{names.IDENTIFIER}\s*(?:USING\s+\w+\s*)?"
    rf"ON\b\s*(?P<name>{names.IDENTIFIER}(?:\s*\.\s*{names.IDENTIFIER})?)\s*(?P<parts>\(.*)",
    re.IGNORECASE | re.DOTALL,
)
_LIKE = re.compile(
    rf"\s*CREATE\s+TABLE\b\s*(?:IF\s+NOT\s+EXISTS\b\s*)?{names.IDENTIFIER}(?:\s*\.\s*{names.IDENTIFIER})?\s*"
    rf"\(?\s*LIKE\b\s*(?P<name>{names.IDENTIFIER}(?:\s*\.\s*{names.IDENTIFIER})?)",
    re.IGNORECASE,
)
_COLLATION = re.compile(r"\bCOLLATE\s*=?\s*'?(\w+_(?:uca1400|nopad)_\w+)", re.IGNORECASE)
_IF_EXISTS = re.compile(r"\s*DROP\s+TABLES?\s+IF\s+EXISTS\b", re.IGNORECASE)
_FROM_QUERY = re.compile(r"\b(SELECT|LIKE|VALUES|TABLE)\b", re.IGNORECASE)
# MySQL manual, "Generated Invisible Primary Keys": there, though no statement has made it.
_GENERATED = "my_row_id"


def refusal(sql: str, database: str, columns: LookUp) -> str | None:
    """What MySQL has against a statement; None when it may take it.

    :param columns: of the tables as they are before the statement, ``database.table``. One that is there twice, in
        different case, is one.
    """
    bare = names.without_comments(sql)
    if "/*!" in bare:
        return None  # which of it counts depends on the server's version
    if other := _COLLATION.search(bare):
        return f"there is no collation {other[1]} but in MariaDB (error 1273)"
    return _of_tables(bare, database, columns)


def _of_tables(bare: str, database: str, columns: LookUp) -> str | None:
    if index := _INDEX.match(bare):
        table = _full(index["name"], database)
        return _of_keys(table, columns(table), clauses.indexed(f"{index['index']} {index['parts']}"))
    head = _HEAD.match(bare)
    if head is None:
        return None
    table, verb, rest = _full(head["name"], database), head["verb"].upper(), bare[head.end() :]
    if verb == "RENAME":
        return _renamed(clauses.renamed_tables(bare[head.start("name") :]), database, columns)
    known = columns(table)
    if known is not None:
        known = list({each.lower(): each for each in known}.values())
    if verb == "CREATE":
        return _created(table, rest, known) if known is None or not head["if"] else None
    return _altered(table, rest, known, database, columns) if known is not None else None


def renames(sql: str, database: str) -> list[tuple[str, str]]:
    """Old and new name, ``database.table``, of each table that a statement gives another name."""
    bare = names.without_comments(sql)
    head = _HEAD.match(bare)
    if head is None or head["verb"].upper() == "CREATE":
        return []
    if head["verb"].upper() == "RENAME":
        pairs = list(clauses.renamed_tables(bare[head.start("name") :]))
    else:
        pairs = [(head["name"], new) for new in clauses.alterations(bare[head.end() :]).names[-1:]]
    return [(_full(old, database), _full(new, database)) for old, new in pairs]


def columns_after(sql: str, before: Sequence[str]) -> list[str] | None:
    """The columns that MySQL's table has after an ALTER TABLE, in order; None where that is not certain."""
    bare = names.without_comments(sql)
    head = _HEAD.match(bare)
    if head is None or head["verb"].upper() != "ALTER" or "/*!" in bare:
        return None
    try:
        return clauses.alterations(bare[head.end() :]).columns(before)
    except LookupError:
        return None


def missing(sql: str, database: str) -> str | None:
    """The table that has to be there for a statement, if Debezium did not know one: the first one it names.

    None for a statement that makes no difference without it.
    """
    bare = names.without_comments(sql)
    if like := _LIKE.match(bare):
        return _full(like["name"], database)
    named = names.subject(sql, database)
    if named is None or named.verb not in ("ALTER", "RENAME", "CREATE INDEX", "DROP") or _IF_EXISTS.match(bare):
        return None
    return named.table


def _full(name: str, database: str) -> str:
    found = [names.unquoted(part) for part in re.findall(names.IDENTIFIER, name)]
    return ".".join(found) if len(found) == 2 else f"{database}.{found[0]}"


def _renamed(pairs: Iterable[tuple[str, str]], database: str, columns: LookUp) -> str | None:
    """RENAME TABLE goes from left to right."""
    there: dict[str, bool] = {}
    for old, new in pairs:
        before, after = _full(old, database), _full(new, database)
        if there.get(before) is False:
            return f"{before} has been renamed by then (error 1146)"
        if there.get(after, columns(after) is not None):
            return _exists(after)
        there |= {before: False, after: True}
    return None


def _created(table: str, rest: str, known: Sequence[str] | None) -> str | None:
    if known is not None:
        return _exists(table)
    if _FROM_QUERY.search(re.sub(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`", "", rest)):
        return None  # some columns are another table's
    made, keys = clauses.defined(rest)
    none = None if made else f"{table} would have no column (error 4028)"
    return _twice(table, made) or _of_keys(table, made, keys) or none


def _altered(table: str, rest: str, known: Sequence[str], database: str, columns: LookUp) -> str | None:
    told = clauses.alterations(rest)
    if any(_GENERATED in (str(each.old).lower(), str(each.place).lower()) for each in told.changes):
        return None
    left = {each.lower() for each in known}
    for each in sorted((each for each in told.changes if each.old is not None), key=lambda each: each.new is not None):
        name = str(each.old)
        if name.lower() not in left:
            has = "has no column" if name.lower() not in map(str.lower, known) else "is told of twice: column"
            return f"{table} {has} {name} (error {1091 if each.new is None else 1054})"
        left.remove(name.lower())
    try:
        new = told.columns(known)
    except LookupError as error:
        return f"{table} has no column {error} to stand behind (error 1054)"
    if not new:
        return f"{table} would have no column left (error 1090)"
    for name in told.names:
        other = _full(name, database)
        if other != table and columns(other) is not None:
            return _exists(other)
    return _twice(table, new) or _of_keys(table, new, told.indexed)


def _exists(table: str) -> str:
    return f"{table} is there already (error 1050)"


def _twice(table: str, columns: Sequence[str]) -> str | None:
    count = Counter(map(str.lower, columns))
    name = next((each for each in columns if count[each.lower()] > 1), None)
    return f"{table} would have two columns {name} (error 1060)" if name is not None else None


def _of_keys(table: str, columns: Sequence[str] | None, keys: Sequence[str]) -> str | None:
    if columns is None:
        return None
    there = {_GENERATED, *map(str.lower, columns)}
    name = next((each for each in keys if each.lower() not in there), None)
    return f"{table} has no column {name} for an index or key (error 1072)" if name is not None else None
