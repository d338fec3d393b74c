"""What the last deploy left behind, written down in the bucket: what drift is measured against.

It is what was found once the deploy was done and everything was as asked for, not what the pipeline file says: a file
that was changed since is no drift, and a property of a topic that no file names may drift all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from cdcctl import __version__
from cdcctl.aws.target import Target
from cdcctl.deploy.desired import Desired
from cdcctl.deploy.identity import Worker
from cdcctl.deploy.observe import Observed
from cdcctl.deploy.plan import digest_of
from cdcctl.deploy.resources import Id, Resource, found_resources
from cdcctl.deploy.run import deployed_key
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.secrets import HIDDEN, is_plain_secret

_FORMAT = 1


@dataclass(frozen=True)
class Value:
    """A recorded value; of what must not be shown only a hash is kept."""

    shown: str
    digest: str

    @classmethod
    def of(cls, name: str, value: str) -> Value:
        """As it is to be kept."""
        return cls(HIDDEN if is_plain_secret(name, value) else value, digest_of(value))

    def to_json(self) -> Any:
        """Text as it is; what is hidden as its hash."""
        return {"hidden": self.digest} if self.shown == HIDDEN else self.shown

    @classmethod
    def from_json(cls, found: Any) -> Value:
        """The same read back."""
        return cls(HIDDEN, str(found["hidden"])) if isinstance(found, dict) else cls(str(found), digest_of(str(found)))


@dataclass(frozen=True)
class Recorded:
    """A resource as it was. ``parts``: part → property → value."""

    arn: str
    parts: Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True)
class Record:
    """What the last deploy left behind. ``when`` in UTC, ``who`` in words."""

    when: str
    who: str
    resources: Mapping[Id, Recorded]

    def names(self, kind: str) -> list[str]:
        """The names of all resources of a kind."""
        return [name for each, name in self.resources if each == kind]


def write_record(target: Target, desired: Desired, observed: Observed) -> None:
    """Write down what is there, unless that is what is written already.

    What the brokers would tell is taken from the record before where they cannot be reached.
    """
    pipeline = desired.pipeline
    before = read_record(target, pipeline)
    resources = {key: _recorded(each) for key, each in found_resources(target, desired, observed).items()}
    if observed.kafka is None and before:
        resources |= {key: each for key, each in before.resources.items() if key[0] == "topic"}
    if before and before.resources == resources:
        return
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    record = Record(now, Worker.of_this_process(target).words, resources)
    target.storage.write(pipeline.connect.plugin_bucket, deployed_key(pipeline), _dumps(pipeline, record))


def read_record(target: Target, pipeline: Pipeline) -> Record | None:
    """The record, or None when there is none.

    :raises InputError: it was written by another version of cdcctl, or by somebody else.
    """
    bucket, key = pipeline.connect.plugin_bucket, deployed_key(pipeline)
    found = target.storage.read(bucket, key)
    if found is None:
        return None
    try:
        document = json.loads(found.content)
        if document["format"] == _FORMAT:
            return _read(document)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise InputError(
        f"s3://{bucket}/{key} is no record of a deploy that this version reads",
        hint="delete it; the next cdcctl deploy writes it anew",
    )


def forget_record(target: Target, pipeline: Pipeline) -> None:
    """Nothing is deployed any more."""
    target.storage.delete(pipeline.connect.plugin_bucket, deployed_key(pipeline))


def _recorded(resource: Resource) -> Recorded:
    parts = {
        part: {name: Value.of(name, value) for name, value in properties.items()}
        for part, properties in resource.parts.items()
    }
    return Recorded(resource.arn, parts)


def _dumps(pipeline: Pipeline, record: Record) -> bytes:
    document = {
        "format": _FORMAT,
        "cdcctl": __version__,
        "pipeline": pipeline.name,
        "when": record.when,
        "who": record.who,
        "resources": [
            {
                "kind": kind,
                "name": name,
                "arn": each.arn,
                "parts": {
                    part: {key: value.to_json() for key, value in properties.items()}
                    for part, properties in each.parts.items()
                },
            }
            for (kind, name), each in sorted(record.resources.items())
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def _read(document: dict[str, Any]) -> Record:
    resources = {
        (str(each["kind"]), str(each["name"])): Recorded(
            str(each["arn"]),
            {
                part: {key: Value.from_json(value) for key, value in properties.items()}
                for part, properties in each["parts"].items()
            },
        )
        for each in document["resources"]
    }
    return Record(str(document["when"]), str(document["who"]), resources)
