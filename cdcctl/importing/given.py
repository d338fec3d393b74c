"""What is given to an import: one source, sinks, a worker configuration, and what is known of how they run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cdcctl.aws.connect_resources import settings_of
from cdcctl.connector_files import ConnectorFile
from cdcctl.errors import InputError
from cdcctl.importing.notes import Note
from cdcctl.lint.configuration import CLASSES, DEBEZIUM, PARQUET_SINKS, WORKER, Kind, kind_of
from cdcctl.lint.rule import nearest
from cdcctl.pipeline.placeholders import PLACEHOLDER
from cdcctl.secrets import is_plain_secret

# The Iceberg sink before it was given to Apache.
_FORMER = {"io.tabular.iceberg.connect.IcebergSinkConnector": "org.apache.iceberg.connect.IcebergSinkConnector"}
# The name of an access key goes where the key goes.
_KEY_ID = re.compile(r"(?i)access[._-]key[._-]id$")
_LOGIN = re.compile(r"""(?P<name>username|password)\s*=\s*(?:"[^"]*"|'[^']*')""")


@dataclass(frozen=True)
class Given:
    """One configuration, without secrets.

    :ivar origin: the file, or the connector that runs.
    :ivar name: the connector's, where that is known.
    :ivar settings: what stands beside the configuration in MSK Connect, as ``settings_of`` tells it.
    :ivar plugin: name and file of its plugin, for what versions they tell.
    """

    origin: str
    kind: Kind
    config: Mapping[str, str] = field(repr=False)
    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    plugin: str = ""
    bucket: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """All that belongs together."""

    source: Given | None
    sinks: tuple[Given, ...]
    worker: Given | None

    @property
    def connectors(self) -> list[Given]:
        """Source and sinks."""
        return [*([self.source] if self.source else []), *self.sinks]


def given(file: ConnectorFile) -> Given:
    """Take what one file holds.

    :raises InputError: it is not clear what it configures, or no pipeline can have such a connector.
    """
    config = dict(file.config)
    config["connector.class"] = _FORMER.get(file.connector_class, file.connector_class)
    if not config["connector.class"]:
        del config["connector.class"]
    kind = kind_of(config)
    if kind is None:
        raise InputError(
            f"{file.file}: this is no configuration of a connector or a worker",
            hint="a connector's configuration names connector.class, a worker's key.converter and value.converter",
        )
    if kind not in (DEBEZIUM, WORKER, *PARQUET_SINKS):
        near = nearest(file.connector_class, CLASSES, 0.9)
        theirs = "it has Debezium's MySQL connector and sinks of Iceberg, Confluent S3 or Aiven S3: leave this one out"
        raise InputError(
            f"{file.file}: a pipeline cannot have a {file.connector_class}",
            hint=f"did you mean {near}?" if near else theirs,
        )
    config.pop("name", None)
    notes = []
    if file.connector_class in _FORMER:
        why = "the sink is Apache's now"
        notes.append(Note("modernised", "", "connector.class", why, config["connector.class"]))
    if kind != WORKER:
        config["connector.class"] = next(name for name, known in CLASSES.items() if known == kind)
    tags = file.around.get("tags")
    return Given(
        file.file,
        kind,
        config,
        file.connector or "",
        settings_of(file.around),
        {str(key): str(value) for key, value in tags.items()} if isinstance(tags, Mapping) else {},
        notes=tuple(notes),
    )


def gather(all_given: Iterable[Given]) -> Gathered:
    """Sort what is given by what it is for, and put references where secrets are.

    :raises InputError: two sources, two worker configurations, or no connector at all.
    """
    sources: list[Given] = []
    sinks: list[Given] = []
    workers: list[Given] = []
    for each in all_given:
        group = sources if each.kind == DEBEZIUM else workers if each.kind == WORKER else sinks
        clean, notes = without_secrets(each.config)
        group.append(replace(each, config=clean, notes=(*each.notes, *notes)))
    for what, group in (("source", sources), ("worker configuration", workers)):
        if len(group) > 1:
            names = " and ".join(each.origin for each in group[:2])
            raise InputError(f"{names} are both a {what}", hint=f"a pipeline has one {what}: import them one by one")
    if not sources and not sinks:
        raise InputError("there is no connector's configuration", hint="name that of a source, of sinks, or both")
    return Gathered(sources[0] if sources else None, tuple(sinks), workers[0] if workers else None)


def without_secrets(config: Mapping[str, str]) -> tuple[dict[str, str], list[Note]]:
    """The configuration with a reference in the place of each secret, to be filled in."""
    clean: dict[str, str] = {}
    notes = []
    for key, value in config.items():
        if not value or not (is_plain_secret(key, value) or (_KEY_ID.search(key) and "${" not in value)):
            clean[key] = value
            continue
        clean[key] = _in_a_line(key, value) or _reference(_key_of(key))
        why = "a secret in plain text: put it into Secrets Manager, and the secret's name here"
        notes.append(Note("fill-in", "", key, why, clean[key]))
    return clean, notes


def _in_a_line(key: str, value: str) -> str | None:
    """A JAAS line with references in it; None where it is none, or they are not all of its secrets."""
    line = _LOGIN.sub(lambda found: f'{found["name"]}="{_reference(found["name"])}"', value)
    return line if key.endswith("jaas.config") and line != value and not is_plain_secret(key, line) else None


def _reference(key: str) -> str:
    return f"${{secretsmanager:{PLACEHOLDER}:{key}}}"


def _key_of(key: str) -> str:
    """What a secret's key may be called."""
    return "password" if key == "database.password" else re.sub(r"[^A-Za-z0-9_.-]", "-", key)[:200]


def complete(gathered: Gathered) -> Gathered:
    """Every connector with its converters, where the worker's configuration names those it does not name itself."""
    worker = gathered.worker
    if worker is None:
        return gathered
    inherited = {side: dict(_converter(worker.config, side)) for side in ("key", "value")}

    def completed(one: Given) -> Given:
        more = {}
        for side, options in inherited.items():
            if f"{side}.converter" not in one.config and options.get(f"{side}.converter"):
                more.update(options)
        return replace(one, config={**one.config, **more})

    source = completed(gathered.source) if gathered.source else None
    return replace(gathered, source=source, sinks=tuple(map(completed, gathered.sinks)))


def _converter(config: Mapping[str, str], side: str) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in config.items() if key.split(".")[:2] == [side, "converter"])
