"""Which statements reach the binlog as statements, and what MySQL refuses before that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cdcctl.sql import names

# Logged as rows or not at all under binlog_format=ROW, which Debezium needs (MySQL manual, "Row-Based Logging").
_NEVER = frozenset(
    [
        "SELECT",
        "SHOW",
        "USE",
        "BEGIN",
        "START",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "LOCK",
        "UNLOCK",
        "EXPLAIN",
        "DESCRIBE",
        "DESC",
        "CALL",
        "DO",
        "PREPARE",
        "EXECUTE",
        "DEALLOCATE",
        "HANDLER",
        "CHECK",
        "CHECKSUM",
        "KILL",
        "HELP",
        "RESET",
        "PURGE",
        "CHANGE",
        "STOP",
        "WITH",
        "TABLE",
        "VALUES",
        "CACHE",
        "BINLOG",
        "INSERT",
        "UPDATE",
        "DELETE",
        "REPLACE",
        "LOAD",
        "IMPORT",
        "SIGNAL",
        "RESIGNAL",
        "GET",
        "SHUTDOWN",
        "RESTART",
        "CLONE",
        "XA",
        "SOURCE",
        "(",
    ]
)
_HIDING = frozenset({"CALL", "EXECUTE", "SOURCE"})
_TEMPORARY = re.compile(r"(CREATE|DROP)\s+TEMPORARY\b", re.IGNORECASE)
# What SET changes for the session or the server is not replicated; passwords and roles are.
_LOGGED_SET = re.compile(r"SET\s+(PASSWORD|DEFAULT\s+ROLE|RESOURCE)\b", re.IGNORECASE)
_CREATE_SELECT = re.compile(r"CREATE\s+TABLE\b.*\b(SELECT|TABLE\s+\S+\s*$|VALUES\s+ROW)\b", re.IGNORECASE | re.DOTALL)
# MySQL manual, "Generated Invisible Primary Keys".
_GENERATES = re.compile(
    r"SET\s+(?:SESSION\s+|LOCAL\s+|@@(?:SESSION\.|LOCAL\.)?)?sql_generate_invisible_primary_key\s*:?=\s*(\w+)$",
    re.IGNORECASE,
)
_GENERATED_KEY = "`my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY /*!80023 INVISIBLE */"
# Of the table, or of a column; UNIQUE KEY is another one, and an index has its columns behind it.
_KEY = re.compile(r"\bPRIMARY\s+KEY\b|(?<!UNIQUE)\s+KEY\s*(?=[,)])", re.IGNORECASE)
_CREATE_LIKE = re.compile(r"CREATE\s+TABLE\b[^(]*\(?\s*LIKE\b", re.IGNORECASE)
_STARTS = _NEVER | frozenset(
    [
        "CREATE",
        "ALTER",
        "DROP",
        "RENAME",
        "TRUNCATE",
        "GRANT",
        "REVOKE",
        "SET",
        "FLUSH",
        "ANALYZE",
        "OPTIMIZE",
        "REPAIR",
        "INSTALL",
        "UNINSTALL",
    ]
)
_DIALECTS = (
    ("a placeholder that nobody has filled in", r"\$\{[^{}]*\}|\{\{[^{}]*\}\}"),
    ("MariaDB", r"\b(ADD|DROP|MODIFY|CHANGE)\s+(COLUMN\s+|INDEX\s+|KEY\s+)?IF\s+(NOT\s+)?EXISTS\b"),
    ("MariaDB", r"\bCREATE\s+OR\s+REPLACE\s+(TEMPORARY\s+)?(TABLE|DATABASE|SCHEMA|INDEX)\b|\bSYSTEM\s+VERSIONING\b"),
    ("MariaDB", r"\b((ALTER|RENAME)\s+TABLE|RENAME\s+(KEY|INDEX|COLUMN)|INDEX)\s+IF\s+(NOT\s+)?EXISTS\b"),
    ("MariaDB", r"\bPAGE_COMPRESSED\b|\s(UUID|INET4|INET6)(\s|,|\)|$)|\bNEXT\s+VALUE\s+FOR\b|\bPERIOD\s+FOR\b"),
    ("MariaDB", r"\b(PAGE_CHECKSUM|TRANSACTIONAL)\s*=|\bENGINE\s*=?\s*ARIA\b|\bTEXT\s+COMPRESSED\b|\)\s*PERSISTENT\b"),
    ("another database's", r"\b(CREATE|ALTER|DROP)\s+SEQUENCE\b|\bAS\s+IDENTITY\b"),
    ("PostgreSQL", r"\b(JSONB|BYTEA|TIMESTAMPTZ|BIGSERIAL|SMALLSERIAL|CITEXT)\b|::|\bALTER\s+(COLUMN\s+)?\S+\s+TYPE\b"),
    ("PostgreSQL", r"\bCREATE\s+(EXTENSION|TYPE|DOMAIN)\b|\bINDEX\s+CONCURRENTLY\b|\bWITH(OUT)?\s+TIME\s+ZONE\b"),
    ("PostgreSQL", r"\bALTER\s+TABLE\s+ONLY\b|\bOWNER\s+TO\b|\bUSING\s+GIN\b"),
    ("Oracle", r"\b(N?VARCHAR2|NUMBER|CLOB)\b|\bTABLESPACE\s+USERS\b"),
    ("SQL Server", r"\[\w+\]|\bIDENTITY\s*\(|\(\s*MAX\s*\)|\b(DATETIME2|UNIQUEIDENTIFIER|NTEXT)\b"),
    ("SQLite", r"\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b"),
)
_EOF = re.compile(r"(?:mismatched input|extraneous input|missing .* at) '<EOF>'")
# The parser shows what it has looked at, without saying whether the last word or the end after it is what it refuses.
_LOOKED_AT = re.compile(r"no viable alternative at input '(.*?)'(?: expecting|$)", re.DOTALL)


def first_word(sql: str) -> str:
    """The statement's first word in capitals; ``(`` for one in parentheses."""
    bare = names.without_comments(sql).lstrip()
    found = re.match(r"\(|[A-Za-z_]+|/\*!\d*\s*([A-Za-z_]+)", bare)
    return (found[1] or found[0]).upper() if found else ""


