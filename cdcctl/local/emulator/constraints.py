"""What a botocore model says about a value, checked the way the service checks it.

botocore's own ParamValidator knows required members, types and minima only, because it is made for clients. A service
also checks maxima, enums and patterns and answers with all violations in one sentence; tests that depend on an AWS
refusal need that sentence. Texts follow what AWS services return ("Value 'x' at 'schemaName' failed to satisfy
constraint: Member must satisfy …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

LONGEST_SHOWN = 1000
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
}
# Java writes an astral range as two surrogate pairs, which Python's re takes for four characters and refuses.
_JAVA_ASTRAL_RANGE = r"\uD800\uDC00-\uDBFF\uDFFF"
_ASTRAL_RANGE = r"\U00010000-\U0010FFFF"


def known_members(value: Any, shape: Any) -> Any:
    """The value without nulls and without members the model does not have, which is what services ignore."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: known_members(value[name], member)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [known_members(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: known_members(item, shape.value) for key, item in value.items()}
    return value


def violations(value: Any, shape: Any, path: str = "") -> list[str]:
    """Every way in which the value breaks the model, one sentence each."""
    return [
        f"Value {_shown(part, part_shape)} at '{where}' failed to satisfy constraint: {rule}"
        for part, part_shape, where, rule in _broken_rules(value, shape, path)
    ]


def unknown_members(value: Any, shape: Any, path: str = "") -> list[str]:
    """Paths of members the model does not have; in a response they are a bug."""
    if shape.type_name == "structure" and isinstance(value, dict):
        found = [_join(path, name) for name in value if name not in shape.members]
        for name in value.keys() & shape.members.keys():
            found += unknown_members(value[name], shape.members[name], _join(path, name))
        return found
    if shape.type_name == "list" and isinstance(value, (list, tuple)):
        return [where for item in value for where in unknown_members(item, shape.member, path)]
    if shape.type_name == "map" and isinstance(value, dict):
        return [where for key, item in value.items() for where in unknown_members(item, shape.value, _join(path, key))]
    return []


def _broken_rules(value: Any, shape: Any, path: str) -> Iterator[tuple[Any, Any, str, str]]:
    kind = shape.type_name
    if not _is_of_type(value, kind):
        yield value, shape, path, f"Member must be of type {kind}"
        return
    for rule in _broken_by_itself(value, shape):
        yield value, shape, path, rule
    if kind == "structure":
        yield from _broken_in_structure(value, shape, path)
    elif kind == "list":
        for number, item in enumerate(value, 1):
            yield from _broken_rules(item, shape.member, f"{path}.{number}.member")
    elif kind == "map":
        for key, item in value.items():
            yield from _broken_rules(key, shape.key, f"{path}.key")
            yield from _broken_rules(item, shape.value, _join(path, key))


def _broken_in_structure(value: dict[str, Any], shape: Any, path: str) -> Iterator[tuple[Any, Any, str, str]]:
    for name in shape.required_members:
        if name not in value:
            yield None, shape.members[name], _join(path, name), "Member must not be null"
    for name in shape.members:
        if name in value:
            yield from _broken_rules(value[name], shape.members[name], _join(path, name))


def _broken_by_itself(value: Any, shape: Any) -> Iterator[str]:
    rules = shape.metadata
    measure, words = _measure(value, shape.type_name)
    if measure is not None and "min" in rules and measure < rules["min"]:
        yield f"Member must have {words} greater than or equal to {rules['min']}"
    if measure is not None and "max" in rules and measure > rules["max"]:
        yield f"Member must have {words} less than or equal to {rules['max']}"
    if rules.get("enum") and value not in rules["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"
    if rules.get("pattern") and not _pattern(rules["pattern"]).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {rules['pattern']}"


def _measure(value: Any, kind: str) -> tuple[float | None, str]:
    if kind in ("string", "list", "map"):
        return len(value), "length"
    if kind in ("integer", "long", "float", "double"):
        return value, "value"
    return None, ""


def _is_of_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _PYTHON_TYPES[kind])


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # DOTALL: a schema definition has '.*\S.*' and may span lines.
    return re.compile(text.replace(_JAVA_ASTRAL_RANGE, _ASTRAL_RANGE), re.DOTALL)


def _join(path: str, name: str) -> str:
    """Services name members in camelCase whatever their spelling on the wire."""
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _shown(value: Any, shape: Any) -> str:
    if value is None:
        return "null"
    if shape.metadata.get("sensitive"):
        return "'***'"
    text = str(value)
    return f"'{text}'" if len(text) <= LONGEST_SHOWN else f"'{text[:LONGEST_SHOWN]}…'"
