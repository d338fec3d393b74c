"""Edits and comments of ``.properties`` files, line by line."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

import javaproperties

from cdcctl.lint.rule import Edit

_SUPPRESSION = re.compile(r"^\s*[#!]\s*cdcctl:\s*ignore\s+([A-Za-z]+\d+)\s*(?:because\b:?\s*)?(.*?)\s*$", re.IGNORECASE)
# What stands before a value: the key with its escapes, then = or : or blanks.
_BEFORE_VALUE = re.compile(r"^(\s*(?:[^=:\s\\]|\\.)*)(\s*[=:]\s*|[ \t\f]+|)", re.DOTALL)

Element = tuple[str | None, str]


def suppression_comments(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, code and reason of each comment ``# cdcctl: ignore CODE because REASON``."""
    line = 1
    for key, source in _elements(text):
        match = _SUPPRESSION.match(source) if key is None else None
        if match:
            yield line, match[1].upper(), match[2]
        line += len(re.findall(r"\r\n|\r|\n", source))


def edit_properties(text: str, edits: Sequence[Edit]) -> str:
    """The text after the edits."""
    elements = list(_elements(text))
    end = "\r\n" if "\r\n" in text else "\n"
    for edit in edits:
        if edit.rename is not None:
            elements = [_renamed(each, edit.rename) if each[0] == edit.key else each for each in elements]
        elif edit.value is None:
            elements = [each for each in elements if each[0] != edit.key]
        else:
            _set(elements, edit.key, edit.value, end)
    return "".join(source for _, source in elements)


def _elements(text: str) -> Iterator[Element]:
    """Key (None for comments and blank lines) and text of everything in the file."""
    for each in javaproperties.parse(io.StringIO(text, newline="")):
        yield (each.key.strip() if isinstance(each, javaproperties.KeyValue) else None), each.source


def _renamed(element: Element, key: str) -> Element:
    before = _BEFORE_VALUE.match(element[1])
    return key, _escaped_key(key) + (element[1][len(before[1]) :] if before else "")


def _set(elements: list[Element], key: str, value: str, end: str) -> None:
    """Give a property its value where it stands last, since the last one counts; else append it."""
    places = [index for index, each in enumerate(elements) if each[0] == key]
    if not places:
        if elements and not elements[-1][1].endswith(("\n", "\r")):
            elements[-1] = (elements[-1][0], elements[-1][1] + end)
        elements.append((key, f"{_escaped_key(key)}={_escaped(value)}{end}"))
        return
    source = elements[places[-1]][1]
    before, ending = _BEFORE_VALUE.match(source), re.search(r"[\r\n]*$", source)
    stem = before[0] if before and before[2] else f"{_escaped_key(key)}="
    elements[places[-1]] = (key, stem + _escaped(value) + (ending[0] if ending else ""))


def _escaped(value: str) -> str:
    return javaproperties.join_key_value("k", value).removeprefix("k=")


def _escaped_key(key: str) -> str:
    return javaproperties.join_key_value(key, "").removesuffix("=")
