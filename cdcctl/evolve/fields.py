"""What is different between two versions of a schema, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal

Kind = Literal["added", "removed", "type", "nullability", "default", "properties", "moved"]


@dataclass(frozen=True)
class Field:
    """One field of a record. ``default`` is None both for null and for none; ``required`` tells them apart."""

    name: str
    tree: Mapping[str, Any]
    position: int

    @cached_property
    def branches(self) -> list[Any]:
        """The types that the field may have."""
        kind = self.tree["type"]
        return list(kind) if isinstance(kind, list) else [kind]

    @cached_property
    def nullable(self) -> bool:
        """Whether null is one of them."""
        return "null" in self.branches

    @cached_property
    def type(self) -> Any:
        """The type beside null."""
        return next((branch for branch in self.branches if branch != "null"), "null")

    @cached_property
    def primitive(self) -> str:
        """The Avro type's bare name: ``int``, ``record`` …"""
        return str(self.type["type"]) if isinstance(self.type, dict) else str(self.type)

    @cached_property
    def semantic(self) -> str:
        """The Connect name of the type (``io.debezium.time.Date``), or the empty string."""
        return str(self.type.get("connect.name", "")) if isinstance(self.type, dict) else ""

    @cached_property
    def logical(self) -> str:
        """The Avro logical type, or the empty string."""
        return str(self.type.get("logicalType", "")) if isinstance(self.type, dict) else ""

    @property
    def has_default(self) -> bool:
        """Whether a reader that misses the field has a value for it."""
        return "default" in self.tree

    @property
    def default(self) -> Any:
        """The value of the default."""
        return self.tree.get("default")

    @cached_property
    def properties(self) -> dict[str, Any]:
        """What the type says beside its Avro type and default."""
        if not isinstance(self.type, dict):
            return {}
        return {key: value for key, value in self.type.items() if key not in ("type", "connect.default")}

    @cached_property
    def words(self) -> str:
        """The field as one reads it: ``null or int (io.debezium.time.Date), default null``."""
        meaning = self.semantic.rpartition(".")[2]
        if self.logical == "decimal":
            meaning = f"decimal({self.type.get('precision')},{self.type.get('scale')})"
        kind = f"{self.primitive} {meaning}".strip() if meaning != self.primitive else self.primitive
        text = f"nullable {kind}" if self.nullable else f"required {kind}"
        return f"{text}, default {self.default_words}" if self.has_default else text

    @property
    def default_words(self) -> str:
        """The default; a decimal's as a number, which Avro writes as a string of its bytes."""
        if self.logical == "decimal" and isinstance(self.default, str):
            try:
                unscaled = int.from_bytes(self.default.encode("latin-1"), "big", signed=True)
                return format(Decimal(unscaled).scaleb(-int(self.type.get("scale", 0))), "f")
            except (TypeError, ValueError):
                pass
        return json.dumps(self.default, ensure_ascii=False)


@dataclass(frozen=True)
class Change:
    """One difference of one field."""

    field: str
    change: Kind
    before: str | None
    after: str | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"field": self.field, "change": self.change, "before": self.before, "after": self.after}


@lru_cache(maxsize=4096)
def fields(definition: str | None) -> Mapping[str, Field]:
    """The fields of a definition by name; none for no definition or no record, those of the row for an envelope."""
    tree = json.loads(definition) if definition is not None else None
    record = _row(tree) if isinstance(tree, dict) else {}
    return {each["name"]: Field(each["name"], each, index) for index, each in enumerate(record.get("fields", ()))}


def _row(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record of a row: the definition itself, or what an envelope has before and after."""
    if tree.get("name") == "Envelope":
        for each in tree["fields"]:
            for branch in each["type"] if isinstance(each["type"], list) else [each["type"]]:
                if isinstance(branch, dict) and branch.get("type") == "record" and each["name"] == "before":
                    return branch
    return tree


def changes(before: str | None, after: str | None) -> list[Change]:
    """Every difference, in the order of the fields; nothing for a first or last version."""
    if before is None or after is None or before == after:
        return []
    old, new = fields(before), fields(after)
    found = [Change(name, "removed", each.words, None) for name, each in old.items() if name not in new]
    moved = _moved([name for name in old if name in new], [name for name in new if name in old])
    for name, each in new.items():
        if name not in old:
            found.append(Change(name, "added", None, each.words))
        else:
            if old[name].tree != each.tree:
                found += _differences(old[name], each)
            if name in moved:
                found.append(Change(name, "moved", str(old[name].position + 1), str(each.position + 1)))
    return found


def _differences(old: Field, new: Field) -> Iterator[Change]:
    if old.primitive != new.primitive:
        yield Change(new.name, "type", old.words, new.words)
    elif old.properties != new.properties:
        # What is read differently is mostly said in a word: a date of days, a decimal's scale.
        told = (old.words, new.words) if old.words != new.words else (_text(old.type), _text(new.type))
        yield Change(new.name, "properties", *told)
    if old.nullable != new.nullable:
        yield Change(new.name, "nullability", old.words, new.words)
    if (old.has_default, old.default) != (new.has_default, new.default):
        yield Change(new.name, "default", old.words, new.words)


def _text(kind: Any) -> str:
    return json.dumps(kind, ensure_ascii=False, separators=(",", ":"))


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The fewest names whose move explains the new order: those outside a longest common subsequence."""
    from difflib import SequenceMatcher

    if list(old) == list(new):
        return set()
    kept: set[str] = set()
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        kept.update(new[block.b : block.b + block.size])
    return set(new) - kept
