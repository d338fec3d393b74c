"""Edits of a pipeline file: comments, order and quotes stay."""

from __future__ import annotations

import io
import re

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.util import load_yaml_guess_indent

from cdcctl.documents import Steps
from cdcctl.lint.rule import Edit


def edit_yaml(text: str, path: Steps, edit: Edit) -> str | None:
    """The text after an edit of the mapping at ``path``, which is made where it is missing.

    :return: None where something else than a mapping is in the way.
    """
    _, indent, offset = load_yaml_guess_indent(text)
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    yaml.indent(mapping=_mapping_indent(text), sequence=indent or 2, offset=offset or 0)
    data = yaml.load(text)
    mapping = data
    for step in path:
        if not isinstance(mapping, CommentedMap):
            return None
        if step not in mapping and edit.value is not None:
            mapping[step] = CommentedMap()
        mapping = mapping.get(step)
    if not isinstance(mapping, CommentedMap):
        return None
    _apply(mapping, edit)
    if path and not mapping and edit.value is None:
        _drop_empty(data, path)
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _apply(mapping: CommentedMap, edit: Edit) -> None:
    if edit.rename is not None:
        if edit.key in mapping:
            index = list(mapping).index(edit.key)
            comment = mapping.ca.items.get(edit.key)
            mapping.insert(index, edit.rename, mapping.pop(edit.key))
            if comment:
                mapping.ca.items[edit.rename] = comment
    elif edit.value is None:
        mapping.pop(edit.key, None)
    else:
        mapping[edit.key] = _scalar(edit.value)


def _drop_empty(data: CommentedMap, path: Steps) -> None:
    """Take away a mapping that an edit left empty."""
    parent = data
    for step in path[:-1]:
        parent = parent[step]
    parent.pop(path[-1], None)


def _mapping_indent(text: str) -> int:
    """How far the first mapping inside another is indented."""
    match = re.search(r"^[^\s#][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( +)[^\s#-]", text, re.MULTILINE)
    return len(match[1]) if match else 2


def _scalar(value: str) -> str | int | bool:
    """The value as one writes it in YAML; it is read back as the same text."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if re.fullmatch(r"0|-?[1-9]\d{0,17}", value, re.ASCII) else value
