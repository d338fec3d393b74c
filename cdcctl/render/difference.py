"""Two sets of configurations compared key by key, as a unified diff that shows no secret."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdcctl.secrets import is_plain_secret

HIDDEN = "(a secret, not shown)"


@dataclass(frozen=True)
class Difference:
    """A key that differs; None: not there."""

    file: str
    key: str
    old: str | None
    new: str | None

    def to_dict(self) -> dict[str, str | None]:
        """For ``--json``; secrets are not shown."""
        return {
            "file": self.file,
            "key": self.key,
            "old": None if self.old is None else shown(self.key, self.old),
            "new": None if self.new is None else shown(self.key, self.new),
        }


@dataclass(frozen=True)
class Compared:
    """One configuration as it is and as it is rendered; ``old`` is None where there is none."""

    file: str
    origin: str
    old: Mapping[str, str] | None
    new: Mapping[str, str]

    def differences(self) -> Iterator[Difference]:
        """Every key whose value differs, sorted."""
        old = self.old or {}
        for key in sorted({*old, *self.new}):
            if old.get(key) != self.new.get(key):
                yield Difference(self.file, key, old.get(key), self.new.get(key))

    def unified(self) -> str:
        """A unified diff of ``key = value`` lines; empty where nothing differs."""
        if not any(self.differences()):
            return ""
        old, new = _lines(self.old or {}), _lines(self.new)
        return "\n".join(difflib.unified_diff(old, new, self.origin, f"{self.file} (rendered)", lineterm="", n=2))


def shown(key: str, value: str) -> str:
    """A value, unless it is a secret in plain text."""
    return HIDDEN if is_plain_secret(key, value) else value


def _lines(config: Mapping[str, str]) -> list[str]:
    return [f"{key} = {shown(key, value)}" for key, value in sorted(config.items())]
