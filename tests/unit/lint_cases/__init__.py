"""What each rule must find and must leave alone, as data, and the configurations that a case is laid over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cdcctl.lint.columns import Column, columns_of
from cdcctl.lint.configuration import Configuration, Deployment, Location, kind_of
from cdcctl.lint.finding import Finding
from cdcctl.lint.renames import rename_of
from cdcctl.lint.run import Facts, judge
from cdcctl.plugins.definitions import debezium, version_of

FOLDER = Path(__file__).parent
KINDS = ("source", "source19", "iceberg", "confluent", "aiven", "worker")
TABLE = "CREATE TABLE `shop`.`orders` (\n  `id` int NOT NULL,\n{columns}\n{key}\n) ENGINE=InnoDB;\n"


@dataclass(frozen=True)
class Case:
    """One set-up, and whether the rule is to find something in it."""

    code: str
    number: int
    fails: bool
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.code}-{'fails' if self.fails else 'passes'}-{self.number}"

    @property
    def findings(self) -> list[Finding]:
        """What all rules say."""
        return judge(self.configurations, self.facts)

    @property
    def configurations(self) -> list[Configuration]:
        """What is judged together."""
        parts = {kind: self.data[kind] for kind in KINDS if kind in self.data}
        parts |= {kind: {} for kind in self.data.get("with", ())}
        found = [self._configuration(kind, overlay) for kind, overlay in parts.items()]
        if "other" in self.data:
            found.append(self._configuration("source", self.data["other"]))
        return found

    def _configuration(self, kind: str, overlay: dict[str, str | None]) -> Configuration:
        values = {key: value for key, value in {**base()[kind], **overlay}.items() if value is not None}
        deployment = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.data.get("deployment", {}).items()
        }
        known = kind_of(values)
        assert known
        return Configuration(
            known,
            values,
            kind,
            Deployment(**deployment),
            tuple(self.data.get("repeated", ())),
            lambda key: Location("-", key=key),
        )

    @property
    def facts(self) -> Facts:
        """What is known beside."""
        versions = {name: tuple(version) for name, version in self.data.get("versions", {}).items()}
        if "debezium" in self.data:
            versions["debezium"] = version_of(self.data["debezium"])
        return Facts(versions, columns=self._columns())

    def _columns(self) -> tuple[Column, ...]:
        if "tables" not in self.data:
            return ()
        key = self.data.get("key_line", "  PRIMARY KEY (`id`)")
        return tuple(columns_of(TABLE.format(columns=self.data["tables"], key=key)))


@cache
def base() -> dict[str, dict[str, str]]:
    """Name → configuration in which nothing is found; of source19 only that it is old."""
    read = _read("base.yaml")
    return {**read, "source19": _in_old_words(read["source"])}


def _in_old_words(source: dict[str, str]) -> dict[str, str]:
    """The source as Debezium 1.9 has it."""
    new_names = {new[1]: old for old in ("database.server.name",) if (new := rename_of(old)) is not None}
    old: dict[str, str] = {}
    for key, value in source.items():
        name = new_names.get(key, key).replace("schema.history.internal.", "database.history.")
        if name == "transforms.unwrap.delete.tombstone.handling.mode":
            name, value = "transforms.unwrap.delete.handling.mode", "rewrite"
        old[name] = value
    known = debezium((1, 9))
    assert "database.server.name" in known
    return {**old, "database.ssl.mode": "required"}


def cases() -> list[Case]:
    """Every case of every file."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name != "base.yaml":
            for code, expected in _read(path.name).items():
                for word in ("fails", "passes"):
                    found += [Case(code, n, word == "fails", data) for n, data in enumerate(expected[word])]
    return found


def _read(name: str) -> dict[str, Any]:
    return YAML(typ="safe").load((FOLDER / name).read_text(encoding="utf-8"))
