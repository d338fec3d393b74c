"""What ``cdcctl import`` does: from configurations to a pipeline that does the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdcctl.importing import reading
from cdcctl.importing.assembly import Draft, with_properties
from cdcctl.importing.given import Gathered, Given, complete, gather
from cdcctl.importing.meaning import Meaning
from cdcctl.importing.modern import in_target, today
from cdcctl.importing.naming import names_of
from cdcctl.importing.notes import Note
from cdcctl.importing.remainder import Remainder
from cdcctl.importing.versions import Versions, choose, text
from cdcctl.importing.worker import of_worker
from cdcctl.lint.configuration import CONFLUENT_S3, DEBEZIUM, ICEBERG
from cdcctl.pipeline import Pipeline
from cdcctl.pipeline.placeholders import PLACEHOLDER
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.settings import split

_VARIABLE = re.compile(r"\$\{var\.([A-Za-z_][A-Za-z0-9_]*)\}")
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Wishes:
    """What the user says beside the configurations.

    :param name: of the pipeline.
    :param debezium: the version that the pipeline is to run, such as ``3.6``.
    :param from_debezium: the version that the source's configuration is for.
    :param region: where what names no region runs.
    """

    name: str | None = None
    debezium: str | None = None
    from_debezium: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Imported:
    """The outcome.

    :ivar data: the document to write, in no particular order.
    """

    pipeline: Pipeline
    data: dict[str, Any]
    region: str
    versions: Versions
    origins: tuple[str, ...]
    notes: tuple[Note, ...]


def import_all(all_given: Iterable[Given], wishes: Wishes) -> Imported:
    """Make one pipeline of what is given.

    :raises InputError: it cannot be one.
    :raises UsageError: a version or a name that cannot be.
    """
    return _Import(complete(gather(all_given)), wishes).carry_out()


class _Import:
    """One import: the state that its steps share."""

    def __init__(self, gathered: Gathered, wishes: Wishes) -> None:
        self._gathered = gathered
        source = gathered.source
        self._versions = choose(
            source.config if source else {}, wishes.debezium, wishes.from_debezium, source.plugin if source else ""
        )
        self._notes: list[Note] = []
        self._name, self._sinks = names_of(gathered, wishes.name)
        self._configs: dict[str, Mapping[str, str]] = {}
        for part, one in self._parts().items():
            where = _where(part)
            self._configs[part], notes = today(one.kind, one.config, self._versions)
            self._notes += [replace(note, where=where) for note in (*one.notes, *notes)]
        configs = list(self._configs.values())
        self._region = wishes.region or reading.region_of(configs) or DEFAULT_REGION

    def _parts(self) -> dict[str, Given]:
        """``source`` and the sinks' names → what is given."""
        source = {"source": self._gathered.source} if self._gathered.source else {}
        return {**source, **self._sinks}

    def carry_out(self) -> Imported:
        """All steps."""
        draft = Draft(self._read(), self._notes)
        pipeline = draft.pipeline()
        for part in self._parts():
            pipeline = self._keep(part, draft, pipeline)
        self._worker(draft, render(pipeline, self._region))
        self._variables(draft)
        pipeline = draft.pipeline()
        self._tell_versions()
        self._tell_names()
        origins = tuple(each.origin for each in self._gathered.connectors)
        return Imported(
            pipeline, draft.data(), self._region, self._versions, origins, tuple(dict.fromkeys(draft.notes))
        )

    def _read(self) -> dict[tuple[str, ...], Any]:
        found: dict[tuple[str, ...], Any] = {("name",): self._name, ("source", "debezium"): self._versions.target}
        configs = list(self._configs.values())
        found |= reading.of_clients(configs)
        found |= reading.of_registries(configs, self._region)
        if "source" in self._configs:
            found |= reading.of_source(self._configs["source"], Meaning(DEBEZIUM, self._versions.of))
        else:
            found |= self._source_of_sinks()
        prefix = str(found.setdefault(("topic_prefix",), self._name))
        self._default_names(found)
        spelled_out = not any(("source", key) in found for key in ("databases", "tables_matching", "exclude_databases"))
        captured = list(found.get(("source", "tables"), [])) if spelled_out else []
        for name, one in self._sinks.items():
            below = reading.of_sink(one, self._configs[name], prefix, captured, Meaning(one.kind, self._versions.of))
            found |= {("sinks", name, *path): value for path, value in below.items()}
            found |= {("sinks", name, "type"): one.kind, ("sinks", name, "name"): name}
        if not self._sinks:
            # Iceberg's sink routes tables by name; Confluent's takes whatever there is.
            kind = ICEBERG if captured else CONFLUENT_S3
            found |= {("sinks", "sink", "type"): kind, ("sinks", "sink", "name"): "sink"}
            why = "no sink was given: what is to be written, and how"
            self._notes.append(Note("fill-in", "pipeline", "sinks.sink.type", why, kind))
        return {**found, **self._surroundings()}

    def _source_of_sinks(self) -> dict[tuple[str, ...], Any]:
        """What sinks tell of their source: the prefix, and the tables of their topics."""
        topics = [topic for config in self._configs.values() for topic in split(config.get("topics", ""))]
        prefix = reading.prefix_of(topics)
        if prefix is None:
            return {}
        tables = list(dict.fromkeys(topic.removeprefix(f"{prefix}.") for topic in topics))
        return {("topic_prefix",): prefix, ("source", "tables"): tables}

    def _default_names(self, found: dict[tuple[str, ...], Any]) -> None:
        """Names that are those which a pipeline of this name takes by itself."""
        tables = found.get(("source", "tables"), [])
        databases = [*(table.partition(".")[0] for table in tables), *found.get(("source", "databases"), [])]
        usual = {
            ("source", "schema_history", "topic"): f"{self._name}-schema-history",
            ("source", "signal_table"): f"{databases[0]}.cdcctl_signal" if databases else None,
        }
        for path, value in usual.items():
            if found.get(path) == value:
                found.pop(path, None)
        signals = found.get(("source", "signal_table"))
        if isinstance(signals, str) and databases and signals.count(".") != 1:
            found.pop(("source", "signal_table"))

    def _surroundings(self) -> dict[tuple[str, ...], Any]:
        """What MSK Connect knows beside the configurations; the source's count where they differ."""
        found: dict[tuple[str, ...], Any] = {}
        tags: dict[str, str] = {}
        capacities = {part: reading.capacity_of(one.settings) for part, one in self._parts().items()}
        usual = next((each for each in capacities.values() if each), None)
        for one in reversed(self._gathered.connectors):
            found |= {tuple(path.split(".")): value for path, value in reading.of_settings(one.settings).items()}
            tags |= one.tags
            if one.bucket:
                found[("connect", "plugin_bucket")] = one.bucket
        if found.get(("connect", "log_group")) == f"/cdcctl/{self._name}":
            del found[("connect", "log_group")]
        for part, capacity in capacities.items():
            if capacity and capacity != usual:
                found[("source", "capacity") if part == "source" else ("sinks", part, "capacity")] = capacity
        if usual:
            found[("connect", "capacity")] = usual
        kept = {key: value for key, value in tags.items() if not key.lower().startswith(("aws:", "cdcctl:"))}
        return {**found, ("tags",): kept} if kept else found

    def _keep(self, part: str, draft: Draft, pipeline: Pipeline) -> Pipeline:
        """Add the raw properties without which one configuration would not do what it did."""
        one = self._parts()[part]
        rendered = _of(render(pipeline, self._region), part)
        new, _ = today(one.kind, rendered, replace(self._versions, of=self._versions.to))
        remainder = Remainder(
            _where(part),
            Meaning(one.kind, self._versions.of),
            Meaning(one.kind, self._versions.to),
            self._configs[part],
            new,
        )
        raw = remainder.raw if one.kind != DEBEZIUM else in_target(remainder.raw, self._versions.to)
        path = ("source",) if part == "source" else ("sinks", part)
        with_properties(draft.found, path, raw)
        draft.overridden(path, raw)
        draft.notes += remainder.notes
        return draft.pipeline()

    def _worker(self, draft: Draft, rendered: Configurations) -> None:
        worker = self._gathered.worker
        if worker is not None:
            found, notes = of_worker(worker.config, self._name, rendered.worker)
            draft.found |= found
            draft.notes += [*(replace(note, where="worker") for note in worker.notes), *notes]

    def _variables(self, draft: Draft) -> None:
        """Variables of a template are the pipeline's own."""
        named = sorted(set(_VARIABLE.findall(str(draft.found))))
        for name in named:
            draft.found[("variables", name)] = PLACEHOLDER
            why = "a variable of a template: its value, or --var NAME=value"
            draft.notes.append(Note("fill-in", "pipeline", f"variables.{name}", why, PLACEHOLDER))

    def _tell_versions(self) -> None:
        versions = self._versions
        if self._gathered.source is None:
            why = versions.how
        elif versions.of == versions.to:
            why = f"the configuration is for this version ({versions.how}), and the pipeline keeps it"
        else:
            why = f"asked for; the configuration is for {text(versions.of)} ({versions.how})"
        self._notes.append(Note("note", "pipeline", "source.debezium", why, versions.target))

    def _tell_names(self) -> None:
        """Connectors that run under other names than those which the pipeline gives them."""
        for part, one in self._parts().items():
            name = f"{self._name}-{part}"
            if "serviceExecutionRoleArn" in one.settings and one.name and one.name != name:
                again = (
                    "reads all topics again" if part != "source" else "takes a snapshot, unless offsets are restored"
                )
                why = f"deploy makes a new connector beside {one.name}, which {again}; end the old one first"
                self._notes.append(Note("note", _where(part), "the connector's name", why, name))


def _where(part: str) -> str:
    return part if part == "source" else f"sink {part}"


def _of(rendered: Configurations, part: str) -> Mapping[str, str]:
    return rendered.source if part == "source" else rendered.sinks[part]
