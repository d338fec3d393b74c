"""Random pairs of Avro schemas, near enough to one another to be interesting, the same ones in every run."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

_PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
_DEFAULTS: dict[str, Any] = {
    "null": None, "boolean": True, "int": 1, "long": 2, "float": 1.5, "double": 2.5, "bytes": "b", "string": "s",
}  # fmt: skip


class _Maker:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._names = 0

    def record(self, depth: int = 2) -> dict[str, Any]:
        """A record with up to five fields."""
        made: dict[str, Any] = {"type": "record", "name": self._name("R"), "fields": []}
        if self._random.random() < 0.5:
            made["namespace"] = self._random.choice(["a", "a.b"])
        made["fields"] = [self.field(name, depth) for name in self._random.sample("uvwxyz", self._random.randint(0, 5))]
        return made

    def field(self, name: str, depth: int) -> dict[str, Any]:
        """A field, often with a default, sometimes with an alias."""
        made: dict[str, Any] = {"name": name, "type": self.type(depth)}
        first = made["type"][0] if isinstance(made["type"], list) else made["type"]
        kind = first["type"] if isinstance(first, dict) else first
        if self._random.random() < 0.5 and kind in _DEFAULTS:
            made["default"] = _DEFAULTS[kind]
        if self._random.random() < 0.1:
            made["aliases"] = [self._random.choice("uvwxyz")]
        return made

    def type(self, depth: int) -> Any:
        """A type: mostly primitive or nullable, as tables give them."""
        roll = self._random.random()
        if depth == 0 or roll < 0.5:
            kind = self._random.choice(_PRIMITIVES)
            return {"type": kind, "connect.version": 1} if self._random.random() < 0.2 else kind
        if roll < 0.7:
            branch = self._random.choice(_PRIMITIVES[1:])
            return self._random.choice(
                [["null", branch], [branch, "null"], [branch, "string" if branch != "string" else "int"]]
            )
        if roll < 0.78:
            return {"type": "array", "items": self.type(depth - 1)}
        if roll < 0.86:
            return {"type": "map", "values": self.type(depth - 1)}
        if roll < 0.91:
            made = {
                "type": "enum",
                "name": self._name("E"),
                "symbols": self._random.sample("ABCD", self._random.randint(1, 4)),
            }
            if self._random.random() < 0.3:
                made["default"] = self._random.choice(made["symbols"])
            return made
        if roll < 0.95:
            return {"type": "fixed", "name": self._name("F"), "size": self._random.choice([4, 8])}
        return self.record(depth - 1)

    def changed(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record after one to three alterations, its names kept unless they are what alters."""
        made = copy.deepcopy(record)
        for _ in range(self._random.randint(1, 3)):
            fields = made["fields"]
            action = self._random.choice(["add", "drop", "retype", "default", "rename", "nullable", "name", "order"])
            if action == "add":
                free = sorted(set("uvwxyz") - {field["name"] for field in fields})
                if free:
                    fields.append(self.field(self._random.choice(free), 1))
            elif action == "name":
                made[self._random.choice(["name", "namespace"])] = self._random.choice(["R1", "Q"])
            elif fields:
                self._alter(action, fields)
        return made

    def _alter(self, action: str, fields: list[dict[str, Any]]) -> None:
        field = self._random.choice(fields)
        if action == "drop":
            fields.remove(field)
        elif action == "order":
            self._random.shuffle(fields)
        elif action == "default":
            field.pop("default", None)
        elif action == "rename":
            free = sorted(set("tuvwxyz") - {each["name"] for each in fields})
            field["name"] = self._random.choice(free)
        elif action == "nullable" and not isinstance(field["type"], list) and field["type"] != "null":
            field["type"] = ["null", field["type"]]
            field.pop("default", None)
        else:
            field.update(self.field(field["name"], 1))
            if "default" in field and self._random.random() < 0.5:
                field.pop("default")

    def _name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}{self._names}"


def pairs(count: int, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Pairs of definitions: nine in ten of a schema and an alteration of it, one in ten of two unrelated ones."""
    for number in range(count):
        maker = _Maker(seed * 1_000_003 + number)
        first = maker.record()
        second = _Maker(seed * 1_000_003 + number + count).record() if number % 10 == 9 else maker.changed(first)
        yield json.dumps(first), json.dumps(second)
