"""What somebody has changed since the last deploy, outside of cdcctl: in the console, with another tool.

Three states are compared, property by property. The *record* that the last deploy wrote of what it left behind is what
things should still be; what is *found* differs from it where something has drifted; and the *pipeline file* decides
what the next deploy makes of that. A file that was changed and not deployed yet is no drift: that is what plan shows.
Who it was is known to CloudTrail alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cdcctl.aws.target import Target
from cdcctl.deploy.desired import Desired, desired_without_plugins, is_worker_of
from cdcctl.deploy.differences import CONFIGURATION, PLUGIN
from cdcctl.deploy.observe import Observed, observe
from cdcctl.deploy.planner import schema_id
from cdcctl.deploy.record import Record, Recorded, Value, read_record
from cdcctl.deploy.resources import Id, Resource, desired_resources, found_resources
from cdcctl.deploy.topics import table_topics
from cdcctl.deploy.waiting import Say
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.render.configurations import render


class What(str, Enum):
    """What has become of a resource."""

    CHANGED = "changed"
    GONE = "gone"
    APPEARED = "appeared"
    MADE_ANEW = "made anew"


class Verdict(str, Enum):
    """What the next deploy makes of it."""

    TAKEN_BACK = "deploy takes it back"
    OTHER = "deploy sets it to what the file says now"
    AGREES = "the file says so by now, deploy leaves it"
    LEFT = "deploy leaves it"


@dataclass(frozen=True)
class Difference:
    """A property as it was and as it is, as they may be shown; None where there is none."""

    part: str
    property: str
    was: str | None
    now: str | None
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "verdict": self.verdict.value}


@dataclass(frozen=True)
class Drift:
    """A resource that is not as the last deploy left it. ``verdict`` of one that is not just changed."""

    what: What
    kind: str
    name: str
    differences: tuple[Difference, ...] = ()
    verdict: Verdict | None = None

    @property
    def taken_back(self) -> bool:
        """Whether deploy undoes all of it."""
        verdicts: set[Verdict | None] = {each.verdict for each in self.differences}
        return (verdicts or {self.verdict}) == {Verdict.TAKEN_BACK}

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "what": self.what.value,
            "kind": self.kind,
            "name": self.name,
            "verdict": self.verdict.value if self.verdict else None,
            "differences": [each.to_dict() for each in self.differences],
        }


@dataclass(frozen=True)
class Drifts:
    """All of them.

    :ivar when: of the last deploy, and ``who`` ran it.
    :ivar notes: what could not be looked at.
    """

    when: str
    who: str
    drifts: tuple[Drift, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "deployed": self.when,
            "by": self.who,
            "drifts": [each.to_dict() for each in self.drifts],
            "notes": list(self.notes),
        }


def find_drift(pipeline: Pipeline, target: Target, say: Say) -> Drifts:
    """Look, and compare. Changes nothing, and needs no lock.

    :raises InputError: nothing was deployed, or not by a cdcctl that wrote down what it left behind.
    """
    target = target.telling(say)
    record = read_record(target, pipeline)
    if record is None:
        raise InputError(
            f"there is no record of a deploy of {pipeline.name} in bucket {pipeline.connect.plugin_bucket}",
            hint="cdcctl deploy writes one; cdcctl plan compares with the pipeline file",
        )
    say("looking at what exists")
    plugins = {
        name: each.parts[PLUGIN]["name"].shown for (kind, name), each in record.resources.items() if kind == "connector"
    }
    desired = desired_without_plugins(pipeline, render(pipeline, target.region), plugins)
    observed = observe(target, desired)
    found = found_resources(target, desired, observed)
    return Drifts(record.when, record.who, tuple(_drifts(record, found, desired, observed)), tuple(_notes(observed)))


def _notes(observed: Observed) -> Iterator[str]:
    if observed.kafka is None:
        yield f"topics were not looked at: {observed.why_no_kafka}"


def _drifts(record: Record, found: Mapping[Id, Resource], desired: Desired, observed: Observed) -> Iterator[Drift]:
    wanted = desired_resources(desired)
    expected = {**_made_later(record, found, desired), **record.resources}
    for key, was in sorted(expected.items()):
        if key[0] == "topic" and observed.kafka is None:
            continue
        now = found.get(key)
        if now is None:
            yield Drift(What.GONE, *key, verdict=_of_gone(key, wanted, desired))
            continue
        differences = tuple(_differences(was, now, wanted.get(key)))
        if now.arn != was.arn:
            yield Drift(What.MADE_ANEW, *key, differences, None if differences else Verdict.LEFT)
        elif differences:
            yield Drift(What.CHANGED, *key, differences)
    for key in sorted(found.keys() - expected.keys()):
        # Schemas and topics are made by converters, connectors and workers as they go.
        if key[0] not in ("schema", "topic"):
            verdict = Verdict.AGREES if key in wanted else _of_addition(key, desired)
            yield Drift(What.APPEARED, *key, verdict=verdict)


def _of_gone(key: Id, wanted: Mapping[Id, Resource], desired: Desired) -> Verdict:
    made_beforehand = {schema_id(each) for each in desired.schemas if each.create}
    if key[0] == "schema" and key[1] not in made_beforehand:
        # The converter registers it anew, under other ids.
        return Verdict.LEFT
    return Verdict.TAKEN_BACK if key in wanted else Verdict.LEFT


def _of_addition(key: Id, desired: Desired) -> Verdict:
    """Deploy deletes what carries the pipeline's mark, or the name, and nothing needs."""
    kind, name = key
    taken = kind in ("connector", "custom plugin") or (
        kind == "worker configuration" and is_worker_of(desired.pipeline, name)
    )
    return Verdict.TAKEN_BACK if taken else Verdict.LEFT


