"""The highest Kafka offset in an Iceberg table, asked again and again while the sink goes on committing.

Taken from the column statistics in the manifests, so that no data file is opened. A manifest never changes, and a sink
that only appends adds one with each commit: each is read once, however often is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cdcctl.render.iceberg import OFFSET_COLUMN

if TYPE_CHECKING:
    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.types import PrimitiveType


class HighestOffsets:
    """What the manifests that were read so far say."""

    def __init__(self) -> None:
        self._of_manifest: dict[str, int | None] = {}

    def of(self, table: Table) -> int | None:
        """Of the current snapshot: -1 when it has no row or no such column, None where the statistics do not tell.

        Iceberg keeps them for the first 100 columns only (write.metadata.metrics.max-inferred-column-defaults).
        """
        snapshot = table.current_snapshot()
        column = next((field for field in table.schema().fields if field.name == OFFSET_COLUMN), None)
        if snapshot is None or column is None:
            return -1
        highest = -1
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in self._of_manifest:
                kind = cast("PrimitiveType", column.field_type)
                self._of_manifest[manifest.manifest_path] = _highest(manifest, table, column.field_id, kind)
            found = self._of_manifest[manifest.manifest_path]
            if found is None:
                return None
            highest = max(highest, found)
        return highest


def _highest(manifest: ManifestFile, table: Table, column: int, kind: PrimitiveType) -> int | None:
    from pyiceberg.conversions import from_bytes

    highest = -1
    for entry in manifest.fetch_manifest_entry(table.io):
        bounds: dict[int, bytes] = entry.data_file.upper_bounds or {}
        if column not in bounds:
            return None
        bound: Any = from_bytes(kind, bounds[column])
        highest = max(highest, int(bound))
    return highest
