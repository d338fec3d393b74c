"""The schemas of each table in the registries."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from cdcctl.aws.target import Target
from cdcctl.errors import CdcctlError
from cdcctl.operate.status.line import Line, judged, unknown
from cdcctl.pipeline import Pipeline

_AT_ONCE = 8


def schema_lines(pipeline: Pipeline, target: Target) -> Iterator[Line]:
    """Latest version, its status, how many there are, and the compatibility mode, of tables that are spelled out."""
    registries = pipeline.registries
    if registries.naming_class:
        yield unknown("schemas", "versions", f"{registries.naming_class} names them, and is not asked")
        return
    names = [pipeline.schema_name(table) for table in pipeline.source.tables]
    jobs = [(registry, name) for name in names for registry in (registries.keys, registries.values)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda job: _line(target, *job), jobs)


def _line(target: Target, registry: str, name: str) -> Line:
    subject = f"schema {registry}/{name}"
    try:
        schema = target.registry.find_schema(registry, name)
        versions = target.registry.states(registry, name) if schema else {}
    except CdcctlError as error:
        return unknown(subject, "versions", error.message)
    if schema is None or not versions:
        text = "no version yet" if schema else "does not exist yet"
        return judged(subject, "versions", text, wrong=False, versions=0, compatibility=schema and schema.compatibility)
    latest = max(versions)
    status = versions[latest]
    text = f"version {latest} {status}, {len(versions)} version(s), {schema.compatibility}"
    if status == "FAILURE":
        text += ": refused; cdcctl evolve check says why"
    return judged(
        subject,
        "versions",
        text,
        wrong=status == "FAILURE" or schema.status != "AVAILABLE",
        versions=len(versions),
        latest=latest,
        status=status,
        compatibility=schema.compatibility,
    )
