"""The difference of two JSON documents as a JSON Patch (RFC 6902), for GetSchemaVersionsDiff.

AWS does not document how it finds the patch, only its form. This one keeps what two lists have in common at both ends,
so that a column added in the middle is one ``add``.
"""

from __future__ import annotations

from typing import Any

Step = dict[str, Any]


def json_patch(old: Any, new: Any, path: str = "") -> list[Step]:
    """Steps that, applied in order, turn ``old`` into ``new``."""
    if _is_same(old, new):
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        return _of_objects(old, new, path)
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new, path)
    return [{"op": "replace", "path": path, "value": new}]


def _of_objects(old: dict[str, Any], new: dict[str, Any], path: str) -> list[Step]:
    steps: list[Step] = [{"op": "remove", "path": _at(path, key)} for key in old if key not in new]
    for key, value in new.items():
        where = _at(path, key)
        steps += json_patch(old[key], value, where) if key in old else [{"op": "add", "path": where, "value": value}]
    return steps


def _of_lists(old: list[Any], new: list[Any], path: str) -> list[Step]:
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    left, arrived = old[start : len(old) - end], new[start : len(new) - end]
    both = min(len(left), len(arrived))
    steps: list[Step] = []
    for index in range(both):
        steps += json_patch(left[index], arrived[index], _at(path, start + index))
    steps += [{"op": "remove", "path": _at(path, start + both)} for _ in left[both:]]
    for index, value in enumerate(arrived[both:], start + both):
        steps.append({"op": "add", "path": _at(path, index), "value": value})
    return steps


def _common(old: list[Any], new: list[Any]) -> int:
    """How many items the lists share from the start."""
    count = 0
    for mine, theirs in zip(old, new, strict=False):
        if not _is_same(mine, theirs):
            break
        count += 1
    return count


def _is_same(old: Any, new: Any) -> bool:
    """JSON equality: unlike Python's, ``true`` is not 1."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_is_same, old, new))
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _at(path: str, key: str | int) -> str:
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"
