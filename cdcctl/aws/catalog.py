"""The Glue Data Catalog: databases and the Iceberg tables in them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import NotFoundError


@dataclass(frozen=True)
class Table:
    """A table.

    :ivar location: ``s3://…`` of its files; "" where the catalog does not tell.
    :ivar metadata: ``s3://…`` of an Iceberg table's current metadata file; "" of other tables.
    """

    database: str
    name: str
    location: str
    metadata: str

    @property
    def full_name(self) -> str:
        """``database.table``."""
        return f"{self.database}.{self.name}"


class Catalog:
    """The operations cdcctl uses; ``client`` is boto3's ``glue``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def database_marks(self, name: str) -> Mapping[str, str] | None:
        """The parameters of a database, or None when there is no such database."""
        try:
            with translated(f"Glue database {name}"):
                found = self._client.get_database(Name=name)["Database"]
        except NotFoundError:
            return None
        return dict(found.get("Parameters") or {})

    def find_table(self, table: str) -> Table | None:
        """A table by its ``database.table``, or None."""
        database, name = table.split(".")
        try:
            with translated(f"table {table}"):
                found = self._client.get_table(DatabaseName=database, Name=name)["Table"]
        except NotFoundError:
            return None
        metadata = (found.get("Parameters") or {}).get("metadata_location", "")
        location = (found.get("StorageDescriptor") or {}).get("Location", "") or metadata.rpartition("/metadata/")[0]
        return Table(database, name, location.rstrip("/"), metadata)

    def table_names(self, database: str) -> list[str]:
        """The tables of a database, by their own names; none when there is no such database."""
        try:
            with translated(f"the tables of {database}"):
                pages = self._client.get_paginator("get_tables").paginate(DatabaseName=database)
                return [table["Name"] for page in pages for table in page["TableList"]]
        except NotFoundError:
            return []

    def delete_table(self, table: str) -> None:
        """Take a table out of the catalog, if it is there; its files stay."""
        database, name = table.split(".")
        with suppress(NotFoundError), translated(f"table {table}"):
            self._client.delete_table(DatabaseName=database, Name=name)

    def delete_database(self, name: str) -> None:
        """Delete a database, if it is there."""
        with suppress(NotFoundError), translated(f"Glue database {name}"):
            self._client.delete_database(Name=name)