def _differences(was: Recorded, now: Resource, wanted: Resource | None) -> Iterator[Difference]:
    for part in dict.fromkeys((*was.parts, *now.parts)):
        before, after = was.parts.get(part, {}), now.parts.get(part, {})
        for name in sorted({*before, *after}):
            old, new = before.get(name), _value(after, name)
            if _digest(old) != _digest(new):
                verdict = _verdict(part, name, old, new, wanted)
                yield Difference(part, name, old.shown if old else None, new.shown if new else None, verdict)


def _verdict(part: str, name: str, old: Value | None, new: Value | None, wanted: Resource | None) -> Verdict:
    if wanted is None:
        return Verdict.LEFT
    properties = wanted.parts.get(part, {})
    if wanted.kind in ("topic", "log group") and name not in properties:
        # Of these deploy sees to what the file names alone.
        return Verdict.LEFT
    said = _digest(_value(properties, name))
    if said == _digest(new):
        return Verdict.AGREES
    return Verdict.TAKEN_BACK if said == _digest(old) else Verdict.OTHER


def _digest(value: Value | None) -> str | None:
    return value.digest if value else None


def _value(properties: Mapping[str, str], name: str) -> Value | None:
    return Value.of(name, properties[name]) if name in properties else None


def _made_later(record: Record, found: Mapping[Id, Resource], desired: Desired) -> dict[Id, Recorded]:
    """Topics and schemas that were made since, as what was deployed makes them."""
    pipeline = desired.pipeline
    source = record.resources.get(("connector", names.source_connector(pipeline)))
    made: dict[Id, Recorded] = {}
    if source is None:
        return made
    settings = _created_with(source)
    existing = [name for kind, name in found if kind == "topic"]
    if settings:
        for topic in table_topics(pipeline, existing):
            made["topic", topic] = Recorded("", {"settings": settings})
    mode = source.parts[CONFIGURATION].get("value.converter.compatibility")
    for kind, name in found:
        if kind == "schema" and mode:
            made[kind, name] = Recorded("", {"schema": {"compatibility": mode}})
    return made


_CREATION = "topic.creation.default."


def _created_with(source: Recorded) -> dict[str, Value]:
    """What Connect gives a table's topic when it makes it (KIP-158)."""
    settings = {
        key.removeprefix(_CREATION): value
        for key, value in source.parts[CONFIGURATION].items()
        if key.startswith(_CREATION)
    }
    settings.pop("replication.factor", None)
    return settings
