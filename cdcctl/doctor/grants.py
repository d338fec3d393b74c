"""What an account of MySQL may do, as SHOW GRANTS tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = r"(?:`(?:[^`]|``)+`|\*)"
_GRANT = re.compile(rf"GRANT (?P<privileges>.+?) ON (?:TABLE )?(?P<database>{_NAME})\.(?P<table>{_NAME}) TO ")
# A list of columns belongs to one privilege: SELECT (a, b), INSERT.
_PRIVILEGE = re.compile(r"([A-Z_ ]+?)\s*(\([^)]*\))?(?:,\s*|$)")
EVERYTHING = "ALL PRIVILEGES"


@dataclass(frozen=True)
class Grants:
    """Scope (``*.*``, ``db.*`` or ``db.table``) and privilege; privileges on single columns are left out."""

    pairs: frozenset[tuple[str, str]]

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Grants:
        """From the lines of SHOW GRANTS; names of roles, and what was revoked in parts, are left out."""
        found = set()
        for line in lines:
            match = _GRANT.match(line)
            if match:
                scope = f"{_unquoted(match['database'])}.{_unquoted(match['table'])}"
                named = _PRIVILEGE.findall(match["privileges"])
                found |= {(scope, privilege.strip()) for privilege, columns in named if not columns}
        return cls(frozenset(found))

    def has(self, privilege: str, table: str | None = None) -> bool:
        """Whether the account has a privilege everywhere, or on ``database.table`` at least."""
        return any(
            each in (privilege, EVERYTHING) and (scope == "*.*" or (table is not None and _covers(scope, table)))
            for scope, each in self.pairs
        )


def _covers(scope: str, table: str) -> bool:
    """Whether a scope has a table; the name of a database alone is a pattern, in which _ and % may be escaped."""
    if not scope.endswith(".*"):
        return scope == table
    parts = re.findall(r"\\.|.", scope.removesuffix(".*"))
    pattern = "".join({"_": ".", "%": ".*"}.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(pattern, table.split(".", maxsplit=1)[0], re.DOTALL) is not None


def _unquoted(name: str) -> str:
    return name.strip("`").replace("``", "`")
