"""What a run has found equal, in a file, so that one that was interrupted need not begin anew.

A bucket that is in it was equal at the cut of the run that compared it; it is not looked at again. One that was
different is: it may be healed since, and what heals it has to be known key by key.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdcctl.errors import InputError
from cdcctl.whole_file import write_whole

_FORMAT = 2
_EVERY_SECONDS = 2.0


@dataclass
class TableState:
    """What is known of one table.

    :ivar bounds: of its buckets; None: it was not begun, or is no table of ranges.
    :ivar buckets: how many it has, where these are no ranges; None: likewise.
    :ivar done: bucket that was equal → rows of MySQL in it, and in the lake.
    """

    bounds: list[int] | None = None
    buckets: int | None = None
    done: dict[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> TableState:
        """From JSON."""
        done = {int(bucket): (int(mysql), int(lake)) for bucket, (mysql, lake) in data["done"].items()}
        return cls(data["bounds"], data["buckets"], done)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "bounds": self.bounds,
            "buckets": self.buckets,
            "done": {str(bucket): rows for bucket, rows in self.done.items()},
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
