"""Make the registries take what they have refused: as whoever is on duty does before restarting a connector."""

from __future__ import annotations

from cdcctl.aws.target import Target
from cdcctl.errors import RemoteError
from cdcctl.pipeline import Pipeline


def allow(pipeline: Pipeline, target: Target, mode: str) -> str:
    """Delete refused versions of all tables' schemas, and set the compatibility mode of these schemas.

    A refused version keeps its definition occupied: unless it is deleted, the converter finds it again, refused.

    :returns: what was done, in words.
    :raises RemoteError: a version cannot be deleted.
    """
    deleted = 0
    for name in map(pipeline.schema_name, pipeline.source.tables):
        for registry in (pipeline.registries.keys, pipeline.registries.values):
            if target.registry.find_schema(registry, name) is None:
                continue
            refused = [each.number for each in target.registry.versions(registry, name) if each.status == "FAILURE"]
            for number in refused:
                if why := target.registry.delete_versions(registry, name, str(number)).get(number):
                    raise RemoteError(f"schema {registry}/{name}: version {number} was not deleted: {why}")
                deleted += 1
            target.registry.set_compatibility(registry, name, mode)
    return f"{deleted} refused version(s) deleted, every schema is {mode}"
