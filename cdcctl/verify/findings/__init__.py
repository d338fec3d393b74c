"""Everything verify can find, each with a stable code, why it happens and what cures it.

A code never changes its meaning and is never used again. The codes are in the modules here, by what they are about.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdcctl.errors import InputError
from cdcctl.verify.findings import given_up, rows, values, way
from cdcctl.verify.findings.rule import Rule

_ALL = sorted((*rows.RULES, *way.RULES, *values.RULES, *given_up.RULES), key=lambda each: each.code)
RULES: dict[str, Rule] = {each.code: each for each in _ALL}
BY_SLUG: dict[str, Rule] = {each.slug: each for each in _ALL}


# Between several names in a finding's detail.
NAMES_APART = ", "


@dataclass(frozen=True)
class Example:
    """One place where a finding shows: the row's key, and the value on either side."""

    key: str
    mysql: str | None = None
    parquet: str | None = None


@dataclass(frozen=True)
class Finding:
    """Something found, with the number of rows it concerns and a few of them.

    :param detail: what this one is about, beside what its code says.
    :param expected: whether the scenario says that it must be there.
    """

    code: str
    table: str | None = None
    column: str | None = None
    rows: int = 0
    detail: str | None = None
    examples: tuple[Example, ...] = ()
    expected: bool = False

    @property
    def rule(self) -> Rule:
        """What the code means."""
        return rule(self.code)

    @property
    def old_names(self) -> list[str]:
        """Of a renamed column, the names under which older rows have it."""
        return (self.detail or "").split(NAMES_APART) if self.rule.slug == "column-split" else []

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON, with its meaning in words."""
        meaning = self.rule
        data: dict[str, Any] = {
            "code": self.code,
            "slug": meaning.slug,
            "severity": meaning.severity,
            "table": self.table,
            "column": self.column,
            "rows": self.rows,
            "expected": self.expected,
            "title": meaning.title,
            "detail": self.detail,
            "why": meaning.why,
            "cure": meaning.cure,
            "examples": [{"key": e.key, "mysql": e.mysql, "parquet": e.parquet} for e in self.examples],
        }
        return {key: value for key, value in data.items() if value is not None}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Finding:
        """The finding of :meth:`to_dict`.

        :raises InputError: its code is none.
        """
        known = rule(data["code"])
        examples = tuple(Example(e["key"], e["mysql"], e["parquet"]) for e in data["examples"])
        table, column, detail = data.get("table"), data.get("column"), data.get("detail")
        return cls(known.code, table, column, data["rows"], detail, examples, data["expected"])


def rule(code: str) -> Rule:
    """Return the rule of a code.

    :raises InputError: there is no such code.
    """
    try:
        return RULES[code]
    except KeyError:
        raise InputError(f"{code} is no code of verify", hint=f"known: {', '.join(RULES)}") from None


def code_by_name(name: Any) -> str:
    """The code that a file means, which may name it by its slug.

    :raises ValueError: there is no such code.
    """
    if isinstance(name, str) and name in BY_SLUG:
        return BY_SLUG[name].code
    if name not in RULES:
        near = difflib.get_close_matches(str(name), [*RULES, *BY_SLUG], 1)
        raise ValueError(f"no such code: {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return str(name)


def code_of(slug: str) -> str:
    """Return the code of a slug; the code base names findings by slug, users and files by code."""
    return BY_SLUG[slug].code