def is_logged(sql: str) -> bool:
    """Whether the statement itself reaches the binlog."""
    word = first_word(sql)
    bare = names.without_comments(sql).lstrip()
    if word == "SET":
        return bool(_LOGGED_SET.match(bare))
    return word not in _NEVER and not _TEMPORARY.match(bare)


def logged(statements: Iterable[tuple[str, str]]) -> Iterator[bool]:
    """For each statement and its database whether it reaches the binlog; what is about a temporary table never does."""
    temporary: set[str] = set()
    for sql, database in statements:
        named = names.subject(sql, database)
        table = named.table if named else None
        bare = names.without_comments(sql).lstrip()
        if table is not None and (found := _TEMPORARY.match(bare)) and found[1].upper() == "CREATE":
            temporary.add(table)
        yield is_logged(sql) and table not in temporary
        if bare[:4].upper() == "DROP" and named is not None and named.verb == "DROP":
            temporary.discard(named.table)


def generates_keys(sql: str) -> bool | None:
    """Whether a statement has MySQL give tables without a primary key one of their own; None: it says nothing of it."""
    found = _GENERATES.match(names.without_comments(sql).strip())
    return found[1].upper() in ("ON", "1", "TRUE") if found else None


def with_generated_key(sql: str) -> str:
    """A CREATE TABLE as MySQL logs it where it generates invisible primary keys: with the key, unless it has one."""
    named = names.subject(sql, "")
    bare = names.without_comments(sql)
    if named is None or named.verb != "CREATE" or _CREATE_LIKE.match(bare.lstrip()) or _TEMPORARY.match(bare.lstrip()):
        return sql
    return sql if _KEY.search(_without_strings(bare)) else bare.replace("(", f"({_GENERATED_KEY}, ", 1)


def hides_statements(sql: str) -> bool:
    """Whether it runs statements that are not to be seen in it."""
    return first_word(sql) in _HIDING


def takes_columns_from_a_query(sql: str) -> bool:
    """Whether it is CREATE TABLE … SELECT, which MySQL logs in another form."""
    bare = _without_strings(names.without_comments(sql)).lstrip()
    return bool(_CREATE_SELECT.match(bare)) and not _CREATE_LIKE.match(bare)


def refusal(sql: str, error: Mapping[str, Any]) -> str | None:
    """Why MySQL refuses a statement that Debezium's parser refused; None when it may well be MySQL's.

    Debezium's grammar is MySQL's own, a few versions behind: that it refuses a statement alone proves nothing.
    """
    bare = names.without_comments(sql).strip()
    if first_word(sql) not in _STARTS:
        return f"no statement of MySQL begins with {bare.split(maxsplit=1)[0][:40]!r}" if bare else "it is empty"
    for dialect, pattern in _DIALECTS:
        if found := re.search(pattern, _without_strings(bare), re.IGNORECASE):
            return f"{' '.join(found[0].split())!r} is {dialect}, not MySQL"
    return "it ends too early" if _ends_early(bare, error) else None


def _without_strings(sql: str) -> str:
    return re.sub(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`", "x", sql)


def _ends_early(sql: str, error: Mapping[str, Any]) -> bool:
    """Whether what the parser could not take is the statement's end."""
    messages = [str(error["message"]), *(str(cause["message"]) for cause in error["causes"])]
    message = next((each for each in messages if "input '" in each or "<EOF>" in each), "")
    if _EOF.search(message):
        return True
    is_whole = sql.endswith(")") and sql.count("(") == sql.count(")")
    looked_at = _LOOKED_AT.findall(message)
    return bool(looked_at) and not is_whole and sql.endswith(looked_at[-1].strip())
