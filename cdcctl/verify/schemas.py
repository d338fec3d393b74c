"""The schema versions that the registries hold, and what each compatibility mode says of every step between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.glue_registry import SchemaVersion
from cdcctl.aws.target import Target
from cdcctl.pipeline import Pipeline
from cdcctl.schema.compatibility import CHECKER, Mode, check, verdicts
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.judgement import Versions


@dataclass(frozen=True)
class VersionResult:
    """A version; from the second on, with each mode's verdict and the reasons against it.

    :param compatible: mode → whether it accepts this version after the ones before.
    :param reasons: one sentence a field and reader that stands in the way of some mode.
    :param predicted: the definition that the statements must have led to, by the connectors' own classes.
    :param equal: whether that is what is registered; None when the run did not see the beginning.
    """

    number: int
    status: str
    definition: str
    compatible: dict[str, bool] | None = None
    reasons: tuple[str, ...] = ()
    predicted: str | None = None
    equal: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        data: dict[str, Any] = {
            "number": self.number,
            "status": self.status,
            "definition": self.definition,
            "predicted": self.predicted,
            "equal": self.equal,
        }
        if self.compatible is not None:
            data["compatible"] = self.compatible
            data["reasons"] = list(self.reasons)
        return data


@dataclass(frozen=True)
class SchemaResult:
    """A schema of one registry with all its versions; what modes say of them is :data:`CHECKER`'s verdict."""

    registry: str
    name: str
    compatibility: str
    versions: tuple[VersionResult, ...]

    @property
    def available(self) -> int:
        """How many versions are AVAILABLE."""
        return sum(version.status == "AVAILABLE" for version in self.versions)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "registry": self.registry,
            "name": self.name,
            "compatibility": self.compatibility,
            "checker": CHECKER,
            "versions": [version.to_dict() for version in self.versions],
        }


def read_schemas(pipeline: Pipeline, target: Target) -> list[SchemaResult]:
    """Key and value schemas of every captured table; a table without events has none."""
    results = []
    for name in map(pipeline.schema_name, pipeline.source.tables):
        for registry in (pipeline.registries.keys, pipeline.registries.values):
            schema = target.registry.find_schema(registry, name)
            if schema:
                versions = target.registry.versions(registry, name)
                results.append(SchemaResult(registry, name, schema.compatibility, _judged(versions)))
    return results


def table_versions(pipeline: Pipeline, schemas: Sequence[SchemaResult]) -> dict[str, Versions]:
    """Table → how many AVAILABLE versions its key and value schemas have."""
    counts = {(schema.registry, schema.name): schema.available for schema in schemas}
    registries = pipeline.registries
    return {
        table: Versions(*(counts.get((registry, name), 0) for registry in (registries.keys, registries.values)))
        for table, name in ((table, pipeline.schema_name(table)) for table in pipeline.source.tables)
    }


def _judged(versions: Sequence[SchemaVersion]) -> tuple[VersionResult, ...]:
    """Each version against the AVAILABLE ones before it."""
    results = []
    before: list[str] = []
    for version in versions:
        if before:
            results.append(
                VersionResult(
                    version.number,
                    version.status,
                    version.definition,
                    verdicts(version.definition, before),
                    _reasons(version.definition, before),
                )
            )
        else:
            results.append(VersionResult(version.number, version.status, version.definition))
        if version.status == "AVAILABLE":
            before.append(version.definition)
    return tuple(results)


def _reasons(definition: str, before: Sequence[str]) -> tuple[str, ...]:
    """Why FULL, the strictest mode against the latest version, would refuse."""
    return tuple(each.message for each in check(definition, before, Mode.FULL).incompatibilities)


def refusals(pipeline: Pipeline, target: Target) -> list[Finding]:
    """A finding for every version that a registry refused: which field, which reader, which mode."""
    findings = []
    tables = {pipeline.schema_name(table): table for table in pipeline.source.tables}
    for schema in read_schemas(pipeline, target):
        before: list[str] = []
        for version in schema.versions:
            if version.status == "FAILURE":
                verdict = check(version.definition, before, Mode(schema.compatibility))
                reasons = [each.message for each in verdict.incompatibilities]
                detail = f"registry {schema.registry}, schema {schema.name}: version {version.number} was refused"
                detail += f" under {schema.compatibility}"
                fields = {each.path for each in verdict.incompatibilities}
                column = fields.pop() if len(fields) == 1 else None
                findings.append(
                    Finding(
                        code_of("schema-refused"), tables[schema.name], column, detail="\n".join([detail, *reasons])
                    )
                )
            else:
                before.append(version.definition)
    return findings
