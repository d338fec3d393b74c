"""The versions of a table's key and value over time, each with the statement that made it.

Glue tells when a version was registered and not by whom; Debezium's schema history tells the statements and not what
was registered. What belongs together is computed by the connectors' own classes, which make of each statement the very
text that is registered; where these are not at hand, or a version was made under other settings, it is told by time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from cdcctl.aws.glue_registry import AVAILABLE, GlueRegistry, SchemaVersion
from cdcctl.evolve.fields import Change, changes
from cdcctl.evolve.schema_history import Statement, iso
from cdcctl.evolve.verdicts import Reason, reasons
from cdcctl.schema.compatibility import CHECKER, InvalidSchemaError, verdicts

Side = Literal["key", "value"]
Match = Literal["prediction", "time"]
# Index in the schema history → key and value that the statement there led to.
Predictions = Mapping[int, tuple[str | None, str | None]]
# The clocks of Glue and of the worker differ a little.
_SLACK = timedelta(seconds=2)


@dataclass(frozen=True)
class Version:
    """A version.

    :ivar changes: of its fields since the last version that was taken; ``compatible`` and ``reasons`` likewise.
    :ivar made_by: index of the statement in the schema history; None: not known.
    :ivar match: how that is known.
    :ivar metadata: what its registrant has noted on it.
    """

    side: Side
    registry: str
    number: int
    id: str
    status: str
    created: datetime | None
    definition: str
    changes: tuple[Change, ...] = ()
    compatible: Mapping[str, bool] | None = None
    reasons: tuple[Reason, ...] = ()
    metadata: Mapping[str, str] | None = None
    made_by: int | None = None
    match: Match | None = None

    @property
    def registrant(self) -> str:
        """Who registered it, as far as anything says so."""
        told = self.metadata or {}
        if "registered-by" in told:
            return f"{told['registered-by']} (cdcctl)"
        transport = told.get("x-amz-meta-transport")
        return (
            f"a Glue serializer, writing to {transport}"
            if transport
            else "nobody knows whom: Glue keeps no record of it"
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "side": self.side,
            "registry": self.registry,
            "number": self.number,
            "id": self.id,
            "status": self.status,
            "created": iso(self.created),
            "registrant": self.registrant,
            "metadata": dict(self.metadata or {}),
            "gained": [each.field for each in self.changes if each.change == "added"],
            "lost": [each.field for each in self.changes if each.change == "removed"],
            "changes": [each.to_dict() for each in self.changes],
            "compatible": dict(self.compatible) if self.compatible is not None else None,
            "reasons": [each.to_dict() for each in self.reasons],
            "match": self.match,
            "definition": self.definition,
        }


@dataclass(frozen=True)
class History:
    """All that is known of a table.

    :ivar modes: side → compatibility mode.
    :ivar notes: what could not be looked at.
    """

    table: str
    schema: str
    modes: Mapping[str, str]
    versions: tuple[Version, ...]
    statements: tuple[Statement, ...]
    notes: tuple[str, ...] = ()
    predicted: Predictions = field(default_factory=dict)

    def made_by(self, statement: Statement) -> list[Version]:
        """The versions that a statement led to."""
        return [version for version in self.versions if version.made_by == statement.index]

    def outcome(self, statement: Statement) -> str:
        """What became of a statement that led to no version; empty for another."""
        if self.made_by(statement):
            return ""
        if statement.change == "DROP":
            return "the table is gone; its schemas stay"
        made = self.predicted.get(statement.index)
        if made is None:
            return "no version is known for it"
        known = {(version.side, version.definition) for version in self.versions}
        if all(text is None or (side, text) in known for side, text in zip(("key", "value"), made, strict=True)):
            return "no new version: key and value are as they were"
        return "no version: no row was written with it"

    @property
    def of_unknown_origin(self) -> list[Version]:
        """The versions that no statement of the schema history led to."""
        known = {statement.index for statement in self.statements}
        return [version for version in self.versions if version.made_by not in known]

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the statements with their versions, then the versions without one."""
        return {
            "table": self.table,
            "schema": self.schema,
            "compatibility": dict(self.modes),
            "checker": CHECKER,
            "statements": [
                {
                    **each.to_dict(),
                    "outcome": self.outcome(each),
                    "versions": [version.to_dict() for version in self.made_by(each)],
                }
                for each in self.statements
            ],
            "versions_without_statement": [version.to_dict() for version in self.of_unknown_origin],
            "notes": list(self.notes),
        }


def read_versions(glue: GlueRegistry, registry: str, schema: str, side: Side) -> list[Version]:
    """A schema's versions, each with what it changed."""
    found: list[Version] = []
    taken: list[str] = []
    for version in glue.versions(registry, schema):
        found.append(replace(_version(version, side, registry, taken), metadata=glue.metadata(version.id)))
        if version.status == AVAILABLE:
            taken.append(version.definition)
    return found


def _version(version: SchemaVersion, side: Side, registry: str, taken: Sequence[str]) -> Version:
    made = Version(
        side, registry, version.number, version.id, version.status, _moment(version.created), version.definition
    )
    if not taken:
        return made
    try:
        compatible = verdicts(version.definition, taken)
        why = reasons(version.definition, taken, compatible)
        return replace(made, changes=tuple(changes(taken[-1], made.definition)), compatible=compatible, reasons=why)
    except InvalidSchemaError:
        return made


def matched(versions: Sequence[Version], statements: Sequence[Statement], predicted: Predictions) -> list[Version]:
    """The versions with the statements that made them."""
    return [_matched(version, statements, predicted) for version in versions]


def _matched(version: Version, statements: Sequence[Statement], predicted: Predictions) -> Version:
    side = 0 if version.side == "key" else 1
    for statement in statements:
        if predicted.get(statement.index, (None, None))[side] == version.definition and _is_before(statement, version):
            return replace(version, made_by=statement.index, match="prediction")
    before = [each for each in statements if version.created and _is_before(each, version)]
    if not before:
        return version
    return replace(version, made_by=before[-1].index, match="time")


def _is_before(statement: Statement, version: Version) -> bool:
    """Whether a version can be a statement's; a snapshot may have read the table long after it was registered."""
    return not (statement.at and version.created) or statement.at <= version.created + _SLACK


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
