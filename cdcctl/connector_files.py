"""Connector and worker configurations as people keep them in files: read into plain text properties, with their lines.

Read are JSON in five forms (a plain map; ``{"name", "config"}`` of Kafka Connect's REST API; its
``/connectors?expand=info``; a request to or an answer from MSK Connect, ``{"connectorConfiguration", …}``; a list of
these) and Java's properties. Every value becomes text, as it is on the wire.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import javaproperties

from cdcctl.documents import as_text
from cdcctl.errors import InputError

_FORMS = 'give {"name": …, "config": {…}}, a plain map, a request to MSK Connect, or a .properties file'


@dataclass(frozen=True)
class ConnectorFile:
    """One configuration.

    :ivar file: the file's name, for messages.
    :ivar connector: the connector's name, where the file tells it.
    :ivar around: what stands beside the configuration in a request to MSK Connect or in its answer.
    :ivar lines: property → its line in the file, the first being 1.
    :ivar repeated: properties that the file gives more than once; the last one counts, as it does for Kafka Connect.
    """

    file: str
    config: Mapping[str, str] = field(repr=False)
    connector: str | None = None
    around: Mapping[str, Any] = field(default_factory=dict, repr=False)
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)
    repeated: tuple[str, ...] = ()

    @property
    def connector_class(self) -> str:
        """``connector.class``; empty where there is none, as in a worker's configuration."""
        return self.config.get("connector.class", "")


def read_connector_files(path: Path) -> list[ConnectorFile]:
    """Read all configurations that a file holds, at least one.

    :raises InputError: not there, not readable, or no configuration in any of the forms.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", hint="name a connector's configuration") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="give a file that can be read") from None
    return parse_connector_files(data, str(path))


def parse_connector_files(data: bytes, name: str) -> list[ConnectorFile]:
    """The configurations in the bytes of a file; as :func:`read_connector_files`."""
    text = _decoded(data)
    if not text.strip():
        raise InputError(f"{name} is empty", hint=_FORMS)
    if "\0" in text:
        raise InputError(f"{name} is not a text file", hint=_FORMS)
    return _json(text, name) if text.lstrip()[0] in "{[" else [_properties(text, name)]


def _decoded(data: bytes) -> str:
    """Java reads properties as Latin-1, people write UTF-8: whichever of the two it is."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _properties(text: str, name: str) -> ConnectorFile:
    line = 1
    found: list[tuple[str, str, int]] = []
    try:
        for element in javaproperties.parse(text):
            if isinstance(element, javaproperties.KeyValue):
                found.append((element.key, element.value, line))
            line += element.source.count("\n")
    except ValueError as error:
        raise InputError(f"{name}:{line}: {error}", hint="correct the file") from None
    lines = {key.strip(): where for key, _, where in found}
    return _file(name, [(key, value) for key, value, _ in found], lines)


def _json(text: str, name: str) -> list[ConnectorFile]:
    try:
        # Numbers stay as they are written: the wire has text only.
        data = json.loads(text, object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}", hint=_FORMS) from None
    except RecursionError:
        raise InputError(f"{name} is nested too deeply to be a configuration", hint=_FORMS) from None
    found = [_from_object(one, text, name) for one in _objects(data)]
    if not found:
        raise InputError(f"{name} holds no configuration", hint=_FORMS)
    return found


class _Object(dict[str, Any]):
    """A JSON object that still knows all it was given, in order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _objects(data: Any) -> Iterator[Any]:
    """The objects that each are one connector's."""
    if isinstance(data, list):
        for one in data:
            yield from _objects(one)
    elif (
        isinstance(data, _Object) and data and all(isinstance(one, _Object) and "info" in one for one in data.values())
    ):
        for one in data.values():
            yield from _objects(one["info"])
    else:
        yield data


def _from_object(data: Any, text: str, name: str) -> ConnectorFile:
    if not isinstance(data, _Object):
        raise InputError(f"{name}: {_kind(data)} where a configuration was expected", hint=_FORMS)
    around: Mapping[str, Any] = {}
    config, connector = data, None
    for inner, label in (("connectorConfiguration", "connectorName"), ("config", "name")):
        if isinstance(data.get(inner), _Object):
            config, connector = data[inner], data.get(label)
            around = {key: value for key, value in data.items() if key != inner}
            break
    properties = []
    for key, value in config.pairs:
        if isinstance(value, (dict, list)):
            raise InputError(f"{name}: {key} is {_kind(value)}; a connector's properties are text", hint=_FORMS)
        # Kafka Connect takes null as not given.
        if value is not None:
            properties.append((key, as_text(value)))
    lines = {key.strip(): _line_of(key, text) for key, _ in properties}
    return _file(name, properties, lines, connector if isinstance(connector, str) else None, around)


def _line_of(key: str, text: str) -> int:
    """The line of a key in a JSON text; 1 where it is written with escapes."""
    match = re.search(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a single value"


def _file(
    name: str,
    pairs: list[tuple[str, str]],
    lines: Mapping[str, int],
    connector: str | None = None,
    around: Mapping[str, Any] | None = None,
) -> ConnectorFile:
    config: dict[str, str] = {}
    repeated: dict[str, None] = {}
    # Kafka's ConfigDef trims whatever it parses.
    for key, value in ((key.strip(), value.strip()) for key, value in pairs):
        if not _is_encodable(key + value):
            raise InputError(f"{name}:{lines[key]}: half of a UTF-16 pair stands alone there", hint="correct the file")
        if key in config:
            repeated[key] = None
        config[key] = value
    return ConnectorFile(name, config, connector or config.get("name"), around or {}, lines, tuple(repeated))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
