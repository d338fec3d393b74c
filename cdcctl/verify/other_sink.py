"""A scenario with another sink than its own, with the archive of the sink's makers where cdcctl does not bring it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, MutableMapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from cdcctl.documents import Document, read_document
from cdcctl.errors import InputError, UsageError
from cdcctl.pipeline import AivenS3Sink, ConfluentS3Sink, IcebergSink
from cdcctl.plugins.inspection import inspect
from cdcctl.render import aiven_s3, confluent_s3, iceberg
from cdcctl.resources import data_folder
from cdcctl.verify.scenario import Scenario

# Type of a sink → its connector's class, and the model that knows its versions.
_SINKS: dict[str, tuple[str, type[BaseModel]]] = {
    "iceberg": (iceberg.CONNECTOR_CLASS, IcebergSink),
    "confluent-s3": (confluent_s3.CONNECTOR_CLASS, ConfluentS3Sink),
    "aiven-s3": (aiven_s3.CONNECTOR_CLASS, AivenS3Sink),
}
_KEYS = ("sink", "sinks")


def with_sink(scenario: Scenario, word: str, plugin: Path | None) -> Scenario:
    """The scenario with one sink, in place of its own.

    :param word: a sink of ``integration/sinks`` by its name, or a YAML file with one.
    :param plugin: the connector's archive; the sink's version is then that of the archive.
    :raises InputError: there is no such sink, or the archive does not hold its connector.
    :raises UsageError: the connector does not come with cdcctl, and no archive is given.
    """
    found = _document(word)
    written = found.data.get("sink", found.data)
    if not isinstance(written, Mapping):
        raise InputError(f"{found.name}: sink must be a mapping of keys")
    sink = dict(written)
    kind = str(sink.get("type", "iceberg"))
    if plugin is not None:
        sink.update(_archive(kind, plugin))
    elif kind != "iceberg" and "plugin" not in sink:
        raise UsageError(
            f"--sink {word}: the connector does not come with cdcctl",
            hint="download its archive from its makers and name it with --plugin",
        )
    kept = [Document(each.name, without_sinks(each.data)) for each in scenario.documents]
    return replace(scenario, documents=(*kept, Document(found.name, {"sink": sink})))


def _document(word: str) -> Document:
    known = {path.stem: path for path in sorted((data_folder("integration") / "sinks").glob("*.yaml"))}
    if word in known:
        return read_document(known[word])
    if Path(word).is_file():
        return read_document(Path(word))
    near = difflib.get_close_matches(word, known, 3)
    hint = f"did you mean {', '.join(near)}?" if near else f"choose {', '.join(known)}, or name a YAML file"
    raise InputError(f"there is no sink {word!r}", hint=hint)


def _archive(kind: str, plugin: Path) -> dict[str, str]:
    """What a pipeline file says of a connector in an archive: where it is, and its version as far as it is known."""
    if kind not in _SINKS:
        return {"plugin": str(plugin)}
    connector, model = _SINKS[kind]
    inspection = inspect(plugin)
    found = inspection.find(connector)
    if found is None:
        others = [each.name for each in inspection.plugins if each.kind.endswith("connector")]
        raise InputError(f"{plugin} does not hold {connector}", hint=f"it holds {', '.join(others) or 'no connector'}")
    line = ".".join((found.version or inspection.version).split(".")[:2])
    known = get_args(model.model_fields["version"].annotation)
    return {"plugin": str(plugin.resolve()), **({"version": line} if line in known else {})}


def without_sinks(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A pipeline document without its sinks; it keeps the places of its keys, for messages."""
    kept = deepcopy(data)
    if isinstance(kept, MutableMapping):
        for key in _KEYS:
            kept.pop(key, None)
    return kept
