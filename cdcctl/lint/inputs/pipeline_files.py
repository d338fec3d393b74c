"""A pipeline, from its files: judged by what it renders to, located by what causes it in the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cdcctl.documents import Document, Steps, merge, place, read_document
from cdcctl.errors import InputError
from cdcctl.lint.configuration import WORKER, Configuration, Deployment, Location, kind_of
from cdcctl.lint.editing.yaml_text import edit_yaml
from cdcctl.lint.finding import Suppression
from cdcctl.lint.inputs import places
from cdcctl.lint.inputs.base import Edits, NewText
from cdcctl.lint.rule import Edit
from cdcctl.pipeline import AivenS3Sink, ConfluentS3Sink, IcebergSink, Pipeline, Sink, parse
from cdcctl.pipeline.placeholders import placeholders
from cdcctl.plugins.catalogue import load_lock
from cdcctl.render import names
from cdcctl.render.configurations import render

# What a file may leave to the place in which it runs. It is laid below the files and says nothing that a rule minds.
_PLACE = Document(
    "the place it runs in",
    {
        "source": {"host": "mysql.invalid", "credentials": {"secret": "mysql"}},
        "kafka": {"bootstrap_servers": "broker.invalid:9098", "subnets": ["subnet-0"]},
        "connect": {"role_arn": "arn:aws:iam::000000000000:role/connect", "plugin_bucket": "plugins"},
    },
)


class PipelineFiles:
    """One pipeline, of files laid over one another.

    :param documents: what the files hold, where that is not to be read from them.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        region: str,
        variables: Mapping[str, str],
        documents: Sequence[Document] | None = None,
    ) -> None:
        self._paths = list(paths)
        self._region = region
        self._variables = variables
        self._documents = list(documents) if documents else [read_document(path) for path in paths]
        self._pipeline = parse([_PLACE, _with_buckets(self._documents), *self._documents], variables)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline, with made-up names for what the files leave to the place it runs in."""
        return self._pipeline

    @cached_property
    def configurations(self) -> tuple[Configuration, ...]:
        """Source, sinks and worker configuration, as they are rendered."""
        pipeline = self._pipeline
        rendered = render(pipeline, self._region)
        capacity = pipeline.capacity_of(pipeline.source)
        name = names.source_connector(pipeline)
        source = self._connector(rendered.source, name, capacity, ("source",), places.of_source)
        sinks = [
            self._connector(
                rendered.sinks[name],
                names.sink_connector(pipeline, sink),
                pipeline.capacity_of(sink),
                self._sink_path(name),
                lambda key, name=name: places.of_sink(key, self._sink_path(name)),  # type: ignore[misc]
            )
            for name, sink in pipeline.sinks.items()
        ]
        locate = self._locator(("worker",), places.of_worker)
        worker = Configuration(WORKER, rendered.worker, deployment=Deployment(unfilled=()), locate=locate)
        return (source, *sinks, worker)

    @property
    def suppressions(self) -> tuple[Suppression, ...]:
        """The entries of ``lint.ignore``."""
        return tuple(
            Suppression(each.code, each.reason, self._location(("lint", "ignore", index)))
            for index, each in enumerate(self._pipeline.lint.ignore)
        )

    @property
    def versions(self) -> Mapping[str, tuple[int, ...]]:
        """Those that the file names, and the pinned converter's."""
        pipeline = self._pipeline
        found = {
            "debezium": pipeline.source.debezium,
            **{_component(sink): sink.version for sink in pipeline.sinks.values()},
            "glue-avro-converter": load_lock("glue-avro-converter").version,
        }
        return {component: tuple(map(int, re.findall(r"\d+", version)))[:3] for component, version in found.items()}

    def edited(self, edits: Edits) -> list[NewText]:
        """The files that the edits change. What does not leave a valid pipeline is left out."""
        changed: dict[int, NewText] = {}
        for config, edit in edits:
            index, path, own = self._target(config, edit)
            old = changed.get(index)
            text = old.after if old else self._paths[index].read_text(encoding="utf-8")
            after = edit_yaml(text, path, own)
            if after is not None and after != text and self._is_valid(index, after):
                changed[index] = NewText(self._paths[index], old.before if old else text, after)
        return list(changed.values())

    def _is_valid(self, index: int, text: str) -> bool:
        """Whether the pipeline can still be read with this text in the place of one of its files."""
        documents = list(self._documents)
        documents[index] = Document(documents[index].name, YAML(typ="rt").load(text))
        try:
            parse([_PLACE, _with_buckets(documents), *documents], self._variables)
        except InputError:
            return False
        return True

    def reread(self) -> PipelineFiles:
        """The same pipeline as its files are now."""
        return PipelineFiles(self._paths, self._region, self._variables)

    def _connector(
        self,
        values: Mapping[str, str],
        name: str,
        capacity: Any,
        section: Steps,
        cause: Callable[[str], Steps | None],
    ) -> Configuration:
        kind = kind_of(values)
        assert kind is not None, values["connector.class"]  # noqa: S101
        connect = self._pipeline.connect
        version = re.match(r"(\d+)\.(\d+)", connect.version)
        deployment = Deployment(
            connect=(int(version[1]), int(version[2])) if version else None,
            log_delivery=bool(connect.logs.cloudwatch or connect.logs.s3 or connect.logs.firehose),
            mcu=capacity.mcu,
            workers=None if capacity.autoscaled else capacity.provisioned_workers,
            autoscaled=capacity.autoscaled,
            worker_configuration=True,
            encrypted=self._pipeline.kafka.encryption == "TLS",
            unfilled=tuple(self._unfilled) if section == ("source",) else (),
        )
        return Configuration(kind, values, name, deployment, locate=self._locator(section, cause))

    def _locator(self, section: Steps, cause: Callable[[str], Steps | None]) -> Callable[[str | None], Location]:
        def locate(key: str | None) -> Location:
            if key in self._unfilled:
                return self._location(self._unfilled[key])
            raw = (*section, "properties", key) if key else section
            if self._holds(raw):
                return self._location(raw)
            return self._location((cause(key) if key else None) or section)

        return locate

    @cached_property
    def _unfilled(self) -> dict[str, Steps]:
        """What is still to be filled in, as it is called in the file → where."""
        merged: dict[str, Any] = {}
        for document in self._documents:
            merge(merged, document.data)
        given = {("variables", name) for name in self._variables}
        return {".".join(map(str, path)): path for path in placeholders(merged) if path[:2] not in given}

    def _holds(self, path: Steps) -> bool:
        found = place(path, self._documents)
        return found is not None and found.depth == len(path)

    def _location(self, path: Steps) -> Location:
        found = place(path, self._documents)
        named = ".".join(map(str, path))
        if found is None:
            return Location(self._documents[-1].name, 1, 1, named)
        return Location(found.document.name, found.line, found.column, named)

    def _sink_path(self, name: str) -> Steps:
        """A single sink may stand alone in the file."""
        return ("sinks", name) if any("sinks" in document.data for document in self._documents) else ("sink",)

    def _target(self, config: Configuration, edit: Edit) -> tuple[int, Steps, Edit]:
        """The file, the mapping in it, and the edit of that mapping that do what ``edit`` does to the configuration."""
        section = self._section(config)
        raw: Steps = (*section, "properties")
        cause = None if self._holds((*raw, edit.key)) else self._cause(config, edit.key)
        if cause is not None and edit.value is not None and edit.rename is None:
            return self._file_of(cause), cause[:-1], Edit(str(cause[-1]), edit.value)
        return self._file_of((*raw, edit.key)), raw, edit

    def _section(self, config: Configuration) -> Steps:
        if config.kind == WORKER:
            return ("worker",)
        sinks = {names.sink_connector(self._pipeline, sink): name for name, sink in self._pipeline.sinks.items()}
        return self._sink_path(sinks[config.name]) if config.name in sinks else ("source",)

    def _cause(self, config: Configuration, key: str) -> Steps | None:
        """The key of the model that sets a property, where it takes the property's own words for its value."""
        section = self._section(config)
        if config.kind == WORKER:
            found = places.of_worker(key)
        else:
            found = places.of_source(key) if section == ("source",) else places.of_sink(key, section)
        return found if found and str(found[-1]) in _SAME_WORDS else None

    def _file_of(self, path: Steps) -> int:
        found = place(path, self._documents)
        documents = [document.name for document in self._documents]
        return documents.index(found.document.name) if found else len(documents) - 1


