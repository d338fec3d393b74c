"""What a run has finished, in a file, so that one that was interrupted need not begin anew.

A bucket that is in it was compared at the cut of the run that finished it; it is not looked at again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdcctl.documents import write_whole
from cdcctl.errors import InputError
from cdcctl.verify.data.naming import Gathered
from cdcctl.verify.findings import Example, Finding, rule

_FORMAT = 1
_EVERY_SECONDS = 2.0


@dataclass
class TableState:
    """What is known of one table.

    :ivar bounds: of its buckets; None: it was not begun, or is no table of ranges.
    :ivar done: bucket → rows of MySQL in it, and in the lake.
    """

    bounds: list[int] | None = None
    done: dict[int, tuple[int, int]] = field(default_factory=dict)
    gathered: Gathered = field(default_factory=Gathered)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> TableState:
        """From JSON."""
        gathered = Gathered(compared=int(data["compared"]))
        for each in data["findings"]:
            gathered.add(_finding(each))
        done = {int(bucket): (int(mysql), int(lake)) for bucket, (mysql, lake) in data["done"].items()}
        return cls(data["bounds"], done, gathered)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "bounds": self.bounds,
            "done": {str(bucket): rows for bucket, rows in self.done.items()},
            "compared": self.gathered.compared,
            "findings": [_plain(finding) for finding in self.gathered.findings],
        }


class State:
    """The states of all tables of a run.

    :param path: where they are kept; None: nowhere.
    :param asked: what the run was asked for; a file of another question is refused.
    """

    def __init__(self, path: Path | None, asked: Mapping[str, Any]) -> None:
        self._path = path
        self._asked = dict(asked)
        self._tables: dict[str, TableState] = {}
        self._written = 0.0
        if path and path.exists():
            self._tables = _read(path, self._asked)

    def table(self, name: str) -> TableState:
        """The state of a table, to be changed in place."""
        return self._tables.setdefault(name, TableState())

    def keep(self, *, at_once: bool = False) -> None:
        """Write the file, unless that was done a moment ago."""
        if self._path is None or (not at_once and time.monotonic() - self._written < _EVERY_SECONDS):
            return
        tables = {name: each.to_dict() for name, each in self._tables.items()}
        document = {"format": _FORMAT, "asked": self._asked, "tables": tables}
        write_whole(self._path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        self._written = time.monotonic()

    def forget(self) -> None:
        """Remove the file: all is done."""
        if self._path:
            self._path.unlink(missing_ok=True)


def _read(path: Path, asked: Mapping[str, Any]) -> dict[str, TableState]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != _FORMAT or data["asked"] != dict(asked):
            raise InputError(
                f"{path} is of a run that was asked for something else",
                hint="give the same options as then, or remove the file to begin anew",
            )
        return {str(name): TableState.of(each) for name, each in data["tables"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no state file of verify data", hint="remove it to begin anew") from error


def _plain(finding: Finding) -> dict[str, Any]:
    examples: Sequence[list[str | None]] = [[e.key, e.mysql, e.parquet] for e in finding.examples]
    return {
        "code": finding.code,
        "table": finding.table,
        "column": finding.column,
        "rows": finding.rows,
        "detail": finding.detail,
        "examples": examples,
    }


def _finding(data: Mapping[str, Any]) -> Finding:
    rule(data["code"])
    examples = tuple(Example(*each) for each in data["examples"])
    return Finding(data["code"], data["table"], data["column"], int(data["rows"]), data["detail"], examples)
