"""Edits of the one configuration in a JSON text, which keeps its blanks, its order and everything around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdcctl.lint.rule import Edit

_BLANK = re.compile(r"[ \t\r\n]*")
_WRAPPERS = ("connectorConfiguration", "config", "info")


@dataclass(frozen=True)
class _Member:
    """A member of an object: its key, and where key and value begin and end in the text."""

    key: str
    start: int
    key_end: int
    value_start: int
    end: int


def edit_json(text: str, edits: Sequence[Edit]) -> str:
    """The text after the edits. It must be JSON and hold exactly one configuration."""
    for edit in edits:
        start = _configuration(text, _past_blanks(text, 1 if text.startswith("\ufeff") else 0))
        members = list(_members(text, start))
        own = [each for each in members if each.key.strip() == edit.key]
        if edit.rename is not None:
            for each in reversed(own):
                text = text[: each.start] + _quoted(edit.rename) + text[each.key_end :]
        elif edit.value is None:
            for each in reversed(own):
                text = _without(text, start, each)
        elif own:
            text = text[: own[-1].value_start] + _quoted(edit.value) + text[own[-1].end :]
        else:
            text = _with(text, start, members, f"{_quoted(edit.key)}: {_quoted(edit.value)}")
    return text


def _configuration(text: str, start: int) -> int:
    """Where the object that holds the properties begins, in any of the forms that are read."""
    if text[start] == "[":
        return _configuration(text, _past_blanks(text, start + 1))
    members = list(_members(text, start))
    for wrapper in _WRAPPERS:
        inner = [each.value_start for each in members if each.key == wrapper and text[each.value_start] == "{"]
        if inner:
            return _configuration(text, inner[-1])
    # /connectors?expand=info: one member, called after the connector.
    if len(members) == 1 and text[members[0].value_start] == "{":
        return _configuration(text, members[0].value_start)
    return start


def _members(text: str, start: int) -> Iterator[_Member]:
    """The members of the object that begins at ``start``."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
    place = _past_blanks(text, start + 1)
    while text[place] != "}":
        key, key_end = decoder.raw_decode(text, place)
        value_start = _past_blanks(text, _past_blanks(text, key_end) + 1)
        _, end = decoder.raw_decode(text, value_start)
        yield _Member(key, place, key_end, value_start, end)
        place = _past_blanks(text, end)
        if text[place] == ",":
            place = _past_blanks(text, place + 1)


def _past_blanks(text: str, place: int) -> int:
    match = _BLANK.match(text, place)
    return match.end() if match else place


def _without(text: str, start: int, member: _Member) -> str:
    """Take a member out, with the comma and the blanks that belong to it."""
    after = _past_blanks(text, member.end)
    if text[after] == ",":
        return text[: member.start] + text[_past_blanks(text, after + 1) :]
    before = member.start
    while text[before - 1] in " \t\r\n":
        before -= 1
    if before - 1 > start and text[before - 1] == ",":
        before -= 1
    return text[:before] + text[member.end :]


def _with(text: str, start: int, members: list[_Member], pair: str) -> str:
    """Add a member at the end, on a line of its own where the one before has one."""
    if not members:
        return f"{text[: start + 1]}{pair}{text[_past_blanks(text, start + 1) :]}"
    last = members[-1]
    line = text.rfind("\n", 0, last.start) + 1
    indent = text[line : last.start]
    end = "\r\n" if "\r\n" in text else "\n"
    blank = f"{end}{indent}" if line > 0 and not indent.strip() else " "
    return f"{text[: last.end]},{blank}{pair}{text[last.end :]}"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