# Keys of the model whose values are those of the property: an edit of the property is one of the key.
_SAME_WORDS = {
    *("snapshot_mode", "snapshot_locking", "skip_unparseable", "deletes", "tombstones", "cleanup", "decimal"),
    *("records", "schedule_ms", "timezone", "start", "headers", "evolve_schema", "commit_interval_ms", "interval_ms"),
    "tasks",
}


def _component(sink: Sink) -> str:
    kinds: dict[type, str] = {IcebergSink: "iceberg", ConfluentS3Sink: "confluent-s3", AivenS3Sink: "aiven-s3"}
    return kinds[type(sink)]


def _with_buckets(documents: Sequence[Document]) -> Document:
    """Buckets for the sinks that leave theirs to the place."""
    merged: dict[str, Any] = {}
    for document in documents:
        merge(merged, document.data)
    data: dict[str, Any] = {}
    if isinstance(merged.get("sink"), Mapping):
        data["sink"] = _bucket(merged["sink"])
    if isinstance(merged.get("sinks"), Mapping):
        sinks = {name: _bucket(sink) for name, sink in merged["sinks"].items() if isinstance(sink, Mapping)}
        data["sinks"] = sinks
    return Document(_PLACE.name, data)


def _bucket(sink: Mapping[str, Any]) -> dict[str, str]:
    iceberg = sink.get("type", "iceberg") == "iceberg"
    return {"warehouse": "s3://bucket/warehouse"} if iceberg else {"bucket": "bucket"}
