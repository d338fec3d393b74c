"""The emulated Glue Schema Registry: every operation of the API, with the behaviour that pipelines stumble over.

moto's registry accepts every incompatible version; here it becomes a FAILURE version as in AWS: HTTP 200, an id and a
number, found again by its definition (so that retrying does not help) until it is deleted, and never the latest.
What AWS leaves open is a switch in :class:`~cdcctl.local.emulator.glue_store.RegistryOptions`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from cdcctl.local.emulator.faults import Faults, Kind
from cdcctl.local.emulator.glue_metadata import MetadataOperations, TagOperations
from cdcctl.local.emulator.glue_schemas import SchemaOperations
from cdcctl.local.emulator.glue_store import RegistryOptions, Store

TAG_OPERATIONS = frozenset({"TagResource", "UntagResource", "GetTags"})
"""Operations shared with the rest of Glue; they are ours when the ARN is a registry's or schema's."""

OPERATIONS = frozenset(
    {
        "CheckSchemaVersionValidity",
        "CreateRegistry",
        "CreateSchema",
        "DeleteRegistry",
        "DeleteSchema",
        "DeleteSchemaVersions",
        "GetRegistry",
        "GetSchema",
        "GetSchemaByDefinition",
        "GetSchemaVersion",
        "GetSchemaVersionsDiff",
        "ListRegistries",
        "ListSchemaVersions",
        "ListSchemas",
        "PutSchemaVersionMetadata",
        "QuerySchemaVersionMetadata",
        "RegisterSchemaVersion",
        "RemoveSchemaVersionMetadata",
        "UpdateRegistry",
        "UpdateSchema",
    }
)
"""Operations that belong to the Schema Registry alone."""


class GlueRegistryApi(SchemaOperations, MetadataOperations, TagOperations):
    """The registry of one account and region, in memory; safe to call from many threads.

    :param clock: seconds since the epoch; tests move it to make PENDING and DELETING end.
    :param faults: what is to go wrong.
    """

    def __init__(
        self,
        region: str = "us-east-1",
        options: RegistryOptions | None = None,
        *,
        account: str = "123456789012",
        clock: Callable[[], float] = time.time,
        faults: Faults | None = None,
    ) -> None:
        found = faults or Faults()

        def fails(schema: str) -> bool:
            return found.strikes(Kind.SCHEMA_FAILURE, schema) is not None

        super().__init__(Store(region, account, options or RegistryOptions(), clock, fails))

    def reset(self) -> None:
        """Forget everything."""
        with self.store.lock:
            self.store.registries.clear()
