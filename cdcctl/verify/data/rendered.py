"""The statements of :mod:`cdcctl.verify.data.statements` for the tables of a pipeline, at the place MySQL is at now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdcctl.aws.credentials import read_credentials
from cdcctl.aws.target import Target
from cdcctl.errors import InputError, NotFoundError
from cdcctl.mysql.server import Server
from cdcctl.pipeline import IcebergSink, Pipeline
from cdcctl.render.source import source_config
from cdcctl.verify.data.dialect import Athena, identifier
from cdcctl.verify.data.snapshot import Pace, snapshot
from cdcctl.verify.data.statements import lake_statement, mysql_statement
from cdcctl.verify.lake.iceberg import IcebergLake
from cdcctl.verify.sinks import compared_sink
from cdcctl.verify.table import read_definition
from cdcctl.verify.values import Handling

_BUCKETS = 1024
# https://docs.aws.amazon.com/athena/latest/ug/service-limits.html: not to be raised.
MOST_BYTES = 262_144


@dataclass(frozen=True)
class Statements:
    """The two statements of a table; ``place``: the end of the binlog when they were made."""

    table: str
    place: str
    mysql: str
    athena: str


def rendered(pipeline: Pipeline, target: Target, tables: Sequence[str]) -> list[Statements]:
    """The statements of these tables.

    :raises InputError: the sink does not write Iceberg tables, a table has no key, or too many columns for Athena.
    :raises NotFoundError: nothing of a table was ever written.
    """
    sink = compared_sink(pipeline)
    if not isinstance(sink, IcebergSink):
        raise InputError(
            "Athena can fold Iceberg tables only: the offset of a row in a plain object follows from the object's name",
            hint="leave --sql out: the objects are read on this machine",
        )
    lake = IcebergLake(target, sink.table_of)
    handling = Handling.of(source_config(pipeline, target.region))
    user, password = read_credentials(target, pipeline.source.credentials)
    source = pipeline.source
    found = []
    with snapshot(Server(source.host, source.port, user, password), Pace(None)) as mysql:
        place = mysql.position()
        for table in tables:
            definition = read_definition(mysql.connection, table)
            loaded = lake.load(table)
            if loaded is None:
                raise NotFoundError(f"there is no Iceberg table of {table}", hint="was any event of it written?")
            types = {field.name: field.type for field in loaded.schema().as_arrow()}
            relation = ".".join(map(identifier, sink.table_of(table).split(".")))
            athena = lake_statement(definition, types, handling, Athena(), relation, _BUCKETS, place)
            require_size(table, athena)
            found.append(Statements(table, str(place), mysql_statement(definition, handling, _BUCKETS), athena))
    return found


def require_size(table: str, statement: str) -> None:
    """Look whether Athena takes a statement.

    :raises InputError: it is too long.
    """
    if (size := len(statement.encode())) > MOST_BYTES:
        raise InputError(
            f"the statement over {table} has {size:,} bytes, and Athena takes {MOST_BYTES:,} at the most",
            hint="leave --sql out: the table is read on this machine",
        )
