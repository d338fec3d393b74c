"""``${var.NAME}`` in a pipeline file.

Kafka's config providers take ``${provider:path:key}``, always with a colon and never with a dot before it; such
references pass through untouched.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdcctl.documents import Steps, as_text
from cdcctl.errors import UsageError

ENVIRONMENT_PREFIX = "CDCCTL_VAR_"
_VARIABLE = re.compile(r"\$\{var\.([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def given(assignments: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables from ``CDCCTL_VAR_NAME`` and, over those, from ``NAME=value``.

    :raises UsageError: an assignment that is none.
    """
    values = {
        name.removeprefix(ENVIRONMENT_PREFIX): value
        for name, value in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise UsageError("--var takes NAME=value", hint="a name is letters, digits and underscores")
        values[name] = value
    return values


def substitute(data: dict[str, Any], values: Mapping[str, str]) -> list[tuple[Steps, str]]:
    """Put values in the place of variables, everywhere in ``data``; those of its own key ``variables`` come second.

    :return: path and problem of each variable that has no value.
    """
    own = data.get("variables")
    known = {**({str(k): str(as_text(v)) for k, v in own.items()} if isinstance(own, Mapping) else {}), **values}
    problems: list[tuple[Steps, str]] = []
    for key, value in data.items():
        if key != "variables":
            data[key] = _replaced(value, (key,), known, problems)
    problems += [(("variables", name), "a variable's value is not looked at for variables") for name in _nested(own)]
    return problems


def _nested(own: Any) -> Iterator[str]:
    for name, value in own.items() if isinstance(own, Mapping) else ():
        if isinstance(value, str) and _VARIABLE.search(value):
            yield str(name)


def _replaced(value: Any, path: Steps, known: Mapping[str, str], problems: list[tuple[Steps, str]]) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(item, (*path, key), known, problems) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, (*path, index), known, problems) for index, item in enumerate(value)]
    if not isinstance(value, str) or "${var." not in value:
        return value

    def look_up(match: re.Match[str]) -> str:
        name = match[1]
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            said = f"did you mean {near[0]!r}?" if near else f"pass --var {name}=… or set {ENVIRONMENT_PREFIX}{name}"
            problems.append((path, f"there is no variable {name!r}; {said}"))
        return known.get(name, "")

    return _VARIABLE.sub(look_up, value)
