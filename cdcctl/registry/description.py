"""A schema told version by version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdcctl.evolve.fields import changes
from cdcctl.registry.comparison import words
from cdcctl.registry.contents import Held
from cdcctl.registry.explanation import why_refused


def described(held: Held, metadata: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A schema with its versions as JSON: each with what it changes, and why it was refused."""
    versions = []
    before: str | None = None
    for version in held.versions:
        told = [f"{change.field} {words(change)}" for change in changes(before, version.definition)]
        refused = why_refused(held, version.definition, version.number) if version.status == "FAILURE" else []
        versions.append(
            {
                "number": version.number,
                "id": version.id,
                "status": version.status,
                "created": version.created,
                "changes": told,
                "reasons": refused,
                "metadata": dict(metadata.get(version.id, {})),
                "definition": version.definition,
            }
        )
        before = version.definition if version.status == "AVAILABLE" else before
    return {**held.outline(), "versions": versions}
