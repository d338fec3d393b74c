"""Reading pipeline files: merged in order, variables put in, every problem told at once with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cdcctl.documents import Document, Steps, line, merge, problems, read_document, refusal
from cdcctl.errors import InputError
from cdcctl.pipeline.rules import contradictions
from cdcctl.pipeline.sinks import ICEBERG
from cdcctl.pipeline.variables import substitute
from cdcctl.pipeline.whole import Pipeline
from cdcctl.secrets import is_plain_secret

# The name of the sink that is written as ``sink:``.
ONLY_SINK = "sink"
# Below ``sinks``: type → what is laid over every sink of that type. The place a pipeline runs in speaks so.
EVERY_SINK = "*"


def load(
    paths: Sequence[Path], overlays: Iterable[Document] = (), variables: Mapping[str, str] | None = None
) -> Pipeline:
    """Read, merge and validate pipeline files.

    :param overlays: documents merged last, such as what the local stack dictates.
    :param variables: values of ``${var.NAME}``, before those that the files give themselves.
    :raises InputError: every problem found, one a line of ``details``.
    """
    if not paths:
        raise InputError("no pipeline file given", hint="name it with -f pipeline.yaml")
    return parse([*(read_document(path) for path in paths), *overlays], variables)


def parse(documents: Sequence[Document], variables: Mapping[str, str] | None = None) -> Pipeline:
    """Merge and validate documents.

    :raises InputError: every problem found, one a line of ``details``.
    """
    merged: dict[str, Any] = {}
    for document in documents:
        merge(merged, document.data)
    found = substitute(merged, variables or {})
    unset = {path for path, _ in found}
    short = _name_sinks(merged, found)
    found += _plain_secrets(merged)
    pipeline = None
    try:
        pipeline = Pipeline.model_validate(merged)
    except ValidationError as error:
        # What a variable without a value stands for cannot be judged.
        found += [problem for problem in problems(error, Pipeline) if _written(problem[0], short) not in unset]
    else:
        found += contradictions(pipeline)
    if pipeline is None or found:
        raise refusal([line(_written(path, short), message, documents) for path, message in found], documents)
    return pipeline


def _written(path: Steps, short: str | None) -> Steps:
    """The path as it is written in the file, where a single sink may stand alone."""
    return ("sink", *path[2:]) if short and path[:2] == ("sinks", short) else path


def _name_sinks(merged: dict[str, Any], found: list[tuple[Steps, str]]) -> str | None:
    """Bring ``sink:`` and ``sinks:`` into one form, each sink with its name and type; the name of a ``sink:``."""
    sinks, alone = merged.pop("sinks", None), merged.pop("sink", None)
    every = sinks.pop(EVERY_SINK, None) if isinstance(sinks, dict) else None
    short = None
    if alone is not None and sinks:
        found.append((("sink",), "sink and sinks exclude each other; name it among sinks"))
    elif alone is not None:
        name = alone.get("name", ONLY_SINK) if isinstance(alone, Mapping) else ONLY_SINK
        short = name if isinstance(name, str) else ONLY_SINK
        sinks = {short: alone}
    for name, sink in sinks.items() if isinstance(sinks, dict) else ():
        if isinstance(sink, dict):
            found += _name_sink(name, sink)
            if isinstance(every, Mapping) and isinstance(every.get(sink["type"]), Mapping):
                merge(sink, every[sink["type"]])
    if sinks is not None:
        merged["sinks"] = sinks
    return short


def _name_sink(name: Any, sink: dict[str, Any]) -> Iterator[tuple[Steps, str]]:
    if sink.setdefault("name", name) != name:
        yield ("sinks", name, "name"), f"this sink is called {name!r} already, by its key"
    sink.setdefault("type", ICEBERG)


def _plain_secrets(merged: Mapping[str, Any]) -> list[tuple[Steps, str]]:
    """The properties that hold a secret in plain text."""
    parts: list[tuple[Steps, Any]] = [((key,), merged.get(key)) for key in ("source", "registries", "kafka", "worker")]
    source, sinks = merged.get("source"), merged.get("sinks")
    if isinstance(source, Mapping):
        parts.append((("source", "topics"), source.get("topics")))
    if isinstance(sinks, Mapping):
        parts += [(("sinks", name), sink) for name, sink in sinks.items()]
    found = []
    for path, part in parts:
        properties = part.get("properties") if isinstance(part, Mapping) else None
        for key, value in properties.items() if isinstance(properties, Mapping) else ():
            if isinstance(key, str) and value is not None and is_plain_secret(key, str(value)):
                message = "is a secret in plain text; write a reference such as ${secretsmanager:NAME:key}"
                found.append(((*path, "properties", key), message))
    return found
