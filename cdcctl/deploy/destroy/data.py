"""The steps that take what the sinks have written: tables and objects of the pipeline's own alone."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.deploy.desired import OWNER_TAG
from cdcctl.deploy.destroy.standing import Standing
from cdcctl.deploy.destroy.steps import OBJECTS, delete, keep
from cdcctl.deploy.plan import Step
from cdcctl.pipeline import IcebergSink


def data_steps(standing: Standing) -> Iterator[Step]:
    """What the sinks have written; there is nothing of it in the look unless it was told to go."""
    pipeline = standing.pipeline
    going = set()
    made = {sink.table_of(table) for sink in _making(standing) for table in pipeline.tables_of(sink)}
    for name, table in sorted(standing.tables.items()):
        user = standing.claims.of_table(name)
        if user:
            yield keep("Iceberg table", name, f"connector {user} writes to it")
        elif name not in made:
            yield keep("Iceberg table", name, "create_tables is false: it was there before")
        elif not _in_warehouse(standing, table.location):
            yield keep("Iceberg table", name, f"its files are in {table.location}, outside the sink's warehouse")
        else:
            going.add(name)
            yield delete("Iceberg table", name, lost=f"all rows, and the files below {table.location}/")
    for name, marks in standing.databases.items():
        left = sorted(each for each in standing.database_tables[name] if f"{name}.{each}" not in going)
        if marks.get(OWNER_TAG) != pipeline.name:
            yield keep("Glue database", name, f"does not carry {OWNER_TAG}: {pipeline.name}")
        elif left:
            yield keep("Glue database", name, f"table {', '.join(left)} is left in it")
        else:
            yield delete("Glue database", name)
    for folder in standing.folders:
        if folder.objects:
            yield delete(OBJECTS, f"s3://{folder.bucket}/{folder.prefix}", lost="all objects below it")


def _making(standing: Standing) -> Iterator[IcebergSink]:
    """The Iceberg sinks that make their tables."""
    for sink in standing.pipeline.sinks.values():
        if isinstance(sink, IcebergSink) and sink.create_tables:
            yield sink


def _in_warehouse(standing: Standing, location: str) -> bool:
    sinks = standing.pipeline.sinks.values()
    warehouses = [f"{sink.warehouse.rstrip('/')}/" for sink in sinks if isinstance(sink, IcebergSink)]
    return any(location.startswith(each) and location != each for each in warehouses)
