"""A file with the configuration of a connector or a worker: JSON or ``.properties``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cdcctl.connector_files import ConnectorFile, read_connector_files
from cdcctl.errors import InputError
from cdcctl.lint.configuration import Configuration, Deployment, Location, kind_of
from cdcctl.lint.editing.json_text import edit_json
from cdcctl.lint.editing.properties import edit_properties, suppression_comments
from cdcctl.lint.finding import Suppression
from cdcctl.lint.inputs.base import Edits, NewText

_MCUS = ("1", "2", "4", "8")
_HINT = "a connector's configuration names connector.class, a worker's key.converter and value.converter"


class ConfigurationFile:
    """One file. Most hold one configuration; those that hold several can be judged, but not edited."""

    versions: Mapping[str, tuple[int, ...]] = {}

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = read_connector_files(path)

    @cached_property
    def configurations(self) -> tuple[Configuration, ...]:
        """What is in the file.

        :raises InputError: it is not clear what it configures.
        """
        return tuple(self._configuration(each) for each in self._files)

    @property
    def suppressions(self) -> tuple[Suppression, ...]:
        """The comments of a properties file that tell a code to be ignored; JSON has no comments."""
        text, _ = self._text
        return (
            ()
            if self._is_json
            else tuple(
                Suppression(code, reason, Location(str(self._path), line))
                for line, code, reason in suppression_comments(text)
            )
        )

    def edited(self, edits: Edits) -> list[NewText]:
        """The file after the edits; what they do not concern stays as it is."""
        text, encoding = self._text
        if len(self._files) != 1:
            return []
        change = edit_json if self._is_json else edit_properties
        after = change(text, [edit for _, edit in edits])
        return [NewText(self._path, text, after, encoding)] if after != text else []

    def reread(self) -> ConfigurationFile:
        """The same file as it is now."""
        return ConfigurationFile(self._path)

    @cached_property
    def _text(self) -> tuple[str, str]:
        """The text with its own line ends, and its encoding: UTF-8, or Latin-1 as Java's properties may be in."""
        data = self._path.read_bytes()
        mark = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
        try:
            return data.decode(mark), mark
        except UnicodeDecodeError:
            return data.decode("latin-1"), "latin-1"

    @property
    def _is_json(self) -> bool:
        return self._text[0].lstrip()[:1] in ("{", "[")

    def _configuration(self, one: ConnectorFile) -> Configuration:
        kind = kind_of(one.config)
        if kind is None:
            raise InputError(f"{one.file}: this is no configuration of a connector or a worker", hint=_HINT)

        def locate(key: str | None) -> Location:
            return Location(one.file, one.lines.get(key or "") or min(one.lines.values(), default=1), key=key)

        return Configuration(kind, one.config, one.connector or "", _deployment(one.around), one.repeated, locate)


def _deployment(around: Mapping[str, Any]) -> Deployment:
    """What a request to MSK Connect says beside the configuration; nothing where there is none."""
    capacity = around.get("capacity")
    if not isinstance(capacity, Mapping):
        return Deployment()
    delivery = _below(around, "logDelivery", "workerLogDelivery")
    workers = str(_below(capacity, "provisionedCapacity").get("workerCount", ""))
    mcu = str({**_below(capacity, "autoScaling"), **_below(capacity, "provisionedCapacity")}.get("mcuCount", ""))
    version = re.match(r"(\d+)\.(\d+)", str(around.get("kafkaConnectVersion", "")))
    encryption = _below(around, "kafkaClusterEncryptionInTransit").get("encryptionType")
    return Deployment(
        connect=(int(version[1]), int(version[2])) if version else None,
        log_delivery=any(isinstance(each, Mapping) and each.get("enabled") is True for each in delivery.values()),
        mcu=int(mcu) if mcu in _MCUS else None,
        workers=int(workers) if re.fullmatch(r"\d{1,4}", workers, re.ASCII) else None,
        autoscaled="autoScaling" in capacity,
        worker_configuration="workerConfiguration" in around,
        encrypted=encryption == "TLS" if encryption else None,
    )


def _below(data: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for step in path:
        data = data.get(step, {}) if isinstance(data, Mapping) else {}
    return data if isinstance(data, Mapping) else {}
